// SPDX-License-Identifier: MIT
#include "engine/prune_layer.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Layer;

bool has_bytes_in_a_pack(const Entry& entry) {
    return entry.kind == EntryKind::file && entry.size > 0;
}

void drop_unused_packs(Layer& layer) {
    std::vector<std::optional<std::uint32_t>> now(layer.packs.size());
    std::vector<std::string> packs;
    for (Entry& entry : layer.entries) {
        if (!has_bytes_in_a_pack(entry)) {
            continue;
        }
        std::optional<std::uint32_t>& index = now.at(entry.location.pack);
        if (!index) {
            index = static_cast<std::uint32_t>(packs.size());
            packs.push_back(layer.packs[entry.location.pack]);
        }
        entry.location.pack = *index;
    }
    layer.packs = std::move(packs);
}

}  // namespace

Layer without(Layer layer,
              const std::vector<std::size_t>& gone,
              const std::vector<snapshot::PackReport::Unread>& unread) {
    std::set<std::size_t> out(gone.begin(), gone.end());
    for (const snapshot::PackReport::Unread& one : unread) {
        out.insert(one.entry);
    }
    std::set<std::string> lost;
    for (const std::size_t i : out) {
        lost.insert(layer.entries[i].path);
    }
    std::vector<Entry> entries;
    entries.reserve(layer.entries.size());
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        Entry& entry = layer.entries[i];
        const bool names_lost = entry.kind == EntryKind::hard_link && lost.contains(entry.target);
        if (!out.contains(i) && !names_lost) {
            entries.push_back(std::move(entry));
        }
    }
    layer.entries = std::move(entries);
    drop_unused_packs(layer);
    return layer;
}

}  // namespace envkeep::engine
