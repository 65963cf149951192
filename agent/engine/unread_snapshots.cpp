// SPDX-License-Identifier: MIT
#include "engine/unread_snapshots.hpp"

#include "engine/layer_place.hpp"
#include "engine/other_image.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view newest_is_unread = "the newest snapshot of the store cannot be read: ";

const snapshot::Snapshot* next_of(const World& world,
                                  const Session& session,
                                  const std::string& image,
                                  const snapshot::SnapshotList& list) {
    return snapshot_for(
        list, profile_of(world, session), image, !session.manifest.snapshot.profile.empty());
}

// The last of a profile's refs that `is_meant` holds for; 0: there is none.
template <typename IsMeant>
std::uint32_t last_number(const snapshot::SnapshotList& list,
                          const std::string& profile,
                          const IsMeant& is_meant) {
    std::uint32_t last = 0;
    for (const snapshot::Ref& ref : list.refs) {
        last = ref.profile == profile && is_meant(ref) ? std::max(last, ref.number) : last;
    }
    return last;
}

// Of those that such a session may start from the first whose layer can be read; empty: none.
std::string newest_sound(const World& world,
                         const Session& session,
                         const std::string& image,
                         snapshot::SnapshotList list) {
    const snapshot::Shelf shelf = shelf_of(world, session);
    while (const snapshot::Snapshot* const next = next_of(world, session, image, list)) {
        if (snapshot::load_layer(shelf, next->layer)) {
            return next->id;
        }
        std::erase_if(list.snapshots,
                      [id = next->id](const snapshot::Snapshot& one) { return one.id == id; });
    }
    return {};
}

bool is_without_right(const std::vector<snapshot::UnreadRef>& unread) {
    return std::ranges::any_of(unread, [](const snapshot::UnreadRef& one) {
        return one.error.kind == ErrorKind::permission_denied;
    });
}

// Where files are another user's: root took a snapshot into a user's store, say.
model::Fix right_to_read(const World& world, const Session& session) {
    const auto status_of = [&](const system::Place& place) {
        return world.files.status(place).value_or(system::Status{});
    };
    const system::Status store = status_of({.root = session.store.root, .path = {}});
    if (store.kind != system::Kind::folder || store.uid != world.machine.effective_uid()) {
        return {.text =
                    "its files are another user's: the owner of the store, or root, can give "
                    "you the right to read them"};
    }
    const std::string path = shell_quoted(session.store.path);
    std::string command = fmt::format("sudo chown -R --reference={}", path);
    for (const std::string_view name : {store::names::packs,
                                        store::names::manifests,
                                        store::names::snapshots,
                                        store::names::refs,
                                        store::names::images,
                                        store::names::packages}) {
        if (status_of(session.store.place(name)).kind == system::Kind::folder) {
            command += fmt::format(" {}/{}", path, name);
        }
    }
    return {.commands = {std::move(command)}, .text = "its files are another user's"};
}

}  // namespace

Result<void> check_can_come(const World& world,
                            const Session& session,
                            const snapshot::SnapshotList& list,
                            const snapshot::LayerRef& coming) {
    ENVKEEP_CHECK(named_snapshot(list, coming.snapshot));
    ENVKEEP_CHECK(snapshot::load_layer(shelf_of(world, session), coming.layer));
    return {};
}

std::vector<snapshot::UnreadRef> unread_newer(const World& world,
                                              const Session& session,
                                              const std::string& image,
                                              const snapshot::SnapshotList& list,
                                              const std::vector<snapshot::UnreadRef>& unread) {
    const std::string profile = profile_of(world, session);
    const snapshot::Snapshot* const next = next_of(world, session, image, list);
    const std::uint32_t taken = last_number(list, profile, [&](const snapshot::Ref& ref) {
        return next != nullptr && ref.snapshot == next->id;
    });
    const bool may_take_any = taken == 0 && session.manifest.snapshot.profile.empty();
    const auto is_read = [&](const snapshot::Ref& ref) {
        return std::ranges::find(list.snapshots, ref.snapshot, &snapshot::Snapshot::id) !=
               list.snapshots.end();
    };
    std::vector<snapshot::UnreadRef> newer;
    std::ranges::copy_if(unread, std::back_inserter(newer), [&](const snapshot::UnreadRef& one) {
        const snapshot::Ref& ref = one.ref;
        return ref.profile == profile
                   ? ref.number > taken
                   : may_take_any && ref.number > last_number(list, ref.profile, is_read);
    });
    return newer;
}

