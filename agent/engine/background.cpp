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
        // A restore by hand may have brought it, or be at it, by a lease that ends with its run.
        held.lease.snapshot = snapshot_here(world, options);
        if (!held.lease.id.empty() && !held.lease.snapshot.empty()) {
            static_cast<void>(store::renew_lease(session.store, held.lease, *world.writer));
        }
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

// Once, beside the saving.
void do_the_slow_rest(const Options& options,
                      const MakeWorld& make_world,
                      const std::string& store_id,
                      const std::optional<RenderReport>& gpu_notice,
                      const LongWork::MayGoOn& may_wait) {
    const auto may_go_on = [&] { return may_wait(milliseconds::zero()); };
    finish_layer(options, make_world, store_id, may_go_on);
    if (gpu_notice && may_go_on()) {
        look_at_gpu_later(options, make_world, store_id, *gpu_notice, may_go_on);
    }
    if (may_go_on()) {
        forget_old_leases(options, make_world, store_id);
        expire_backups(options, make_world, may_go_on);
    }
}

// What this process does from the moment that it has the session, until it is told to end, the
// store is lost, or another took its place.
class Background {
  public:
    struct Parts {
        posix::SignalWaiter& signals;
        const LongWork& long_work;
        std::optional<CopiesAtStart>& copies;
    };

    Background(const Options& options, const MakeWorld& make_world, Held& held, Parts parts)
        : options_(options), make_world_(make_world), held_(held), parts_(parts) {}

    void run() {
        const End why = serve();
        parts_.long_work.tell_to_end();
        if (held_.save_every && why != End::replaced) {
            save_for_the_last_time(options_, make_world_, held_.store.id, parts_.signals);
        }
        constexpr std::chrono::seconds longest_end{5};
        parts_.long_work.wait_for_its_end(std::chrono::steady_clock::now() + longest_end);
        if (parts_.copies) {
            parts_.copies->end(make_world_());
        }
        quiet_looks_.wait_for_its_end();
        if (why != End::replaced) {
            take_auto_snapshot(options_, make_world_, held_.store.id, AutoReason::session_ends);
        }
        let_go(options_, make_world_, held_);
        // It may be dpkg that is at work for it, which the end of this process would kill.
        parts_.long_work.wait_for_its_end(SteadyTime::max());
    }

  private:
    enum class End { told, store_lost, replaced };

    End serve() {
        while (true) {
            settle_what_ended();
            const milliseconds nap = time_until_next();
            if (parts_.signals.wait(nap)) {
                return End::told;
            }
            until_save_ -= nap;
            until_renewal_ -= nap;
            until_snapshot_ -= nap;
            if (const std::optional<End> end = do_what_is_due()) {
                return *end;
            }
        }
    }

    void settle_what_ended() {
        posix::forget_ended_children();  // also looks at the GPU that hung
        if (parts_.copies && parts_.copies->settle(make_world_(), options_)) {
            parts_.copies.reset();
        }
        if (is_at_work_ && parts_.long_work.has_ended()) {
            is_at_work_ = !give_up_layer(options_, make_world_);
        }
    }

    [[nodiscard]] milliseconds time_until_next() const {
        const bool looks_often = parts_.copies || is_at_work_;
        return std::min({until_save_,
                         until_renewal_,
                         until_snapshot_,
                         looks_often ? look_pause : milliseconds::max()});
    }

    std::optional<End> do_what_is_due() {
        const bool is_save_due = until_save_ <= milliseconds::zero();
        const bool is_renewal_due = until_renewal_ <= milliseconds::zero();
        if ((is_save_due || is_renewal_due) &&
            !is_background_still(make_world_(), options_, held_.lease.id)) {
            return End::replaced;
        }
        if (is_renewal_due) {
            watch_.looked(renew(options_, make_world_, held_), store::lease_renewal);
            if (watch_.is_lost()) {
                return End::store_lost;
            }
            until_renewal_ = store::lease_renewal;
        }
        if (until_snapshot_ <= milliseconds::zero()) {
            quiet_looks_.look(options_, make_world_, held_.store.id);
            until_snapshot_ = auto_look;
        }
        if (is_save_due) {
            static_cast<void>(
                save_once(options_, make_world_, held_.store.id, parts_.long_work.process()));
            until_save_ = save_pause();
        }
        return std::nullopt;
    }

    // Never, with 'save: off'.
    [[nodiscard]] milliseconds save_pause() const {
        return held_.save_every.value_or(milliseconds::max());
    }

    const Options& options_;
    const MakeWorld& make_world_;
    Held& held_;
    Parts parts_;
    milliseconds until_save_ = save_pause();
    milliseconds until_renewal_ = store::lease_renewal;
    milliseconds until_snapshot_ = auto_look;
    bool is_at_work_ = true;
    StoreWatch watch_;
    QuietLooks quiet_looks_;
};

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
    const LongWork long_work([&, self = posix::this_process()](const LongWork::MayGoOn& may_wait) {
        take_over_layer_at_last(options, make_world, self, may_wait);
        do_the_slow_rest(options, make_world, held->store.id, gpu_notice, may_wait);
    });
    Background(options, make_world, *held, {signals, long_work, copies}).run();
    return 0;
}

}  // namespace envkeep::engine
