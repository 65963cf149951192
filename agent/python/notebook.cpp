// SPDX-License-Identifier: MIT
#include "python/notebook.hpp"

#include "python/paths.hpp"

#include <algorithm>

namespace envkeep::python {
namespace {

constexpr std::string_view launcher = "ipykernel_launcher";
constexpr std::uint64_t largest_launcher = 64U << 10U;

// What the launcher's own text says; a newer one where there is none.
bool drops_working_folder(Folders& folders, const std::vector<PathEntry>& entries) {
    const std::string file = std::string(launcher) + ".py";
    for (const PathEntry& entry : entries) {
        if (folders.has_file(entry.folder, file)) {
            const auto text = folders.machine().read(joined(entry.folder, file), largest_launcher);
            return !text || text->find("cwd()") != std::string::npos;
        }
    }
    return true;
}

}  // namespace

bool is_notebook(const Options& options) {
    return options.start == Start::module &&
           (options.subject == launcher || options.subject == "ipykernel");
}

void become_a_notebook(Folders& folders,
                       std::string_view module,
                       const Launch& launch,
                       std::vector<PathEntry>& entries) {
    if (module == launcher && !entries.empty() && entries.front().folder == launch.working_folder &&
        drops_working_folder(folders, entries)) {
        entries.erase(entries.begin());
    }
    const auto first = std::ranges::find_if(entries, [](const PathEntry& entry) {
        const std::string_view name = name_of(entry.text);
        return name == "site-packages" || name == "dist-packages";
    });
    entries.insert(first == entries.end() ? entries.begin() : first,
                   {.text = {},
                    .folder = launch.working_folder,
                    .kind = PathKind::working_folder,
                    .path_file = {}});
}

}  // namespace envkeep::python
