// SPDX-License-Identifier: MIT
#include "engine/package_groups.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

snapshot::Domain domain_of(packages::Domain domain) {
    switch (domain) {
        case packages::Domain::python:
            return snapshot::Domain::python;
        case packages::Domain::conda:
            return snapshot::Domain::conda;
        case packages::Domain::apt:
            return snapshot::Domain::apt;
        case packages::Domain::npm:
            return snapshot::Domain::npm;
        case packages::Domain::kernel:
        case packages::Domain::lab:
            return snapshot::Domain::jupyter;
        case packages::Domain::r:
        case packages::Domain::code:
        case packages::Domain::tool:
        case packages::Domain::cargo:
        case packages::Domain::model:
            break;
    }
    return snapshot::Domain::files;
}

// "/usr/local", "/etc/apt", "/root/work": two names deep.
std::string folder_of(const std::string& path) {
    const std::size_t first = path.find('/');
    const std::size_t second = first == std::string::npos ? first : path.find('/', first + 1);
    return '/' + path.substr(0, second);
}

}  // namespace

Result<packages::Inventory> inventory_of(const World& world,
                                         const Session& session,
                                         const snapshot::LayerState& state) {
    return packages::take_inventory(
        {.home = session.home_path, .fingerprint = state.image, .watermark = state.session_began},
        world.files,
        world.machine);
}

void keep_what_the_image_brought(packages::Inventory& inventory) {
    std::erase_if(inventory.packages, [](const packages::Package& package) {
        return package.origin != packages::Origin::image;
    });
}

Result<PackageGroups> PackageGroups::of(const World& world,
                                        const Session& session,
                                        const packages::Inventory& inventory) {
    // The image's own packages come with the image: their long lists need not be read.
    packages::Inventory ours{.base = inventory.base};
    packages::OwnershipOptions options{.home = session.home_path};
    for (const packages::Package& package : inventory.packages) {
        if (package.origin != packages::Origin::session ||
            package.domain == packages::Domain::model) {
            continue;
        }
        if (package.domain == packages::Domain::apt) {
            options.apt.push_back(package.name);
        }
        ours.packages.push_back(package);
    }
    ENVKEEP_TRY(packages::Ownership ownership,
                packages::read_ownership(ours, options, world.files, world.machine));
    return PackageGroups(std::move(ours.packages), std::move(ownership));
}

snapshot::Group PackageGroups::group_of(const std::string& path) const {
    const auto owner = ownership_.owner_of('/' + path);
    if (!owner) {
        return {.name = folder_of(path)};
    }
    const packages::Package& package = owners_.at(*owner);
    return {.domain = domain_of(package.domain),
            .place = package.place,
            .name = package.name,
            .version = package.version};
}

}  // namespace envkeep::engine
