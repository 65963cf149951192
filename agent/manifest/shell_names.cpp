// SPDX-License-Identifier: MIT
#include "envkeep/manifest/shell_names.hpp"

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

constexpr auto names = std::to_array<std::string_view>({
    "ARGC",        "BASHOPTS",  "BASH_VERSINFO", "EGID",    "EUID",     "GID",
    "GROUPS",      "HISTCMD",   "LINENO",        "OPTIND",  "PPID",     "RANDOM",
    "SECONDS",     "SHELLOPTS", "SHLVL",         "SRANDOM", "UID",      "_",
    "argv",        "cdpath",    "fignore",       "fpath",   "mailpath", "manpath",
    "module_path", "path",      "pipestatus",    "psvar",   "status",
});

}  // namespace

bool is_set_by_shells(std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace envkeep::manifest
