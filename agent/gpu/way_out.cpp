// SPDX-License-Identifier: MIT
#include "gpu/way_out.hpp"

#include "envkeep/core/text.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

namespace envkeep::gpu {
namespace {

// The file itself, since ldconfig makes a link anew; under a name that does not begin with "lib",
// since ldconfig takes "lib*.so*" for a library.
std::string moved(const FoundLibrary& found) {
    const std::size_t name = found.real.rfind('/') + 1;
    const std::string other = found.real.substr(0, name) + "unused-" + found.real.substr(name);
    const bool is_cached = found.how == FoundBy::cache || found.how == FoundBy::default_folder;
    return fmt::format("sudo mv {} {}{}",
                       shell_quoted(found.real),
                       shell_quoted(other),
                       is_cached ? " && sudo ldconfig" : "");
}

}  // namespace

model::Fix out_of_the_way(const Facts& facts,
                          const NotebookPython& notebook,
                          const LoadedLibrary& library,
                          std::string_view package) {
    const FoundLibrary& found = library.found;
    if (found.how == FoundBy::variable) {
        return {.commands = {without_folders(notebook.libraries.variable_folders, {found.because})},
                .text = where_it_is_set(facts, notebook, "LD_LIBRARY_PATH")};
    }
    if (!package.empty() && is_path_within(found.real, "/usr/lib")) {
        return {.commands = {fmt::format("sudo apt-get remove {}", shell_quoted(package))},
                .text = {}};
    }
    return {.commands = {moved(found)}, .text = {}};
}

model::Fix out_of_the_way(const Facts& facts, const DriverLibrary& library) {
    const FoundLibrary& found = *library.found;
    if (found.how == FoundBy::variable) {
        const std::vector<NotebookPython>& notebooks = facts.python.notebooks;
        return {.commands = {without_folders(facts.variable_folders, {found.because})},
                .text = facts.notebook.pid == 0 || notebooks.empty()
                            ? std::string()
                            : where_it_is_set(facts, notebooks.front(), "LD_LIBRARY_PATH")};
    }
    if (!library.owner.empty()) {
        return {
            .commands = {"sudo apt-get purge " + shell_quoted(library.owner) + " && sudo ldconfig"},
            .text = {}};
    }
    return {.commands = {moved(found)}, .text = {}};
}

}  // namespace envkeep::gpu
