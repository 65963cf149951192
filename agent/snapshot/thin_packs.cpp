// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/thin_packs.hpp"

#include "snapshot/pack_reader.hpp"

#include <algorithm>
#include <vector>

namespace envkeep::snapshot {
namespace {

constexpr std::uint64_t share = 5;

// Decoded; 0 for one that cannot be read, which then is not thin.
std::uint64_t size_of(const PackFolder& packs, const std::string& name) {
    std::uint64_t size = 0;
    if (const auto pack = PackReader::open(packs.place, name, packs.reader)) {
        for (const PackFrame& frame : pack->index().frames) {
            size += frame.plain;
        }
    }
    return size;
}

// Entries that stay where they are, by the numbers of their packs.
std::vector<std::vector<std::size_t>> placed_in(const Capture& capture) {
    const Layer& layer = capture.layer;
    std::vector<bool> is_new(layer.entries.size());
    for (const std::size_t i : capture.to_pack) {
        is_new[i] = true;
    }
    std::vector<std::vector<std::size_t>> placed(layer.packs.size());
    for (std::size_t i = 0; i < layer.entries.size(); ++i) {
        const Entry& entry = layer.entries[i];
        if (!is_new[i] && entry.kind == EntryKind::file && entry.size > 0) {
            placed.at(entry.location.pack).push_back(i);
        }
    }
    return placed;
}

}  // namespace

std::set<std::string> repack_thin(Capture& capture, const PackFolder& packs, std::uint64_t most) {
    const std::vector<Entry>& entries = capture.layer.entries;
    std::set<std::string> thin;
    std::uint64_t repacked = 0;
    const auto placed = placed_in(capture);
    for (std::size_t pack = 0; pack < placed.size(); ++pack) {
        std::uint64_t live = 0;
        for (const std::size_t i : placed[pack]) {
            live += entries[i].size;
        }
        const std::string& name = capture.layer.packs[pack];
        if (live > 0 && repacked + live <= most && live < size_of(packs, name) / share) {
            thin.insert(name);
            repacked += live;
            capture.to_pack.insert(capture.to_pack.end(), placed[pack].begin(), placed[pack].end());
        }
    }
    capture.bytes_to_pack += repacked;
    order_for_packs(capture);
    return thin;
}

}  // namespace envkeep::snapshot
