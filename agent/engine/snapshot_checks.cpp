// SPDX-License-Identifier: MIT
#include "engine/snapshot_checks.hpp"

#include "engine/package_managers.hpp"
#include "engine/package_watch.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

Result<void> check_is_whole(const snapshot::LayerState& state, bool as_is) {
    if (state.coming && !as_is) {
        return failure(ErrorKind::busy,
                       fmt::format("snapshot {} is not wholly restored here yet",
                                   quoted(state.coming->snapshot)),
                       "'envkeep restore' brings the rest; where it cannot, 'envkeep snapshot "
                       "--as-is' records what is here, and the old snapshot stays");
    }
    if (!state.debs.empty() && !as_is) {
        return failure(ErrorKind::busy,
                       "Debian packages of a snapshot are still to be put back here",
                       "'envkeep restore' does it; where it cannot, 'envkeep snapshot --as-is' "
                       "records what is here, and the old snapshot stays");
    }
    return {};
}

Result<void> check_may_lack(const SnapshotOptions& options,
                            const std::vector<std::string>& unread) {
    if (!options.is_automatic || unread.empty()) {
        return {};
    }
    return failure(
        ErrorKind::io,
        fmt::format("{} could not be read: {}", counted(unread.size(), "thing"), unread.front()),
        "'envkeep snapshot' takes it all the same; 'snapshot: {exclude: [...]}' leaves out what "
        "cannot be read");
}

Result<void> check_room(const World& world, const Session& session, std::uint64_t bytes_to_store) {
    ENVKEEP_TRY(const StoreShare share, snapshots_share(world, session));
    const std::uint64_t wanted = packed_share(bytes_to_store);
    if (share.used + wanted > share.limit) {
        return failure(
            ErrorKind::no_space,
            fmt::format("snapshots would take about {} of the store, {} are allowed",
                        human_size(share.used + wanted),
                        human_size(share.limit)),
            "nothing was written; 'envkeep gc' says what can be freed, 'snapshot: {exclude: "
            "[...]}' leaves out what need not come back, 'snapshot: {limit: ...}' allows more");
    }
    if (wanted <= share.free) {
        return {};
    }
    return failure(ErrorKind::no_space,
                   fmt::format("the snapshot needs about {} in the store, which has {} free",
                               human_size(wanted),
                               human_size(share.free)),
                   "nothing was written; 'envkeep gc' says what can be freed, and large data that "
                   "need not come back can be named in 'snapshot: {exclude: [...]}'");
}

Result<QuietTime> QuietTime::begin(const World& world,
                                   const Session& session,
                                   const snapshot::LayerState& state) {
    QuietTime quiet;
    ENVKEEP_TRY(quiet.began_, snapshot::file_system_now(session.home, world.files, *world.writer));
    quiet.changed_at_ = packages_changed_at(world, session, state);
    return quiet;
}

Result<void> QuietTime::check(const World& world,
                              const Session& session,
                              const snapshot::LayerState& state) const {
    ENVKEEP_CHECK(check_nobody_installs(world));
    const std::optional<WallTime> now = packages_changed_at(world, session, state);
    if (!now || now == changed_at_ || *now < began_) {
        return {};
    }
    return failure(ErrorKind::busy,
                   "packages changed while the snapshot was taken: it is not kept",
                   "take it again: 'envkeep snapshot --wait'");
}

}  // namespace envkeep::engine
