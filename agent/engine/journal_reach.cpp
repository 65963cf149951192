// SPDX-License-Identifier: MIT
#include "engine/journal_reach.hpp"

#include "engine/ready_store.hpp"
#include "envkeep/keep/wanted.hpp"

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

void add_manifest(const World& world, const Session& session, keep::Reach& reach) {
    reach.sources.push_back(session.manifest_file);
    if (auto real = world.files.real_path(session.manifest_file)) {
        reach.sources.push_back(*std::move(real));
    }
}

}  // namespace

keep::Reach journal_reach(const World& world, const Session& session) {
    keep::Reach reach;
    add_spellings(world, session.home_path, session.home, reach.home);
    add_spellings(world, session.store.path, session.store.root, reach.store);
    add_spellings(world, session.store.base_path, session.store.base, reach.store);
    add_manifest(world, session, reach);
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
    if (wanted) {
        for (const keep::WantedKeep& keep : wanted->keeps) {
            reach.places.push_back(world.files.absolute(keep.place));
            reach.sources.push_back(world.files.absolute(keep.source));
        }
    }
    return reach;
}

}  // namespace envkeep::engine
