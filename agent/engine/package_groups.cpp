// SPDX-License-Identifier: MIT
#include "engine/package_groups.hpp"

#include "envkeep/core/text.hpp"

#include <set>
#include <string>
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

Landmarks landmarks_of(const World& world,
                       const Session& session,
                       const snapshot::LayerState& state,
                       const packages::Inventory& inventory) {
    Landmarks landmarks{
        .home = world.files.real_path(session.home_path).value_or(session.home_path).substr(1),
        .has_dpkg = world.machine.exists("/var/lib/dpkg/status")};
    std::set<std::string> known;
    const auto is_changed = [&](const std::string& folder) {
        const Result<system::Status> status = world.files.follow(folder);
        return !status || status->changed >= state.session_began;
    };
    for (const packages::Package& package : inventory.packages) {
        const std::string& place = package.place;
        if (place.empty() || !known.insert(place).second) {
            continue;
        }
        if (package.domain == packages::Domain::conda) {
            landmarks.prefixes.push_back(
                {.path = place.substr(1), .has_changes = is_changed(place + "/conda-meta")});
        } else if (package.domain == packages::Domain::python && is_changed(place)) {
            landmarks.used_sites.push_back(place.substr(1));
        }
    }
    return landmarks;
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
                                        const snapshot::LayerState& state,
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
    return PackageGroups(std::move(ours.packages),
                         std::move(ownership),
                         landmarks_of(world, session, state, inventory));
}

snapshot::Group PackageGroups::group_of(const std::string& path) const {
    const auto owner = ownership_.owner_of('/' + path);
    if (!owner) {
        return {
            .domain = is_database_of_apt(path) ? snapshot::Domain::apt : snapshot::Domain::files,
            .name = folder_of_group(path)};
    }
    const packages::Package& package = owners_.at(*owner);
    return {.domain = domain_of(package.domain),
            .place = package.place,
            .name = package.name,
            .version = package.version};
}

snapshot::Group PackageGroups::group_of_deleted(const std::string& path) const {
    return ownership_.owner_of('/' + path) ? group_of(path) : group_of_deletion(path, landmarks_);
}

}  // namespace envkeep::engine
