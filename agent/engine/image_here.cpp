// SPDX-License-Identifier: MIT
#include "engine/image_here.hpp"

#include "engine/layer_lock.hpp"
#include "engine/layer_place.hpp"
#include "engine/package_groups.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/packages/image_names.hpp"
#include "envkeep/packages/keys.hpp"
#include "envkeep/packages/lock.hpp"
#include "envkeep/snapshot/image.hpp"
#include "envkeep/store/find.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

// Of the image's dpkg status, if that file still is the image's.
std::string apt_key_of(const World& world, WallTime container_began) {
    const auto root = world.files.open_root("/");
    const auto path = RelPath::parse("var/lib/dpkg/status");
    if (!root || !path) {
        return {};
    }
    const Result<system::Status> status = world.files.status({.root = *root, .path = *path});
    const bool is_of_image =
        status && status->kind == system::Kind::file && status->changed < container_began;
    return is_of_image ? packages::dpkg_status_digest(world.files) : std::string();
}

}  // namespace

bool is_on_root_mount(const World& world, const std::string& absolute) {
    const std::optional<system::Mount> mount = store::mount_of(absolute, world.machine);
    return !mount || mount->point == "/";
}

Result<std::string> fingerprint_here(const World& world, const Session& session) {
    ENVKEEP_TRY(auto telling,
                packages::telling_names(session.home_path, world.files, world.machine));
    ENVKEEP_TRY(const std::string store, world.files.real_path(session.store.base_path));
    std::erase_if(telling, [&](const auto& one) {
        const std::string folder = '/' + one.first;
        return is_path_within(folder, store) || !is_on_root_mount(world, folder);
    });
    return snapshot::image_fingerprint(container_began(session), telling, world.files);
}

Result<void> know_image(const World& world, const Session& session, snapshot::LayerState& state) {
    if (state.image.empty()) {
        ENVKEEP_TRY(state.image, fingerprint_here(world, session));
        state.apt_key = apt_key_of(world, container_began(session));
        if (world.writer != nullptr) {
            ENVKEEP_CHECK(remember_disk(world, session, state));
            ENVKEEP_CHECK(snapshot::save_layer_state(session.home, state, *world.writer));
        }
    }
    return {};
}

Result<snapshot::ImageListing> image_listing(const World& world,
                                             const Session& session,
                                             const snapshot::LayerState& state,
                                             const snapshot::Scope& scope) {
    const snapshot::Shelf shelf = shelf_of(world, session);
    // Where it cannot be read now it is not taken anew: what was deleted since is in no other.
    ENVKEEP_TRY(std::optional<snapshot::ImageListing> known,
                snapshot::kept_listing(shelf, state.image));
    if (known && (!state.image_until || snapshot::covers(*known, scope))) {
        return *std::move(known);
    }
    if (!state.image_until) {
        return snapshot::ImageListing{};
    }
    ENVKEEP_TRY(const snapshot::Roots roots, roots_of(world, session, scope.home));
    ENVKEEP_TRY(snapshot::ImageListing listing,
                snapshot::list_image(scope, *state.image_until, roots, capture_tools(world)));
    listing.fingerprint = state.image;
    listing.taken = utc_text(world.machine.now());
    if (known) {
        listing = snapshot::both_of(*std::move(known), std::move(listing));
    }
    if (!session.store.is_read_only) {
        // What came between the container's start and the session's is neither's.
        snapshot::LayerState of_image = state;
        of_image.session_began = *state.image_until;
        ENVKEEP_TRY(packages::Inventory inventory, inventory_of(world, session, of_image));
        keep_what_the_image_brought(inventory);
        ENVKEEP_CHECK(snapshot::save_image_lock(shelf, state.image, lock_text(inventory)));
        ENVKEEP_CHECK(snapshot::save_listing(shelf, listing));
    }
    return listing;
}

std::optional<snapshot::ImageListing> known_listing(const World& world,
                                                    const Session& session,
                                                    const snapshot::LayerState& state) {
    Result<snapshot::ImageListing> known =
        snapshot::load_listing(shelf_of(world, session), state.image);
    return known ? std::optional(*std::move(known)) : std::nullopt;
}

Result<void> meet_image(const World& world, const Session& session, const Listener& listener) {
    if (world.trees == nullptr) {
        return {};
    }
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    if (!state.image.empty()) {
        return {};
    }
    if (session.store.is_read_only) {
        return know_image(world, session, state);
    }
    if (listener.phase) {
        listener.phase("looking at what the image brought");
    }
    return list_image_once(world, session, LayerLock::by_hand, listener);
}

Result<void> remember_disk(const World& world,
                           const Session& session,
                           snapshot::LayerState& state) {
    ENVKEEP_TRY(const std::string home, world.files.real_path(session.home_path));
    if (!state.disk && is_on_root_mount(world, home)) {
        ENVKEEP_TRY(state.disk, snapshot::mark_disk(session.home, world.files, *world.writer));
    }
    return {};
}

}  // namespace envkeep::engine
