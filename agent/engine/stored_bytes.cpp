// SPDX-License-Identifier: MIT
#include "engine/stored_bytes.hpp"

#include "envkeep/snapshot/check_pack.hpp"
#include "envkeep/snapshot/unfinished.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::engine {

StoredBytes::StoredBytes(const World& world, const Session& session)
    : world_(world), session_(session) {
    if (auto unfinished = snapshot::load_unfinished(session.home, world.files)) {
        unfinished_ = unfinished->entries.size();
        layers_.push_back(*std::move(unfinished));
    }
}

bool StoredBytes::is_sound(const std::string& pack) {
    const auto [known, is_new] = sound_.try_emplace(pack);
    if (is_new) {
        const system::Place packs = session_.store.place(store::names::packs);
        known->second = snapshot::check_pack(packs, pack, *world_.trees).has_value();
    }
    return known->second;
}

bool StoredBytes::holds(const std::string& path, std::uint64_t size) {
    return std::ranges::any_of(layers_, [&](const snapshot::Layer& layer) {
        const auto at = std::ranges::lower_bound(
            layer.entries, path, snapshot::comes_before, &snapshot::Entry::path);
        return at != layer.entries.end() && at->path == path &&
               at->kind == snapshot::EntryKind::file && at->size == size && size > 0 &&
               is_sound(layer.packs.at(at->location.pack));
    });
}

const snapshot::Layer& StoredBytes::known(const std::optional<snapshot::Layer>& base,
                                          const std::set<std::string>& not_in) {
    if (base && layers_.empty() && not_in.empty()) {
        return *base;
    }
    const auto is_usable = [&](const std::string& pack) {
        return !not_in.contains(pack) && is_sound(pack);
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
    if (so_far.entries.size() >= unfinished_) {
        static_cast<void>(snapshot::save_unfinished(session_.home, so_far, *world_.writer));
    }
}

void StoredBytes::drop() const {
    snapshot::drop_unfinished(session_.home, world_.files, *world_.writer);
}

}  // namespace envkeep::engine
