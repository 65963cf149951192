// SPDX-License-Identifier: MIT
#include "envkeep/packages/watch.hpp"

#include "packages/places.hpp"
#include "packages/readers.hpp"
#include "packages/taking.hpp"

#include <string_view>
#include <utility>

namespace envkeep::packages {
namespace {

// Of Python's packages, and conda's; what has its own environment shows by that one.
void add_prefix(Taking& taking, const Prefix& prefix, std::vector<std::string>& places) {
    for (const Spot& site : site_folders(taking, prefix)) {
        places.push_back(site.real);
    }
    if (prefix.kind == PrefixKind::conda) {
        places.push_back(prefix.spot.real + "/conda-meta");
        places.push_back(prefix.spot.real + "/envs");
    } else if (prefix.kind == PrefixKind::environment) {
        places.push_back(prefix.spot.real + "/pyvenv.cfg");
    }
}

}  // namespace

Result<std::vector<std::string>> watched_places(const InventoryOptions& options,
                                                system::FileReader& files,
                                                const system::Machine& machine) {
    ENVKEEP_TRY(const system::RootId root, files.open_root("/"));
    Taking taking(options, files, machine, root);
    std::vector<std::string> places{"/var/lib/dpkg/status"};
    for (const std::string_view folder : {"/.conda/envs",
                                          "/.conda/environments.txt",
                                          "/.local/share/pipx/venvs",
                                          "/.local/pipx/venvs",
                                          "/.local/share/uv/tools",
                                          "/.pyenv/versions",
                                          "/.virtualenvs",
                                          "/.venvs",
                                          "/.vscode-server/extensions/extensions.json",
                                          "/.cargo/.crates.toml"}) {
        places.push_back(options.home + std::string(folder));
    }
    const std::vector<Prefix> prefixes = find_prefixes(taking);
    for (const Prefix& prefix : prefixes) {
        add_prefix(taking, prefix, places);
    }
    for (std::string& modules : module_folders(taking, prefixes)) {
        places.push_back(std::move(modules));
    }
    for (const std::string& data : jupyter_folders(taking, prefixes)) {
        if (!data.empty()) {
            places.push_back(data + "/kernels");
            places.push_back(data + "/labextensions");
        }
    }
    for (std::string& library : r_libraries(taking, prefixes)) {
        places.push_back(std::move(library));
    }
    return places;
}

}  // namespace envkeep::packages
