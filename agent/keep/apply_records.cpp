// SPDX-License-Identifier: MIT
#include "keep/apply_records.hpp"

#include "envkeep/core/match.hpp"
#include "keep/own_names.hpp"

#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Place;

constexpr std::size_t most_near_folders = 64;

}  // namespace

Records::Records(const model::Plan& plan, system::RootId home, system::FileReader& files)
    : files_(files), roots_{home} {
    for (const model::Step& step : plan.steps) {
        match(
            step.action,
            [&](const model::Seed& seed) { roots_.insert(seed.to.root); },
            [&](const model::CopyIn& copy) { roots_.insert(copy.from.root); },
            [&](const model::CopyBack& copy) { roots_.insert(copy.to.root); },
            [&](const model::MakeFolder& folder) { roots_.insert(folder.place.root); },
            [&](const model::MakeFile& file) { roots_.insert(file.place.root); },
            [&](const model::ReplaceByLink& replaced) { replaced_.insert(replaced.place); },
            [](const auto&) {});
    }
}

void Records::linked(const Place& place, const std::string& target) {
    if (const std::optional<Place> source = place_of(target)) {
        add_link(place, *source);
    }
}

void Records::copied(const Place& place, const Place& source) {
    add_tree(place, source);
}

void Records::brought(const Place& place, const Place& source) {
    add({.place = files_.absolute(place), .source = files_.absolute(source)});
}

void Records::seeded(const Place& place, const Place& source) {
    if (!will_be_replaced(place)) {
        add_tree(place, source);
    }
}

void Records::found_link(const Place& place, const Place& source) {
    add_link(place, source);
}

void Records::found_copy(const Place& place,
                         const Place& source,
                         const std::vector<RelPath>& leaves_out) {
    for (const RelPath& below : leaves_out) {
        left_out_.insert({.root = place.root, .path = place.path.joined(below)});
    }
    add_tree(place, source);
}

std::vector<store::RestoredFile> Records::take() && {
    std::vector<store::RestoredFile> records;
    records.reserve(files_by_place_.size());
    for (auto& [path, record] : files_by_place_) {
        records.push_back(std::move(record));
    }
    return records;
}

std::optional<Place> Records::place_of(const std::string& absolute) {
    for (const system::RootId root : roots_) {
        if (std::optional<Place> place = place_below(root, absolute)) {
            return place;
        }
    }
    const std::size_t slash = absolute.rfind('/');
    if (slash == std::string::npos || slash == 0) {
        return std::nullopt;
    }
    const std::optional<system::RootId> folder = near_folder(absolute.substr(0, slash));
    const Result<RelPath> name = RelPath::parse(absolute.substr(slash + 1));
    return folder && name ? std::optional(Place{.root = *folder, .path = *name}) : std::nullopt;
}

std::optional<Place> Records::place_below(system::RootId root, const std::string& absolute) const {
    const std::string path = files_.root_path(root);
    const std::string prefix = path.ends_with('/') ? path : path + '/';
    if (!absolute.starts_with(prefix)) {
        return std::nullopt;
    }
    const Result<RelPath> rest = RelPath::parse(absolute.substr(prefix.size()));
    return rest ? std::optional(Place{.root = root, .path = *rest}) : std::nullopt;
}

std::optional<system::RootId> Records::near_folder(const std::string& absolute) {
    if (const auto known = near_.find(absolute); known != near_.end()) {
        return known->second;
    }
    if (near_.size() == most_near_folders) {
        return std::nullopt;
    }
    const Result<system::RootId> opened = files_.open_root(absolute);
    if (!opened) {
        return std::nullopt;
    }
    return near_.emplace(absolute, *opened).first->second;
}

bool Records::will_be_replaced(const Place& place) const {
    for (Place above = place; !above.path.is_root(); above = above.parent()) {
        if (replaced_.contains(above)) {
            return true;
        }
    }
    return false;
}

void Records::add_tree(const Place& place, const Place& source) {
    const Result<system::Status> seen = files_.status(place);
    if (!seen || seen->kind != Kind::folder) {
        if (seen && seen->kind == Kind::file) {
            add_copy(place, source);
        } else if (seen && seen->kind == Kind::link) {
            add_copied_link(place, source);
        }
        return;
    }
    const Result<std::vector<system::Entry>> entries = files_.list(place);
    if (!entries) {
        return;
    }
    for (const system::Entry& entry : *entries) {
        const Place child = place.child(entry.name);
        if (entry.kind != Kind::other && !is_own_name(entry.name) && !left_out_.contains(child)) {
            add_tree(child, source.child(entry.name));
        }
    }
}

// A program may have put a file in the link's place meanwhile: that is not what was linked, and is
// left out of the record, so that it counts as changed.
void Records::add_link(const Place& place, const Place& source) {
    const Result<system::Status> home = files_.status(place);
    const Result<system::Status> store = files_.status(source);
    if (home && store && (store->kind == Kind::folder || store->kind == Kind::link)) {
        add({.place = files_.absolute(place), .source = files_.absolute(source), .is_link = true});
    }
    if (!home || !store || store->kind != Kind::file) {
        return;
    }
    Digest digest;
    if (store->size <= largest_read_for_link) {
        const Result<Digest> read = files_.digest(source);
        if (!read) {
            return;
        }
        digest = *read;
    }
    add({.place = files_.absolute(place),
         .source = files_.absolute(source),
         .digest = digest,
         .home_seen = home->kind == Kind::link ? *home : system::Status{},
         .store_seen = *store,
         .is_link = true});
}

// The home's file may have been written since the copy was made. Then the copy is what was
// restored, and the home's status is left out: no file is like that, so it counts as changed.
void Records::add_copy(const Place& place, const Place& source) {
    const Result<system::Status> home = files_.status(place);
    const Result<system::Status> store = files_.status(source);
    if (!home || !store || home->kind != Kind::file || store->kind != Kind::file) {
        return;
    }
    const Result<Digest> copy = files_.digest(source);
    if (!copy) {
        return;
    }
    bool is_same = home->size == store->size && home->modified == store->modified;
    if (!is_same) {
        const Result<Digest> now = files_.digest(place);
        is_same = now && *now == *copy;
    }
    add({.place = files_.absolute(place),
         .source = files_.absolute(source),
         .digest = *copy,
         .home_seen = is_same ? *home : system::Status{},
         .store_seen = *store});
}

void Records::add_copied_link(const Place& place, const Place& source) {
    const Result<system::Status> home = files_.status(place);
    const Result<system::Status> store = files_.status(source);
    const Result<std::string> target = files_.read_link(source);
    if (home && store && target) {
        add({.place = files_.absolute(place),
             .source = files_.absolute(source),
             .digest = digest_of(*target),
             .home_seen = *home,
             .store_seen = *store});
    }
}

void Records::add(store::RestoredFile record) {
    std::string key = record.place;
    files_by_place_.insert_or_assign(std::move(key), std::move(record));
}

}  // namespace envkeep::keep
