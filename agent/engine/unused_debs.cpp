// SPDX-License-Identifier: MIT
#include "engine/unused_debs.hpp"

#include "engine/keep_debs.hpp"
#include "engine/layer_fit.hpp"
#include "engine/layer_place.hpp"
#include "envkeep/packages/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace envkeep::engine {
namespace {

Result<void> add_needed(const std::string& text, std::set<std::string>& needed) {
    ENVKEEP_TRY(const packages::LockReading lock, packages::parse_lock(text));
    for (const packages::Package& package : lock.inventory.packages) {
        if (package.domain == packages::Domain::apt &&
            package.origin == packages::Origin::session) {
            needed.insert(deb_name(package));
        }
    }
    return {};
}

}  // namespace

Result<std::vector<snapshot::StoredFile>> unused_debs(const World& world,
                                                      const Session& session,
                                                      const snapshot::SnapshotList& list,
                                                      const std::vector<std::string>& dropped,
                                                      WallTime now) {
    std::vector<snapshot::StoredFile> unused;
    const system::Place folder = debs_of(session.store);
    const Result<std::vector<system::Entry>> entries = world.files.list(folder);
    if (!entries || entries->empty()) {
        return unused;
    }
    std::set<std::string> needed;
    for (const snapshot::Snapshot& record : list.snapshots) {
        if (std::ranges::find(dropped, record.id) == dropped.end()) {
            ENVKEEP_TRY(const std::string text,
                        snapshot::load_lock(shelf_of(world, session), record.lock));
            ENVKEEP_CHECK(add_needed(text, needed));
        }
    }
    for (const system::Entry& entry : *entries) {
        ENVKEEP_TRY(const system::Status status, world.files.status(folder.child(entry.name)));
        if (entry.kind == system::Kind::file && entry.name.ends_with(".deb") &&
            !needed.contains(entry.name) && status.modified < now - snapshot::grace) {
            unused.push_back({.path = fmt::format("{}/apt/{}", store::names::packages, entry.name),
                              .bytes = status.size,
                              .modified = status.modified});
        }
    }
    return unused;
}

}  // namespace envkeep::engine
