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
    return packages::take_inventory(inventory_options(session, state), world.files, world.machine);
}

packages::InventoryOptions inventory_options(const Session& session,
                                             const snapshot::LayerState& state) {
    packages::InventoryOptions options{.home = session.home_path,
                                       .environments = state.environments,
                                       .fingerprint = state.image,
                                       .watermark = state.session_began};
    options.work_folders = session.manifest.snapshot.include;
    options.work_folders.push_back(session.home_path);
    return options;
}

std::vector<std::string> environments_in(const snapshot::Layer& layer, const Session& session) {
    constexpr std::string_view mark = "/pyvenv.cfg";
    constexpr std::size_t most = 500;
    const std::string home = layer.home.substr(std::min<std::size_t>(1, layer.home.size()));
    std::vector<std::string> found;
    for (const snapshot::Entry& entry : layer.entries) {
        if (!entry.path.ends_with(mark) || entry.kind == snapshot::EntryKind::folder ||
            found.size() == most) {
            continue;
        }
        const std::string folder = entry.path.substr(0, entry.path.size() - mark.size());
        const bool is_in_home = !home.empty() && is_path_within(folder, home);
        found.push_back(is_in_home ? session.home_path + folder.substr(home.size()) : '/' + folder);
    }
    return found;
}

bool knows_all(const packages::Inventory& inventory, const std::vector<std::string>& environments) {
    return std::ranges::all_of(environments, [&](const std::string& folder) {
        return std::ranges::any_of(inventory.base.runtimes, [&](const packages::Runtime& runtime) {
            return runtime.path.starts_with(folder + "/bin/");
        });
    });
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
