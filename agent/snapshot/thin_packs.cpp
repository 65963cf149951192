// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/thin_packs.hpp"

#include "snapshot/find_path.hpp"
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
    // What cannot be read here is not written anew, so that its pack stays.
    for (const std::size_t i : capture.carried) {
        const Entry& entry = layer.entries[i];
        if (entry.kind == EntryKind::file && entry.size > 0) {
            placed.at(entry.location.pack).clear();
        }
    }
    return placed;
}

// What is still to be read has no digest yet, and a file no extended attributes.
bool looks_like(const Entry& entry, const Entry& other) {
    const system::Attributes& one = entry.attributes;
    const system::Attributes& two = other.attributes;
    return entry.kind == other.kind && entry.size == other.size && entry.target == other.target &&
           one.mode == two.mode && one.uid == two.uid && one.gid == two.gid &&
           (entry.kind == EntryKind::folder ? one.extended == two.extended
                                            : one.modified == two.modified);
}

}  // namespace

bool is_certainly_other(const Capture& found, const Layer& base) {
    const std::vector<Entry>& entries = found.layer.entries;
    return entries.size() != base.entries.size() || !deletes_the_same(found.layer, base) ||
           std::ranges::any_of(found.to_pack, [&](std::size_t i) {
               const Entry* const before = find_path(base.entries, entries[i].path);
               return before == nullptr || !looks_like(entries[i], *before);
           });
}

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
