// SPDX-License-Identifier: MIT
#include "engine/our_links.hpp"

#include "engine/carry_out.hpp"
#include "envkeep/store/journal.hpp"

#include <algorithm>
#include <set>

namespace envkeep::engine {
namespace {

using store::Change;

void add_journaled(const World& world, const Session& session, std::set<std::string>& places) {
    const auto runs = store::list_runs(journal_folders(session), world.machine, world.files);
    if (!runs) {
        return;
    }
    for (const store::RunRecord& run : *runs) {
        for (const store::RunRecord::Item& item : run.items) {
            const Change::Kind kind = item.change.kind;
            if (run.run.home == session.home_path &&
                (kind == Change::Kind::made_link || kind == Change::Kind::replaced_link)) {
                places.insert(item.change.path);
            }
        }
    }
}

void add_names(const World& world, const Session& session, std::set<std::string>& places) {
    const auto entries = world.files.list({.root = session.home, .path = {}});
    if (!entries) {
        return;
    }
    for (const system::Entry& entry : *entries) {
        if (entry.kind == system::Kind::link) {
            places.insert(session.home_path + "/" + entry.name);
        }
    }
}

// Where the link at an absolute path leads; empty if none is there.
std::string target_at(const World& world, const std::string& absolute) {
    const std::size_t slash = absolute.rfind('/');
    const std::string folder = slash == 0 ? "/" : absolute.substr(0, slash);
    const auto root = world.files.open_root(folder);
    const auto name = RelPath::parse(absolute.substr(slash + 1));
    if (!root || !name) {
        return {};
    }
    const auto seen = world.files.look({.root = *root, .path = *name});
    return seen && seen->status.kind == system::Kind::link ? seen->target : std::string();
}

}  // namespace

std::vector<OurLink> our_links(const World& world,
                               const Session& session,
                               const keep::Wanted& wanted) {
    std::set<std::string> places;
    for (const keep::WantedKeep& keep : wanted.keeps) {
        places.insert(world.files.absolute(keep.place));
    }
    add_journaled(world, session, places);
    add_names(world, session, places);
    const std::string& base = session.store.base_path;
    std::vector<OurLink> links;
    for (const std::string& place : places) {
        // Sorted: what is seen only through a link stands behind it.
        const bool is_behind = std::ranges::any_of(
            links, [&](const OurLink& link) { return place.starts_with(link.place + "/"); });
        if (is_behind) {
            continue;
        }
        std::string target = target_at(world, place);
        if (target == base || target.starts_with(base == "/" ? base : base + "/")) {
            links.push_back({.place = place, .target = std::move(target)});
        }
    }
    return links;
}

}  // namespace envkeep::engine
