// SPDX-License-Identifier: MIT
#include "envkeep/packages/image_names.hpp"

#include "packages/places.hpp"

#include <algorithm>

namespace envkeep::packages {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;

void add_modules(Taking& taking, const std::string& folder, Names& names) {
    for (const std::string& name : taking.folders_in(folder)) {
        const std::string module = folder + '/' + name;
        if (name.starts_with('@')) {
            add_modules(taking, module, names);
        } else {
            names.emplace_back(module, "package.json");
        }
    }
}

}  // namespace

Result<Names> telling_names(const std::string& home,
                            system::FileReader& files,
                            const system::Machine& machine) {
    ENVKEEP_TRY(const system::RootId root, files.open_root("/"));
    const InventoryOptions options{.home = home, .fingerprint = {}, .asks_variables = false};
    Taking taking(options, files, machine, root);
    Names names;
    for (const Prefix& prefix : find_prefixes(taking)) {
        for (const Spot& site : site_folders(taking, prefix)) {
            names.emplace_back(site.real, "-info");
        }
        if (const auto meta = taking.spot(prefix.spot.shown + "/conda-meta")) {
            names.emplace_back(meta->real, ".json");
        }
        if (const auto modules = taking.spot(prefix.spot.shown + "/lib/node_modules")) {
            add_modules(taking, modules->real, names);
        }
    }
    for (auto& [folder, ending] : names) {
        folder.erase(0, 1);
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace envkeep::packages
