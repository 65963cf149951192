// SPDX-License-Identifier: MIT
#include "engine/packed_keeps.hpp"

#include "engine/image_here.hpp"
#include "engine/layer_place.hpp"
#include "engine/prune_layer.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Entry;
using snapshot::Layer;

Result<std::vector<keep::WantedKeep>> packed_keeps(const World& world, const Session& session) {
    if (!has_packed(session.manifest)) {
        return std::vector<keep::WantedKeep>{};
    }
    ENVKEEP_TRY(keep::Wanted wanted,
                keep::resolve(session.manifest,
                              {.home = session.home,
                               .store = session.store,
                               .python = python_of(world, session),
                               .modes_honoured = are_modes_honoured(world, session)},
                              world.files));
    std::erase_if(wanted.keeps,
                  [](const keep::WantedKeep& keep) { return keep.form != keep::Form::packed; });
    return std::move(wanted.keeps);
}

// What lies in the home follows it, as the layer's entries do.
std::string path_in(const Layer& layer,
                    const World& world,
                    const Session& session,
                    const keep::WantedKeep& keep) {
    const bool is_in_home = keep.place.root == session.home;
    return without_slash(is_in_home ? layer.home + '/' + keep.place.path.text()
                                    : world.files.absolute(keep.place));
}

bool has_any(const Layer& layer, const std::string& path) {
    const auto found =
        std::ranges::lower_bound(layer.entries, path, snapshot::comes_before, &Entry::path);
    return found != layer.entries.end() && is_path_within(found->path, path);
}

// What this session has is in its state; before it has any, the newest snapshot of its image says.
class Captured {
  public:
    Captured(const World& world, const Session& session) : world_(world), session_(session) {}

    bool holds(const keep::WantedKeep& keep) {
        if (!is_known_) {
            is_known_ = true;
            if (const Result<void> known = know(); !known) {
                return false;  // what cannot be read holds nothing
            }
        }
        return layer_
                   ? has_any(*layer_, path_in(*layer_, world_, session_, keep))
                   : std::ranges::find(places_, world_.files.absolute(keep.place)) != places_.end();
    }

  private:
    Result<void> know() {
        std::optional<snapshot::LayerState> state =
            snapshot::load_layer_state(session_.home, session_.container, world_.files);
        if (state && state->store_id != session_.store.id) {
            state.reset();
        }
        if (state && (state->here || state->coming)) {
            places_ = std::move(state->packed);
            return {};
        }
        if (world_.trees == nullptr) {
            return {};
        }
        const snapshot::Shelf shelf = shelf_of(world_, session_);
        ENVKEEP_TRY(const std::optional<snapshot::Ref> newest,
                    snapshot::newest_ref(shelf, profile_of(world_, session_)));
        if (!newest) {
            return {};
        }
        ENVKEEP_TRY(const snapshot::SnapshotList list, snapshot::list_snapshots(shelf));
        ENVKEEP_TRY(const snapshot::Snapshot record,
                    snapshot::find_snapshot(list, newest->snapshot));
        ENVKEEP_TRY(const std::string image, image_of(state));
        if (record.image == image) {
            ENVKEEP_TRY(layer_, snapshot::load_layer(shelf, record.layer));
        }
        return {};
    }

    [[nodiscard]] Result<std::string> image_of(
        const std::optional<snapshot::LayerState>& state) const {
        if (state && !state->image.empty()) {
            return state->image;
        }
        return fingerprint_here(world_, session_);
    }

    const World& world_;
    const Session& session_;
    bool is_known_ = false;
    std::vector<std::string> places_;
    std::optional<Layer> layer_;
};

}  // namespace

bool has_packed(const manifest::Manifest& manifest) {
    return std::ranges::any_of(manifest.keeps, [](const manifest::Keep& keep) {
        return keep.how == manifest::How::packed;
    });
}

Result<std::vector<std::string>> packed_in(const World& world,
                                           const Session& session,
                                           const Layer& layer) {
    ENVKEEP_TRY(const std::vector<keep::WantedKeep> keeps, packed_keeps(world, session));
    std::vector<std::string> places;
    for (const keep::WantedKeep& keep : keeps) {
        if (has_any(layer, path_in(layer, world, session, keep))) {
            places.push_back(world.files.absolute(keep.place));
        }
    }
    return places;
}

std::function<bool(const keep::WantedKeep&)> captured_here(const World& world,
                                                           const Session& session) {
    const auto captured = std::make_shared<Captured>(world, session);
    return [captured](const keep::WantedKeep& keep) { return captured->holds(keep); };
}

Layer without_kept(Layer layer, const snapshot::Scope& scope) {
    std::vector<std::string> elsewhere = scope.kept;
    elsewhere.insert(elsewhere.end(), scope.mounts.begin(), scope.mounts.end());
    const LiesThere gone = what_lies_at(elsewhere, layer, scope);
    return without(std::move(layer), gone);
}

}  // namespace envkeep::engine
