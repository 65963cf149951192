// SPDX-License-Identifier: MIT
#include "engine/journal_reach.hpp"

#include "engine/carry_out.hpp"
#include "engine/earlier_manifest.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/keep/wanted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::engine {
namespace {

void add_spellings(const World& world,
                   const std::string& path,
                   system::RootId root,
                   std::vector<keep::Reach::Folder>& folders) {
    folders.push_back({.path = world.files.root_path(root), .root = root});
    if (folders.back().path != path) {
        folders.push_back({.path = path, .root = root});
    }
}

// What of the store is envkeep's own, or trusted by every session.
void guard_store(const std::string& ours, const std::string& base, keep::Reach& reach) {
    namespace names = store::names;
    for (const std::string_view name : {std::string_view("bin"),
                                        names::hook,
                                        names::identity,
                                        names::off_switch,
                                        names::journal,
                                        names::leases,
                                        names::reports,
                                        names::starts,
                                        names::gpu,
                                        names::packs,
                                        names::manifests,
                                        names::snapshots,
                                        names::refs,
                                        names::images,
                                        names::packages,
                                        names::trash}) {
        reach.guarded.push_back(fmt::format("{}/{}", ours, name));
    }
    reach.guarded.push_back(base + "/pre-run.sh");
}

void guard_manifest(const World& world, const Session& session, keep::Reach& reach) {
    reach.manifest.push_back(session.manifest_file);
    reach.guarded.insert(
        reach.guarded.end(), session.written.files.begin(), session.written.files.end());
    if (auto real = world.files.real_path(session.manifest_file)) {
        reach.manifest.push_back(*std::move(real));
    }
    for (const std::string& file : session.written.files) {
        if (auto real = world.files.real_path(file)) {
            reach.guarded.push_back(*std::move(real));
        }
    }
}

void add_keeps(const World& world, const Session& session, keep::Reach& reach) {
    for (const manifest::Keep& keep : session.manifest.keeps) {
        if (keep.path.starts_with('/')) {
            reach.places.push_back(keep.path);
        }
        if (keep.to && keep.to->starts_with('/')) {
            reach.sources.push_back(*keep.to);
        }
    }
    // With what patterns stand for. Where it cannot be worked out, less is within reach.
    const auto wanted = keep::resolve(session.manifest,
                                      {.home = session.home,
                                       .store = session.store,
                                       .python = python_of(world, session),
                                       .modes_honoured = are_modes_honoured(world, session)},
                                      world.files);
    if (!wanted) {
        return;
    }
    for (const keep::WantedKeep& keep : wanted->keeps) {
        reach.places.push_back(world.files.absolute(keep.place));
        reach.sources.push_back(world.files.absolute(keep.source));
        reach.links.push_back({.path = reach.places.back(), .target = keep.target});
    }
}

// Which prefix of a path is our folder by another name.
std::string other_name_of_store(const World& world,
                                const Session& session,
                                const std::string& path) {
    const std::string name = fmt::format("/{}", store::names::folder);
    const auto ours = world.files.real_path(session.store.path);
    for (std::size_t at = path.find(name + '/'); at != std::string::npos;
         at = path.find(name + '/', at + 1)) {
        std::string prefix = path.substr(0, at + name.size());
        if (const auto real = world.files.real_path(prefix); ours && real && *real == *ours) {
            return prefix;
        }
    }
    return {};
}

// Texts of links stay as they are: one on the way to the store may be somebody else's to turn.
void spell_as_here(const World& world, const Session& session, store::RunRecord& run) {
    const std::string& here = session.store.path;
    const auto is_elsewhere = [&](const store::RunRecord::Item& item) {
        return item.change.is_in_store && !is_path_within(item.change.path, here);
    };
    const auto first = std::ranges::find_if(run.items, is_elsewhere);
    const std::string there = first == run.items.end()
                                  ? std::string()
                                  : other_name_of_store(world, session, first->change.path);
    if (there.empty()) {
        return;
    }
    for (store::RunRecord::Item& item : run.items) {
        for (std::string* const path : {&item.change.path, &item.change.other}) {
            const bool is_text = path == &item.change.other &&
                                 item.change.kind == store::Change::Kind::replaced_link;
            if (!is_text && is_path_within(*path, there)) {
                *path = here + path->substr(there.size());
            }
        }
    }
}

}  // namespace

keep::Reach journal_reach(const World& world, const Session& session) {
    keep::Reach reach;
    add_spellings(world, session.home_path, session.home, reach.home);
    add_spellings(world, session.store.path, session.store.root, reach.store);
    add_spellings(world, session.store.base_path, session.store.base, reach.store);
    guard_store(session.store.path, session.store.base_path, reach);
    guard_store(world.files.root_path(session.store.root),
                world.files.root_path(session.store.base),
                reach);
    guard_manifest(world, session, reach);
    add_keeps(world, session, reach);
    return reach;
}

void add_manifests_before(const World& world,
                          const Session& session,
                          const store::RunRecord& run,
                          keep::Reach& reach) {
    for (const store::RunRecord::Item& item : run.items) {
        const auto text = earlier_manifest(world, session, run, item.change);
        if (!text) {
            continue;
        }
        reach.earlier_manifests.push_back(item.change.other);
        if (const auto before = session_with(world, session, *text)) {
            add_keeps(world, *before, reach);
        }
    }
}

keep::Reach reach_of(const World& world, const Session& session, store::RunRecord& run) {
    spell_as_here(world, session, run);
    keep::Reach reach = journal_reach(world, session);
    const auto reaches_all = [&] {
        return std::ranges::all_of(run.items, [&](const store::RunRecord::Item& item) {
            return keep::is_within_reach(item.change, run, reach) &&
                   keep::makes_known_link(item.change, reach);
        });
    };
    add_manifests_before(world, session, run, reach);
    if (!reaches_all()) {
        const auto runs = store::list_runs(journal_folders(session), world.machine, world.files);
        for (const store::RunRecord& other : runs ? *runs : std::vector<store::RunRecord>{}) {
            add_manifests_before(world, session, other, reach);
        }
    }
    return reach;
}

}  // namespace envkeep::engine