std::optional<model::Finding> say_unread(const World& world,
                                         const Session& session,
                                         const std::string& image,
                                         const std::string& here,
                                         const snapshot::SnapshotList& list,
                                         const std::vector<snapshot::UnreadRef>& unread) {
    const std::vector<snapshot::UnreadRef> newer =
        unread_newer(world, session, image, list, unread);
    if (newer.empty()) {
        return std::nullopt;
    }
    const snapshot::Snapshot* const next = next_of(world, session, image, list);
    model::Finding finding{
        .id = "snapshot-unreadable",
        .severity = next == nullptr ? model::Severity::error : model::Severity::warning,
        .subject = "snapshot",
        .title =
            next == nullptr
                ? "the newest snapshot of the store cannot be read, and there is none before it"
                : "the newest snapshot of the store cannot be read: sessions get an older one"};
    for (const snapshot::UnreadRef& one : newer) {
        finding.evidence.push_back(printable(one.error.message));
    }
    if (next != nullptr) {
        finding.evidence.push_back(
            fmt::format("snapshot {} of {} can be read", next->id, printable(next->created)));
    }
    if (is_without_right(newer)) {
        finding.fix = right_to_read(world, session);
        finding.fix.text +=
            "; then a new session gets it, and 'envkeep restore --at' brings it "
            "back here";
        return finding;
    }
    if (next != nullptr && next->id != here) {
        finding.fix.commands.push_back("envkeep restore --at " + next->id);
    }
    finding.fix.commands.emplace_back("envkeep snapshot --as-is");
    finding.fix.text =
        "the snapshot makes what is here the newest; until then none is taken by "
        "itself, and what cannot be read stays in the store";
    return finding;
}

bool is_refused_for_unread(const snapshot::Refusal& refused) {
    return refused.problem.starts_with(newest_is_unread);
}

std::optional<model::Finding> say_unread_to_gc(const World& world,
                                               const Session& session,
                                               const snapshot::SnapshotList& list,
                                               const std::vector<snapshot::UnreadRef>& unread,
                                               const std::vector<std::string>& recorded) {
    if (unread.empty()) {
        return std::nullopt;
    }
    model::Finding finding{
        .id = "gc-blocked",
        .severity = model::Severity::warning,
        .subject = "snapshots",
        .title = fmt::format("{} cannot be read: nothing goes while nobody knows what {}",
                             counted(unread.size(), "ref"),
                             unread.size() == 1 ? "it names" : "they name")};
    for (const snapshot::UnreadRef& one : unread) {
        finding.evidence.push_back(fmt::format(
            "{}: {}", printable(world.files.absolute(one.place)), printable(one.error.message)));
    }
    if (is_without_right(unread)) {
        finding.fix = right_to_read(world, session);
        return finding;
    }
    std::vector<std::string> unnamed;
    std::ranges::copy_if(recorded, std::back_inserter(unnamed), [&](const std::string& id) {
        return std::ranges::find(list.refs, id, &snapshot::Ref::snapshot) == list.refs.end();
    });
    const bool is_known =
        unread.size() == 1 && unread[0].ref.snapshot.empty() && unnamed.size() == 1;
    for (const snapshot::UnreadRef& one : unread) {
        const std::string path = world.files.absolute(one.place);
        finding.fix.commands.push_back(
            is_known
                ? fmt::format("printf '%s\\n' {} >{}", shell_quoted(unnamed[0]), shell_quoted(path))
                : fmt::format("mv -nT {} {}", shell_quoted(path), shell_quoted(path + ".old")));
    }
    finding.fix.text =
        is_known ? "if it stays so: this names the one snapshot again that no ref names"
                 : "if it stays so: what only that snapshot had then goes, a day after the next gc";
    return finding;
}

