// SPDX-License-Identifier: MIT
#include "engine/background.hpp"

#include "engine/hook_file.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/lease.hpp"

#include <algorithm>

namespace envkeep::engine {
namespace {

using std::chrono::milliseconds;

// A store that is away for a while must not end the session's saving: every round opens all anew.
void save_once(const Options& options, const MakeWorld& make_world) {
    const World world = make_world();
    Result<Session> session = open_session(world, options);
    if (!session) {
        return;
    }
    const Result<SaveReport> saved = save(world, *session, {});
    if (!saved) {
        state_of(*session).last_save_problem = saved.error().message;
        // Only a note for `status`: if the home itself cannot be written there is nowhere to say
        // it.
        static_cast<void>(commit_state(world, *session));
    }
}

struct Held {
    store::Store store;
    store::Lease lease;
    std::optional<milliseconds> save_every;
};

// Only where the user wrote 'backups: {expire: ...}'. What cannot be removed is there at the next
// start.
void expire_backups(const Options& options, const MakeWorld& make_world) {
    const World world = make_world();
    const Result<Session> session = open_session(world, options);
    if (session && session->manifest.backup_expiry && !session->store.is_read_only) {
        static_cast<void>(store::remove_backups(session->store,
                                                *session->manifest.backup_expiry,
                                                world.machine.now(),
                                                world.files,
                                                *world.writer));
    }
}

Result<Held> take_up(const Options& options, const MakeWorld& make_world) {
    const World world = make_world();
    ENVKEEP_TRY(Session session, open_session(world, options));
    Held held{.store = session.store, .save_every = session.manifest.save_every};
    if (!session.store.is_read_only) {
        ENVKEEP_TRY(
            held.lease,
            store::take_lease(session.store, session.home_path, world.machine, *world.writer));
    }
    state_of(session).session = held.lease.id;
    ENVKEEP_CHECK(commit_state(world, session));
    if (!session.store.is_read_only) {
        ENVKEEP_CHECK(write_hook_file(world, session.store, session.manifest.start_limit));
    }
    return held;
}

void renew(const Options& options, const MakeWorld& make_world, const Held& held) {
    const World world = make_world();
    const Result<store::StoreChoice> choice =
        store::choose_store(options.store, world.own_binary, world.machine, world.files);
    if (!choice) {
        return;
    }
    const Result<store::Store> store = store::open_store(*choice, world.machine, world.files);
    if (store && store->id == held.store.id) {
        // A renewal that fails makes the lease stale, which is what it then is.
        static_cast<void>(store::renew_lease(*store, held.lease, *world.writer));
    }
}

void let_go(const Options& options, const MakeWorld& make_world, const Held& held) {
    const World world = make_world();
    const Result<store::StoreChoice> choice =
        store::choose_store(options.store, world.own_binary, world.machine, world.files);
    if (!choice) {
        return;
    }
    const Result<store::Store> store = store::open_store(*choice, world.machine, world.files);
    if (store && store->id == held.store.id) {
        static_cast<void>(store::release_lease(*store, held.lease, world.files, *world.writer));
    }
}

}  // namespace

int run_background(const Options& options, const MakeWorld& make_world) {
    posix::SignalWaiter signals;
    const Result<Held> held = take_up(options, make_world);
    if (!held) {
        return 1;
    }
    posix::run_at_low_priority();
    expire_backups(options, make_world);
    const bool has_lease = !held->lease.id.empty();
    const milliseconds save_every = held->save_every.value_or(milliseconds::max());
    milliseconds until_save = save_every;
    milliseconds until_renewal = store::lease_renewal;
    while (true) {
        const milliseconds nap = std::min(until_save, until_renewal);
        if (signals.wait(nap)) {
            break;
        }
        until_renewal -= nap;
        if (held->save_every) {
            until_save -= nap;
        }
        if (until_renewal <= milliseconds::zero()) {
            if (has_lease) {
                renew(options, make_world, *held);
            }
            until_renewal = store::lease_renewal;
        }
        if (held->save_every && until_save <= milliseconds::zero()) {
            save_once(options, make_world);
            until_save = save_every;
        }
    }
    if (held->save_every) {
        save_once(options, make_world);
    }
    if (has_lease) {
        let_go(options, make_world, *held);
    }
    return 0;
}

}  // namespace envkeep::engine
