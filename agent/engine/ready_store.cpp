// SPDX-License-Identifier: MIT
#include "engine/ready_store.hpp"

#include "engine/folder_turn.hpp"
#include "engine/full_home.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/python/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

using Records = std::map<std::string_view, const store::RestoredFile*>;

Records by_place(const std::vector<store::RestoredFile>& files) {
    Records records;
    for (const store::RestoredFile& file : files) {
        records.emplace(file.place, &file);
    }
    return records;
}

const store::RestoredFile* find(const Records& records, const std::string& place) {
    const auto found = records.find(place);
    return found == records.end() ? nullptr : found->second;
}

// Of each place what changed since it was read: by us, else by them; dropped is a change too.
std::vector<store::RestoredFile> merged(const std::vector<store::RestoredFile>& before,
                                        const std::vector<store::RestoredFile>& theirs,
                                        const std::vector<store::RestoredFile>& ours) {
    const Records read = by_place(before);
    const Records found = by_place(theirs);
    const Records own = by_place(ours);
    std::vector<store::RestoredFile> all;
    for (const store::RestoredFile& file : ours) {
        const store::RestoredFile* const base = find(read, file.place);
        const bool is_our_change = base == nullptr || *base != file;
        const store::RestoredFile* const other = find(found, file.place);
        if (is_our_change) {
            all.push_back(file);
        } else if (other != nullptr) {
            all.push_back(*other);
        }
    }
    for (const store::RestoredFile& file : theirs) {
        if (find(own, file.place) == nullptr && find(read, file.place) == nullptr) {
            all.push_back(file);
        }
    }
    return all;
}

// Ours wins where both say something; the later save counts. Where only one of the two changed what
// was there before, that change counts.
void merge(const std::optional<store::SessionState>& read,
           store::SessionState theirs,
           store::SessionState& ours) {
    static const store::SessionState nothing;
    const store::SessionState& before = read ? *read : nothing;
    const auto take_theirs_unless_changed = [&](auto member) {
        if (ours.*member == before.*member) {
            ours.*member = std::move(theirs.*member);
        }
    };
    take_theirs_unless_changed(&store::SessionState::session);
    take_theirs_unless_changed(&store::SessionState::is_changing);
    take_theirs_unless_changed(&store::SessionState::background);
    ours.files = merged(before.files, theirs.files, ours.files);
    for (store::SessionState::OnlyHere& one : theirs.only_here) {
        if (std::ranges::find(ours.only_here, one) == ours.only_here.end()) {
            ours.only_here.push_back(std::move(one));
        }
    }
    ours.sniffed.merge(theirs.sniffed);
    if (!ours.secret_names) {
        ours.secret_names = std::move(theirs.secret_names);
    }
    ours.hook_ran_at = std::max(ours.hook_ran_at, theirs.hook_ran_at);
    if (theirs.last_save_at > ours.last_save_at) {
        ours.last_save_at = std::move(theirs.last_save_at);
        ours.last_save_problem = std::move(theirs.last_save_problem);
    }
    if (!ours.probe) {
        ours.probe = std::move(theirs.probe);
        ours.probed_device = theirs.probed_device;
    }
}

// For whoever reads the state and writes it anew: what another process wrote between the two would
// be lost.
std::optional<posix::FolderLock> state_turn(const World& world, system::RootId home) {
    return turn_at(
        world,
        system::Place{.root = home, .path = {}}.child(store::names::state).child("session-turn"));
}

}  // namespace

Result<void> commit_state(const World& world, Session& session) {
    store::SessionState& ours = state_of(session);
    const std::optional<posix::FolderLock> turn = state_turn(world, session.home);
    std::optional<store::SessionState> theirs =
        store::load_state(session.home, session.container, world.files);
    std::optional<store::SessionState>& before =
        session.loaded ? session.loaded : session.committed;
    if (theirs && theirs->store_id == ours.store_id) {
        merge(before, std::move(*theirs), ours);
    }
    ENVKEEP_CHECK(save_state_in_full_home(world, session.home, ours));
    before = ours;
    return {};
}

void take_in_what_was_noted(const World& world, Session& session) {
    store::SessionState& ours = state_of(session);
    std::optional<store::SessionState> theirs =
        store::load_state(session.home, session.container, world.files);
    std::optional<store::SessionState>& before =
        session.loaded ? session.loaded : session.committed;
    if (!theirs || theirs->store_id != ours.store_id || theirs == before) {
        return;
    }
    const bool is_changing = ours.is_changing;
    const bool is_marked = theirs->is_changing;
    store::SessionState read = *theirs;
    merge(before, *std::move(theirs), ours);
    before = std::move(read);
    ours.is_changing = is_changing;
    if (is_changing && !is_marked) {
        // Whoever ended meanwhile took our mark for its own. A full home takes none.
        static_cast<void>(commit_state(world, session));
    }
}