model::Finding say_unlisted(const World& world, const Session& session, const Error& error) {
    model::Finding finding{.id = "snapshot-unreadable",
                           .severity = model::Severity::error,
                           .subject = "snapshot",
                           .title = "the snapshots of the store cannot be read",
                           .evidence = {printable(error.message)},
                           .fix = {.commands = {"envkeep snapshots"}, .text = error.hint}};
    if (error.kind == ErrorKind::permission_denied) {
        finding.fix = right_to_read(world, session);
    }
    return finding;
}

Result<void> check_follows_newest(const World& world,
                                  const Session& session,
                                  const snapshot::LayerState& state,
                                  const SnapshotOptions& options) {
    if (options.as_is) {
        return {};
    }
    std::vector<snapshot::UnreadRef> unread;
    ENVKEEP_TRY(const snapshot::SnapshotList list,
                snapshot::list_snapshots(shelf_of(world, session), unread));
    const std::vector<snapshot::UnreadRef> newer =
        unread_newer(world, session, state.image, list, unread);
    if (!newer.empty()) {
        const Error& error = newer.back().error;
        return failure(error.kind == ErrorKind::permission_denied ? error.kind : ErrorKind::io,
                       std::string(newest_is_unread) + error.message,
                       "'envkeep status' names the cure; 'envkeep snapshot --as-is' makes what is "
                       "here the newest, and the old one stays");
    }
    const bool has_none = !state.here && !state.partly && !state.coming;
    const snapshot::Snapshot* const next = next_of(world, session, state.image, list);
    // One that another session took since this one began is only a branch.
    if (options.is_automatic && has_none && next != nullptr &&
        next->created < utc_text(session.container_start)) {
        return failure(
            ErrorKind::conflict,
            fmt::format("snapshot {} of the store did not come back here", quoted(next->id)),
            "'envkeep restore' brings it back; 'envkeep snapshot' makes what is here the newest");
    }
    return {};
}

model::Finding not_brought_back(const World& world, const Session& session, const Error& error) {
    model::Finding finding{.id = "snapshot-failed",
                           .severity = model::Severity::error,
                           .subject = "snapshot",
                           .title = "the snapshot could not be brought back",
                           .evidence = {error.message},
                           .fix = {.commands = {"envkeep restore"}, .text = error.hint}};
    if (error.kind == ErrorKind::permission_denied) {
        finding.fix = right_to_read(world, session);
        finding.fix.text += "; then 'envkeep restore'";
        return finding;
    }
    const Result<snapshot::LayerState> state = layer_state_of(world, session);
    const Result<snapshot::SnapshotList> list =
        world.trees == nullptr ? tl::unexpected(error)
                               : snapshot::list_snapshots(shelf_of(world, session));
    if (!state || !state->coming || !list ||
        check_can_come(world, session, *list, *state->coming)) {
        return finding;
    }
    finding.subject = state->coming->snapshot;
    finding.fix = {.commands = {"envkeep snapshot --as-is"},
                   .text =
                       "until then none is taken by itself; the one that cannot be read stays "
                       "in the store"};
    if (const std::string sound = newest_sound(world, session, state->image, *list);
        !sound.empty()) {
        finding.fix.commands.insert(finding.fix.commands.begin(), "envkeep restore --at " + sound);
        finding.fix.text.insert(0,
                                "the first brings the newest one that can be read; the second "
                                "makes what is here the newest; ");
    }
    return finding;
}

}  // namespace envkeep::engine
