// SPDX-License-Identifier: MIT
#include "engine/stored_bytes.hpp"

#include "envkeep/snapshot/check_pack.hpp"
#include "envkeep/snapshot/unfinished.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <utility>

namespace envkeep::engine {

StoredBytes::StoredBytes(const World& world, const Session& session)
    : world_(world), session_(session) {
    if (auto unfinished = snapshot::load_unfinished(session.home, world.files)) {
        unfinished_ = unfinished->entries.size();
        layers_.push_back(*std::move(unfinished));
    }
}

const snapshot::Layer& StoredBytes::known(const std::optional<snapshot::Layer>& base,
                                          const std::set<std::string>& not_in) {
    if (base && layers_.empty() && not_in.empty()) {
        return *base;
    }
    const system::Place packs = session_.store.place(store::names::packs);
    const auto is_usable = [&](const std::string& pack) {
        return !not_in.contains(pack) && snapshot::check_pack(packs, pack, *world_.trees);
    };
    if (base) {
        snapshot::add_known(known_, *base, is_usable);
    }
    for (const snapshot::Layer& layer : layers_) {
        snapshot::add_known(known_, layer, is_usable);
    }
    return known_;
}

void StoredBytes::keep(const snapshot::Layer& so_far) const {
    if (so_far.entries.size() > unfinished_) {
        static_cast<void>(snapshot::save_unfinished(session_.home, so_far, *world_.writer));
    }
}

void StoredBytes::drop() const {
    snapshot::drop_unfinished(session_.home, world_.files, *world_.writer);
}

}  // namespace envkeep::engine
