// SPDX-License-Identifier: MIT
#include "envkeep/packages/files_of.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/packages/lock.hpp"
#include "envkeep/packages/ownership.hpp"
#include "envkeep/packages/watch.hpp"
#include "fuzz/given.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

// Any bytes as the package managers' files of a whole machine (given::Inspector says how). Whatever
// they are, the inventory is made, its text reads back as the same, and files that are a package's
// lie where packages may lie.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    using given::require;
    given::Files files;
    files.contents =
        given::Inspector(std::string_view(reinterpret_cast<const char*>(data), size)).contents;
    const given::Machine machine;
    const packages::InventoryOptions options{.home = "/root", .work_folders = {"/notebooks"}};
    const auto inventory = packages::take_inventory(options, files, machine);
    require(inventory.has_value());
    require(std::ranges::is_sorted(inventory->packages));
    const auto again = packages::parse_lock(packages::lock_text(*inventory));
    require(again.has_value() && again->passed_over.empty());
    require(again->inventory == *inventory);
    for (const packages::Package& package : inventory->packages) {
        require(!package.name.empty());
        if (package.domain == packages::Domain::python) {
            const auto owned = packages::files_of_distribution(package, files, machine);
            for (const std::string& path : owned.value_or(std::vector<std::string>{})) {
                require(path.starts_with('/') && given::is_sound_name(path));
            }
        }
    }
    const auto ownership =
        packages::read_ownership(*inventory, {.home = "/root", .apt = {}}, files, machine);
    require(ownership.has_value());
    static_cast<void>(ownership->owner_of("/usr/lib/python3/dist-packages/x/y.py"));
    for (const std::string& place :
         packages::watched_places(options, files, machine).value_or(std::vector<std::string>{})) {
        require(place.starts_with('/'));
    }
    return 0;
}
