// SPDX-License-Identifier: MIT
#include "envkeep/engine/collect.hpp"

#include "engine/layer_place.hpp"
#include "engine/old_journals.hpp"
#include "engine/store_claim.hpp"
#include "engine/unread_snapshots.hpp"
#include "engine/unused_debs.hpp"
#include "envkeep/store/lease.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

// What live sessions came from stays: their next snapshot builds on it.
Result<std::vector<std::string>> needed_by_sessions(const World& world, const Session& session) {
    std::vector<std::string> needed;
    ENVKEEP_TRY(const auto leases,
                store::list_leases(session.store, world.machine, world.files, world.writer));
    for (const store::LeaseSeen& seen : leases) {
        if (seen.state == store::LeaseState::live && !seen.lease.snapshot.empty()) {
            needed.push_back(seen.lease.snapshot);
        }
    }
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    for (const auto& ref : {state.here, state.coming, state.partly}) {
        if (ref) {
            needed.push_back(ref->snapshot);
        }
    }
    for (const snapshot::LayerRef& ref : state.begun) {
        needed.push_back(ref.snapshot);
    }
    return needed;
}

std::vector<std::string> recorded_in(const snapshot::Stock& stock) {
    std::vector<std::string> ids;
    for (const snapshot::StoredFile& record : stock.records) {
        const std::size_t begin = record.path.rfind('/') + 1;
        ids.push_back(record.path.substr(begin, record.path.rfind('.') - begin));
    }
    return ids;
}

// Like all that no snapshot names: nothing goes while something cannot be read.
void add_unused_debs(const World& world,
                     const Session& session,
                     const snapshot::SnapshotList& list,
                     WallTime now,
                     snapshot::GcPlan& plan) {
    if (!plan.blocked.empty()) {
        return;
    }
    auto debs = unused_debs(world, session, list, plan.snapshots, now);
    if (!debs) {
        plan.blocked.push_back(std::move(debs).error().message);
        return;
    }
    for (snapshot::StoredFile& deb : *debs) {
        plan.bytes_to_trash += deb.bytes;
        plan.to_trash.push_back(std::move(deb));
    }
}

// Two clean-ups at once would only be in each other's way. Whoever only looks is in nobody's.
Result<std::optional<store::ChangesClaim>> claim_of(const World& world,
                                                    const Session& session,
                                                    bool is_dry_run) {
    if (is_dry_run) {
        return std::nullopt;
    }
    return claim_to_free(world, session.store, "gc");
}

// Another session takes over what is not renewed, and may change what was looked at.
Result<void> renew(std::optional<store::ChangesClaim>& claim) {
    return claim ? claim->renew() : Result<void>();
}

void forget_old_leases(const World& world, const Session& session, CollectReport& report) {
    if (auto removed =
            store::remove_old_leases(session.store, world.machine, world.files, *world.writer);
        !removed) {
        report.done.problems.push_back(std::move(removed).error().message);
    }
}

}  // namespace

Result<CollectReport> collect_snapshots(const World& world,
                                        const Session& session,
                                        const CollectOptions& options) {
    ENVKEEP_CHECK(check_has_trees(world, true));
    CollectReport report;
    if (session.store.is_read_only) {
        return failure(ErrorKind::read_only, "the store can only be read: nothing can be freed");
    }
    ENVKEEP_TRY(std::optional<store::ChangesClaim> claim,
                claim_of(world, session, options.is_dry_run));
    const snapshot::Shelf shelf = shelf_of(world, session);
    std::vector<snapshot::UnreadRef> unread;
    ENVKEEP_TRY(const snapshot::SnapshotList list, snapshot::list_snapshots(shelf, unread));
    ENVKEEP_TRY(const std::vector<std::string> needed, needed_by_sessions(world, session));
    const std::set<std::string> kept =
        snapshot::choose_kept(list, needed, world.machine.now(), options.rule);
    ENVKEEP_TRY(const snapshot::Stock stock, snapshot::take_stock(shelf, list, kept));
    report.plan = snapshot::plan_gc(list, kept, stock);
    report.kept = list.snapshots.size() - report.plan.snapshots.size();
    add_unused_debs(world, session, list, stock.now, report.plan);
    if (auto told = say_unread_to_gc(world, session, list, unread, recorded_in(stock))) {
        report.findings.push_back(*std::move(told));
    }
    ENVKEEP_CHECK(renew(claim));
    if (!options.is_dry_run) {
        ENVKEEP_TRY(report.done, snapshot::apply_gc(shelf, report.plan, stock.now, [&] {
                        return renew(claim);
                    }));
    }
    if (!options.is_dry_run) {
        forget_old_leases(world, session, report);
    }
    ENVKEEP_CHECK(renew(claim));
    OldJournals old = remove_old_journals(world, session, options.is_dry_run);
    report.journals = old.count;
    std::ranges::move(old.problems, std::back_inserter(report.done.problems));
    if (!report.done.problems.empty() || !report.plan.blocked.empty()) {
        report.ending = Ending::partly;
    }
    return report;
}

}  // namespace envkeep::engine
