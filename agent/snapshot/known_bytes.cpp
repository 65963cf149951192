// SPDX-License-Identifier: MIT
#include "snapshot/known_bytes.hpp"

namespace envkeep::snapshot {

KnownBytes::KnownBytes(const Layer& layer,
                       const std::vector<std::size_t>& order,
                       const Layer& known) {
    std::vector<bool> is_new(layer.entries.size());
    for (const std::size_t entry : order) {
        is_new[entry] = true;
    }
    holders_.reserve(layer.entries.size() + known.entries.size());
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        if (!is_new[i] && layer.entries[i].location.pack < layer.packs.size()) {
            add(layer.entries[i], {.entry = i});
        }
    }
    for (std::size_t i = 0; i < known.entries.size(); ++i) {
        if (known.entries[i].location.pack < known.packs.size()) {
            add(known.entries[i], {.is_of_known = true, .entry = i});
        }
    }
}

void KnownBytes::add(const Entry& entry, Holder holder) {
    if (entry.kind == EntryKind::file && entry.size > 0) {
        holders_.try_emplace(entry.digest, holder);
        sizes_.insert(entry.size);
    }
}

std::optional<KnownBytes::Holder> KnownBytes::find(const Digest& digest) {
    const std::lock_guard lock(mutex_);
    const auto found = holders_.find(digest);
    return found == holders_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<KnownBytes::Holder> KnownBytes::find_or_hold(const Digest& digest,
                                                           std::size_t entry) {
    const std::lock_guard lock(mutex_);
    const auto [found, is_first] = holders_.try_emplace(digest, Holder{.entry = entry});
    return is_first ? std::nullopt : std::optional(found->second);
}

void add_known(Layer& known,
               const Layer& more,
               const std::function<bool(const std::string& pack)>& is_usable) {
    const auto first = static_cast<std::uint32_t>(known.packs.size());
    known.packs.insert(known.packs.end(), more.packs.begin(), more.packs.end());
    std::vector<bool> is_pack_usable;
    is_pack_usable.reserve(more.packs.size());
    for (const std::string& pack : more.packs) {
        is_pack_usable.push_back(is_usable(pack));
    }
    for (const Entry& entry : more.entries) {
        const bool has_bytes = entry.kind == EntryKind::file && entry.size > 0;
        if (has_bytes && is_pack_usable.at(entry.location.pack)) {
            known.entries.push_back(entry);
            known.entries.back().location.pack += first;
        }
    }
}

}  // namespace envkeep::snapshot
