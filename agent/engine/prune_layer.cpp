// SPDX-License-Identifier: MIT
#include "engine/prune_layer.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
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

// The indexes of what is at a path and below it stand together.
template <typename T>
std::pair<std::size_t, std::size_t> range_of(const std::vector<T>& sorted,
                                             const std::string& path) {
    const auto begin = std::ranges::lower_bound(sorted, path, snapshot::comes_before, &T::path);
    const auto end = std::find_if_not(
        begin, sorted.end(), [&](const T& one) { return is_path_within(one.path, path); });
    return {static_cast<std::size_t>(begin - sorted.begin()),
            static_cast<std::size_t>(end - sorted.begin())};
}

template <typename T>
void find_at(const std::string& place,
             const std::vector<T>& sorted,
             const std::string& home_then,
             const std::string& home_now,
             std::vector<std::size_t>& found) {
    const bool follows_home = !home_then.empty() && !home_now.empty();
    const auto [begin, end] = range_of(sorted, place);
    for (std::size_t i = begin; i < end; ++i) {
        if (!follows_home || !is_path_within(sorted[i].path, home_then)) {
            found.push_back(i);
        }
    }
    if (!follows_home || (!is_path_within(place, home_now) && !is_path_within(home_now, place))) {
        return;
    }
    const bool is_in_home = is_path_within(place, home_now);
    const auto [first, last] =
        range_of(sorted, home_then + (is_in_home ? place.substr(home_now.size()) : std::string()));
    for (std::size_t i = first; i < last; ++i) {
        found.push_back(i);
    }
}

}  // namespace

LiesThere what_lies_at(const std::vector<std::string>& places,
                       const Layer& layer,
                       const snapshot::Scope& scope) {
    const std::string home_then = layer.home.substr(std::min<std::size_t>(1, layer.home.size()));
    LiesThere found;
    for (const std::string& place : places) {
        const std::size_t before = found.entries.size() + found.deletions.size();
        find_at(place, layer.entries, home_then, scope.home, found.entries);
        find_at(place, layer.deletions, home_then, scope.home, found.deletions);
        if (found.entries.size() + found.deletions.size() > before) {
            found.places.push_back(place);
        }
    }
    return found;
}

Layer without(Layer layer, const LiesThere& gone) {
    const std::set<std::size_t> deletions(gone.deletions.begin(), gone.deletions.end());
    std::vector<snapshot::Deletion> left;
    for (std::size_t i = 0; i < layer.deletions.size(); ++i) {
        if (!deletions.contains(i)) {
            left.push_back(std::move(layer.deletions[i]));
        }
    }
    layer.deletions = std::move(left);
    return gone.entries.empty() ? std::move(layer) : without(std::move(layer), gone.entries, {});
}

bool take_from(Layer& layer, std::size_t entry, const Layer& base) {
    Entry& now = layer.entries.at(entry);
    const auto before =
        std::ranges::lower_bound(base.entries, now.path, snapshot::comes_before, &Entry::path);
    if (before == base.entries.end() || before->path != now.path ||
        before->kind != EntryKind::file) {
        return false;
    }
    const std::uint32_t group = now.group;
    now = *before;
    now.group = group;
    return true;
}

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
