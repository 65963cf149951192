// SPDX-License-Identifier: MIT
#include "engine/background.hpp"

#include "engine/auto_snapshot.hpp"
#include "engine/background_save.hpp"
#include "engine/hand_over_layer.hpp"
#include "engine/hook_file.hpp"
#include "engine/layer_place.hpp"
#include "engine/layer_progress.hpp"
#include "engine/long_work.hpp"
#include "engine/one_background.hpp"
#include "engine/quick_checks.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "engine/store_watch.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/lease.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace envkeep::engine {
namespace {

using std::chrono::milliseconds;

// Between two looks at what is still being fetched, or brought back.
constexpr milliseconds look_pause{1000};

struct Held {
    store::Store store;
    store::Lease lease;
    std::optional<milliseconds> save_every;
};

// Only where the user wrote 'backups: {expire: ...}'. What cannot be removed is there at the next
// start.
void expire_backups(const Options& options,
                    const MakeWorld& make_world,
                    const std::function<bool()>& may_go_on) {
    const World world = make_world();
    const Result<Session> session = open_session(world, options);
    if (!session || !session->manifest.backup_expiry || session->store.is_read_only) {
        return;
    }
    auto claim = store::ChangesClaim::take(
        session->store, "gc --backups", world.machine, world.files, *world.writer);
    if (!claim) {
        return;
    }
    // The last save waits for the claim.
    const auto before_each = [&]() -> Result<void> {
        return may_go_on() ? claim->renew() : failure(ErrorKind::busy, "the session ends");
    };
    static_cast<void>(store::remove_backups(session->store,
                                            {.home = session->home,
                                             .older_than = *session->manifest.backup_expiry,
                                             .now = world.machine.now(),
                                             .before_each = before_each},
                                            world.files,
                                            *world.writer));
}

// A container that was killed leaves its lease, and each who lists them reads them all.
void forget_old_leases(const Options& options,
                       const MakeWorld& make_world,
                       const std::string& store_id) {
    const World world = make_world();
    const Result<Session> session = open_session(world, options);
    if (session && session->store.id == store_id && !session->store.is_read_only) {
        static_cast<void>(
            store::remove_old_leases(session->store, world.machine, world.files, *world.writer));
    }
}

void give_back(const store::Store& store, const store::Lease& lease, const World& world) {
    if (!lease.id.empty()) {
        static_cast<void>(store::release_lease(store, lease, world.files, *world.writer));
    }
}

Result<Held> take_up(const Options& options, const MakeWorld& make_world) {
    const World world = make_world();
    ENVKEEP_TRY(Session session, open_session(world, options));
    ENVKEEP_CHECK(check_is_same_store(session));
    measure_store(world, session);
    Held held{.store = session.store, .save_every = session.manifest.save_every};
    if (!session.store.is_read_only) {
        // Without one nobody sees this session; what it has to save is saved all the same.
        held.lease =
            store::take_lease(session.store, session.home_path, world.machine, *world.writer)
                .value_or(store::Lease{});
        static_cast<void>(
            write_hook_file(world, session.store, session.manifest.start_limit).has_value());
    }
    state_of(session).session = held.lease.id;
    if (Result<void> noted = commit_state(world, session); !noted) {
        give_back(session.store, held.lease, world);
        return tl::unexpected(std::move(noted).error());
    }
    return held;
}

// The store of this session, if it is there now.
std::optional<store::Store> store_of(const World& world, const Options& options, const Held& held) {
    const Result<store::Store> store =
        store::choose_store(options.store, world.own_binary, world.machine, world.files)
            .and_then([&](const store::StoreChoice& choice) {
                return store::open_store(choice, world.machine, world.files);
            });
    return store && store->id == held.store.id ? std::optional(*store) : std::nullopt;
}

// The snapshot that this session has by now, or is about to have.
std::string snapshot_here(const World& world, const Options& options) {
    const auto state =
        store::find_home(options.home, world.machine, world.files)
            .and_then([&](const std::string& home) { return world.files.open_root(home); })
            .map([&](system::RootId home) {
                return snapshot::load_layer_state(
                    home, world.machine.container().value_or(system::Container{}), world.files);
            });
    if (state && *state) {
        for (const auto& ref : {(*state)->coming, (*state)->here, (*state)->partly}) {
            if (ref) {
                return ref->snapshot;
            }
        }
    }
    return {};
}

// False if the store is not there. One that took no write before may take the lease now.
bool renew(const Options& options, const MakeWorld& make_world, Held& held) {
    if (held.lease.id.empty() && !is_mounted_read_only(held.store)) {
        if (Result<Held> again = take_up(options, make_world)) {
            held.lease = std::move(again->lease);
        }
    }
    const World world = make_world();
    const std::optional<store::Store> store = store_of(world, options, held);
    if (store && !held.lease.id.empty()) {
        held.lease.snapshot = snapshot_here(world, options);
        // A renewal that fails makes the lease stale, which is what it then is.
        static_cast<void>(store::renew_lease(*store, held.lease, *world.writer));
    }
    return store.has_value();
}

void let_go(const Options& options, const MakeWorld& make_world, const Held& held) {
    const World world = make_world();
    const std::optional<store::Store> store = store_of(world, options, held);
    if (store) {
        give_back(*store, held.lease, world);
    }
}

// A home that is full for a moment, or a store that is away, must not cost the session its saving.
std::optional<Held> take_up_at_last(const Options& options,
                                    const MakeWorld& make_world,
                                    posix::SignalWaiter& signals) {
    constexpr int most_tries = 60;
    constexpr std::chrono::minutes pause{1};
    for (int tried = 0; tried < most_tries; ++tried) {
        if (Result<Held> held = take_up(options, make_world)) {
            return *std::move(held);
        }
        if (signals.wait(pause)) {
            break;
        }
    }
    return std::nullopt;
}

// The same for what this process is to bring in the place of `from`.
void take_over_layer_at_last(const Options& options,
                             const MakeWorld& make_world,
                             const system::ProcessId& from,
                             const LongWork::MayGoOn& may_go_on) {
    constexpr int most_tries = 60;
    constexpr milliseconds longest_pause{60'000};
    milliseconds pause{1'000};
    for (int tried = 0; tried < most_tries; ++tried) {
        if (take_over_layer(options, make_world, from) || !may_go_on(pause)) {
            break;
        }
        pause = std::min(2 * pause, longest_pause);
    }
}

}  // namespace

void finish_layer(const Options& options,
                  const MakeWorld& make_world,
                  const std::string& store_id,
                  const std::function<bool()>& may_go_on) {
    const World world = make_world();
    Result<Session> session = open_session(world, options);
    if (world.trees == nullptr || !session || session->store.id != store_id) {
        return;
    }
    LayerProgress progress(world, session->home);
    const Result<LayerRestoreReport> brought =
        restore_layer(world,
                      *session,
                      {.is_start = true, .may_go_on = may_go_on},
                      {.phase = [&](std::string_view phase) { progress.tell(phase); }});
    if (!brought) {
        progress.end(false);
    }
    constexpr std::chrono::seconds longest_wait{5};
    if (may_go_on()) {
        static_cast<void>(list_image_once(world, *session, longest_wait, {}));
    }
}

int run_background(const Options& options,
                   const MakeWorld& make_world,
                   const std::optional<RenderReport>& gpu_notice,
                   std::optional<CopiesAtStart>& copies) {
    posix::SignalWaiter signals;
    std::optional<Held> held = take_up_at_last(options, make_world, signals);
    if (!held) {
        return 1;
    }
    posix::run_at_low_priority();
    const std::string& store_id = held->store.id;
    const system::ProcessId self = posix::this_process();
    const LongWork long_work([&](const LongWork::MayGoOn& may_wait) {
        const auto may_go_on = [&] { return may_wait(milliseconds::zero()); };
        take_over_layer_at_last(options, make_world, self, may_wait);
        finish_layer(options, make_world, store_id, may_go_on);
        if (gpu_notice && may_go_on()) {
            look_at_gpu_later(options, make_world, store_id, *gpu_notice, may_go_on);
        }
        if (may_go_on()) {
            forget_old_leases(options, make_world, store_id);
            expire_backups(options, make_world, may_go_on);
        }
    });
    bool is_at_work = true;
    const milliseconds save_every = held->save_every.value_or(milliseconds::max());
    milliseconds until_save = save_every;
    milliseconds until_renewal = store::lease_renewal;
    milliseconds until_snapshot = auto_look;
    bool is_replaced = false;
    StoreWatch watch;
    QuietLooks quiet_looks;
    while (true) {
        posix::forget_ended_children();  // also looks at the GPU that hung
        if (copies && copies->settle(make_world(), options)) {
            copies.reset();
        }
        if (is_at_work && long_work.has_ended()) {
            is_at_work = !give_up_layer(options, make_world);
        }
        const milliseconds nap =
            std::min({until_save,
                      until_renewal,
                      until_snapshot,
                      copies || is_at_work ? look_pause : milliseconds::max()});
        if (signals.wait(nap)) {
            break;
        }
        until_renewal -= nap;
        until_snapshot -= nap;
        if (held->save_every) {
            until_save -= nap;
        }
        const bool is_save_due = held->save_every && until_save <= milliseconds::zero();
        if ((is_save_due || until_renewal <= milliseconds::zero()) &&
            !is_background_still(make_world(), options, held->lease.id)) {
            is_replaced = true;
            break;
        }
        if (until_renewal <= milliseconds::zero()) {
            watch.looked(renew(options, make_world, *held), store::lease_renewal);
            if (watch.is_lost()) {
                break;
            }
            until_renewal = store::lease_renewal;
        }
        if (until_snapshot <= milliseconds::zero()) {
            quiet_looks.look(options, make_world, held->store.id);
            until_snapshot = auto_look;
        }
        if (is_save_due) {
            static_cast<void>(save_once(options, make_world, held->store.id, long_work.process()));
            until_save = save_every;
        }
    }
    long_work.tell_to_end();
    if (held->save_every && !is_replaced) {
        save_for_the_last_time(options, make_world, held->store.id, signals);
    }
    constexpr std::chrono::seconds longest_end{5};
    long_work.wait_for_its_end(std::chrono::steady_clock::now() + longest_end);
    if (copies) {
        copies->end(make_world());
    }
    quiet_looks.wait_for_its_end();
    if (!is_replaced) {
        take_auto_snapshot(options, make_world, held->store.id, AutoReason::session_ends);
    }
    let_go(options, make_world, *held);
    // It may be dpkg that is at work for it, which the end of this process would kill.
    long_work.wait_for_its_end(SteadyTime::max());
    return 0;
}

}  // namespace envkeep::engine
