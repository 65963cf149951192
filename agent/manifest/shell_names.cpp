// SPDX-License-Identifier: MIT
#include "envkeep/manifest/shell_names.hpp"

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

// In zsh USERNAME changes the user, and what its modules set by themselves cannot be exported.
constexpr auto names = std::to_array<std::string_view>({"ARGC",
                                                        "BASHOPTS",
                                                        "BASH_VERSINFO",
                                                        "EGID",
                                                        "EUID",
                                                        "GID",
                                                        "GROUPS",
                                                        "HISTCMD",
                                                        "LINENO",
                                                        "OPTIND",
                                                        "PPID",
                                                        "RANDOM",
                                                        "SECONDS",
                                                        "SHELLOPTS",
                                                        "SHLVL",
                                                        "SRANDOM",
                                                        "TTYIDLE",
                                                        "UID",
                                                        "USERNAME",
                                                        "ZSH_EVAL_CONTEXT",
                                                        "_",
                                                        "aliases",
                                                        "argv",
                                                        "builtins",
                                                        "cdpath",
                                                        "commands",
                                                        "dirstack",
                                                        "dis_aliases",
                                                        "dis_builtins",
                                                        "dis_functions",
                                                        "dis_functions_source",
                                                        "dis_galiases",
                                                        "dis_patchars",
                                                        "dis_reswords",
                                                        "dis_saliases",
                                                        "errnos",
                                                        "fignore",
                                                        "fpath",
                                                        "funcfiletrace",
                                                        "funcsourcetrace",
                                                        "funcstack",
                                                        "functions",
                                                        "functions_source",
                                                        "functrace",
                                                        "galiases",
                                                        "history",
                                                        "historywords",
                                                        "jobdirs",
                                                        "jobstates",
                                                        "jobtexts",
                                                        "keymaps",
                                                        "langinfo",
                                                        "mailpath",
                                                        "manpath",
                                                        "module_path",
                                                        "modules",
                                                        "nameddirs",
                                                        "options",
                                                        "parameters",
                                                        "patchars",
                                                        "path",
                                                        "pipestatus",
                                                        "psvar",
                                                        "reswords",
                                                        "saliases",
                                                        "signals",
                                                        "status",
                                                        "sysparams",
                                                        "termcap",
                                                        "terminfo",
                                                        "userdirs",
                                                        "usergroups",
                                                        "widgets",
                                                        "zsh_eval_context",
                                                        "zsh_scheduled_events"});

}  // namespace

bool is_set_by_shells(std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace envkeep::manifest