Result<void> note_changing(const World& world, Session& session) {
    state_of(session).is_changing = true;
    return commit_state(world, session);
}

Result<void> forget_other_store(const World& world,
                                const std::string& home_path,
                                const store::Store& store) {
    ENVKEEP_TRY(const system::RootId home, world.files.open_root(home_path));
    ENVKEEP_TRY(const system::Container container, world.machine.container());
    const std::string last = store::last_store(home, world.files);
    if (last.empty() || last == store.id) {
        return {};
    }
    const std::optional<posix::FolderLock> turn = state_turn(world, home);
    const std::optional<store::SessionState> state =
        store::load_state(home, container, world.files);
    // Of a container before this one nothing but the store's id is said anew.
    return store::save_state(home,
                             {.container = state ? container : system::Container{},
                              .store_id = store.id,
                              .background = state ? state->background : std::nullopt},
                             *world.writer);
}

store::SessionState& state_of(Session& session) {
    if (!session.state) {
        session.state =
            store::SessionState{.container = session.container, .store_id = session.store.id};
    }
    return *session.state;
}

void forget_other_mount(const World& world, Session& session) {
    // A captured machine has its own numbers of devices.
    if (!session.state || !session.state->probe || world.writer == nullptr) {
        return;
    }
    const Result<system::Status> folder = world.files.status(session.store.place(""));
    if (!folder || folder->device != session.state->probed_device) {
        session.state->probe.reset();
    }
}

bool is_mounted_read_only(const store::Store& store) {
    return store.is_read_only && store.refusal.empty();
}

void heed_probe(Session& session) {
    if (session.state && session.state->probe && !is_mounted_read_only(session.store)) {
        const store::Probe& probe = *session.state->probe;
        session.store.refusal = probe.is_writable ? std::string() : probe.refusal;
        session.store.is_read_only = !session.store.refusal.empty();
    }
}

void say_if_full(const World& world, const store::Store& store, model::Finding& finding) {
    if (!store.refusal.starts_with("no space")) {
        return;
    }
    const auto say = [](std::string& text) {
        text = replaced(std::move(text), "the store can only be read", "the store is full");
    };
    say(finding.title);
    std::ranges::for_each(finding.evidence, say);
    if (const Result<system::Space> space = world.files.space(store.root)) {
        finding.evidence.front() +=
            fmt::format("; {} of {} are free", human_size(space->free), human_size(space->total));
        if (space->total_inodes > 0) {
            finding.evidence.front() +=
                fmt::format(", and room for {}", counted(space->free_inodes, "more file"));
        }
    }
    finding.fix.text = fmt::format(
        "make room in the store: 'envkeep gc' removes old snapshots, 'envkeep gc --backups' old "
        "backups, 'rm' what else is not needed ('du -xhd2 {} | sort -h | tail' shows what is "
        "large); then run it again",
        shell_quoted(store.base_path));
}

bool measure_store(const World& world, Session& session) {
    const bool is_known =
        session.state && session.state->probe &&
        (session.state->probe->is_writable || is_mounted_read_only(session.store));
    if (is_known || world.writer == nullptr) {
        return false;
    }
    const Result<system::Status> folder = world.files.status(session.store.place(""));
    Result<store::Probe> probe =
        store::probe(session.store, world.machine, world.files, *world.writer);
    if (!folder || !probe) {
        return false;
    }
    state_of(session).probe = *std::move(probe);
    state_of(session).probed_device = folder->device;
    heed_probe(session);
    return true;
}

std::string python_of(const World& world, const Session& session) {
    const auto& keeps = session.manifest.keeps;
    const bool is_wanted = std::any_of(
        keeps.begin(), keeps.end(), [](const manifest::Keep& keep) { return keep.per_python; });
    if (!is_wanted) {
        return {};
    }
    const auto python =
        python::default_interpreter(world.machine,
                                    session.home_path,
                                    world.files.absolute(session.store.place(store::names::home)));
    return python ? python->version : std::string();
}

bool are_modes_honoured(const World& world, const Session& session) {
    if (session.state && session.state->probe && session.state->probe->is_writable) {
        return session.state->probe->has_modes;
    }
    // Made with 0700 by init: a file system that keeps no modes shows another.
    const Result<system::Status> marker =
        world.files.status(session.store.place(store::names::leases));
    return !marker || marker->kind != system::Kind::folder || marker->mode == 0700;
}

}  // namespace envkeep::engine
