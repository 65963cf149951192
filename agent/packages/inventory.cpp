// SPDX-License-Identifier: MIT
#include "envkeep/packages/inventory.hpp"

#include "packages/places.hpp"
#include "packages/readers.hpp"
#include "packages/taking.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::packages {
namespace {

void note_duplicates(Taking& taking) {
    const std::vector<Package>& packages = taking.inventory().packages;
    for (std::size_t i = 1; i < packages.size(); ++i) {
        const Package& one = packages[i - 1];
        const Package& other = packages[i];
        if (other.domain == Domain::python && one.domain == other.domain &&
            one.place == other.place && one.name == other.name && one.version != other.version) {
            taking.note(NoteKind::duplicate, other, one.version + " and " + other.version);
        }
    }
}

}  // namespace

Result<Inventory> take_inventory(const InventoryOptions& options,
                                 system::FileReader& files,
                                 const system::Machine& machine) {
    ENVKEEP_TRY(const system::RootId root, files.open_root("/"));
    Taking taking(options, files, machine, root);
    const std::vector<Prefix> prefixes = find_prefixes(taking);
    take_base(taking, prefixes);
    take_python(taking, prefixes);
    take_conda(taking, prefixes);
    take_apt(taking);
    take_npm(taking, prefixes);
    take_jupyter(taking, prefixes);
    take_r(taking, prefixes);
    take_code(taking);
    take_tools(taking, prefixes);
    take_cargo(taking);
    take_models(taking);
    std::ranges::sort(taking.inventory().packages);
    note_duplicates(taking);
    std::ranges::sort(taking.inventory().notes);
    return std::move(taking.inventory());
}

}  // namespace envkeep::packages
