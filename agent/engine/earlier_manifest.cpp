// SPDX-License-Identifier: MIT
#include "engine/earlier_manifest.hpp"

#include "engine/read_through.hpp"
#include "envkeep/keep/reach.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

using store::Change;
using system::Place;
using system::Status;

// Where a run that edits the manifest, or takes that back, keeps the text before.
std::optional<Place> earlier_text(const World& world,
                                  const Session& session,
                                  const Place& manifest,
                                  const store::RunRecord& run,
                                  const Change& change) {
    if (change.kind != Change::Kind::replaced_file ||
        change.path != world.files.absolute(manifest)) {
        return std::nullopt;
    }
    const Place kept =
        session.store.place(store::names::backups).child(run.run.id).child(store::names::manifest);
    if (change.other == world.files.absolute(kept)) {
        return kept;
    }
    if (!keep::is_aside_of(change.other, change.path, run.run.id)) {
        return std::nullopt;
    }
    // Aside of one of the folders that the manifest lies in.
    const std::size_t at = change.other.find(fmt::format("/{}/", store::names::aside));
    const auto root = world.files.open_root(at == 0 ? "/" : change.other.substr(0, at));
    const Result<RelPath> below = RelPath::parse(change.other.substr(at + 1));
    return root && below ? std::optional(Place{.root = *root, .path = *below}) : std::nullopt;
}

constexpr std::uint32_t group_writes = 0020;
constexpr std::uint32_t all_write = 0002;
constexpr std::uint32_t others_enter = 0011;

bool is_owned_as(const Status& one, const Status& manifest, const World& world) {
    return one.uid == manifest.uid || one.uid == 0 || one.uid == world.machine.effective_uid();
}

bool is_no_more_open(const Status& one, const Status& manifest) {
    const bool is_open_to_group = (manifest.mode & group_writes) != 0 && one.gid == manifest.gid;
    return (one.mode & all_write) == 0 && ((one.mode & group_writes) == 0 || is_open_to_group);
}

// By owners and modes nobody may have written it who may not write the manifest.
bool is_trusted(const World& world, const Place& text, const Status& manifest) {
    const auto seen = world.files.status(text);
    const auto folder = world.files.status(text.parent());
    if (!seen || !folder || seen->kind != system::Kind::file) {
        return false;
    }
    const bool is_closed = (folder->mode & others_enter) == 0;
    const bool is_ours =
        is_owned_as(*seen, manifest, world) && is_owned_as(*folder, manifest, world) &&
        is_no_more_open(*folder, manifest) && (is_closed || is_no_more_open(*seen, manifest));
    return is_ours || (manifest.mode & all_write) != 0;
}

}  // namespace

std::optional<std::string> earlier_manifest(const World& world,
                                            const Session& session,
                                            const store::RunRecord& run,
                                            const Change& change) {
    const auto manifest = real_place(world.files, session.manifest_file);
    if (!manifest) {
        return std::nullopt;
    }
    const auto standing = world.files.status(*manifest);
    const auto place = earlier_text(world, session, *manifest, run, change);
    if (!standing || !place || !is_trusted(world, *place, *standing)) {
        return std::nullopt;
    }
    auto text = world.files.read_file(*place, manifest::largest_manifest);
    return text ? std::optional(*std::move(text)) : std::nullopt;
}

}  // namespace envkeep::engine
