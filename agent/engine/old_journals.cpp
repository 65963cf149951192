// SPDX-License-Identifier: MIT
#include "engine/old_journals.hpp"

#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace envkeep::engine {
namespace {

using store::Change;
using store::RunRecord;
using system::Place;

constexpr std::chrono::hours kept_for{24 * 30};

// Runs of which a backup is listed, or what 'release' kept: who finds it there can look them up.
Result<std::set<std::string>> runs_with_backups(const World& world, const store::Store& store) {
    std::set<std::string> runs;
    const std::array folders{store.place(store::names::backups),
                             store.place(store::names::backups).child("released"),
                             store.place(store::names::aside),
                             Place{.root = store.base, .path = {}}.child(store::names::aside)};
    for (const Place& folder : folders) {
        const auto entries = world.files.list(folder);
        if (!entries && entries.error().kind != ErrorKind::not_found) {
            return tl::unexpected(entries.error());
        }
        for (const system::Entry& entry : entries.value_or(std::vector<system::Entry>{})) {
            runs.insert(entry.name.substr(0, entry.name.find('.')));
        }
    }
    return runs;
}

class JournalChoice {
  public:
    JournalChoice(const World& world,
                  const Session& session,
                  std::set<std::string> with_backups,
                  const std::vector<store::LeaseSeen>& leases)
        : world_(world),
          session_(session),
          with_backups_(std::move(with_backups)),
          leases_(leases),
          since_(utc_of(world.machine.now() - kept_for)) {}

    // Of runs in their order, the newest first.
    [[nodiscard]] std::set<std::string> staying(const std::vector<RunRecord>& runs) {
        std::set<std::string> staying;
        for (const RunRecord& run : runs) {
            // 'uninstall' looks for links of ours at all places that a journal names.
            const bool is_needed = is_of_use(run) || names_other_links(run);
            if (is_needed) {
                add_links(run);
                staying.insert(run.run.id);
            }
        }
        // Without the one that took it back a run would count as not taken back.
        for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
            if (staying.contains(run->run.id) && !run->undone_by.empty()) {
                staying.insert(run->undone_by);
            }
        }
        return staying;
    }

  private:
    // Ids of runs begin with the time, and sort by it.
    static std::string utc_of(WallTime time) {
        std::string text = utc_text(time);
        std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
        return text;
    }

    [[nodiscard]] bool is_of_use(const RunRecord& run) const {
        return run.run.id >= since_ || !run.is_finished || !run.problems.empty() || may_live(run) ||
               with_backups_.contains(run.run.id) ||
               std::ranges::any_of(run.items, [&](const RunRecord::Item& item) {
                   return can_be_taken_back(item.change, run.run.home);
               });
    }

    // Its home with it.
    [[nodiscard]] bool may_live(const RunRecord& run) const {
        return run.is_of_this_container ||
               std::ranges::any_of(leases_, [&](const store::LeaseSeen& seen) {
                   return seen.state != store::LeaseState::dead &&
                          seen.lease.container == run.run.container;
               });
    }

    // From another container than its own.
    [[nodiscard]] bool can_be_taken_back(const Change& change, const std::string& home) const {
        if (!change.is_in_store || change.path.starts_with(home + '/')) {
            return false;
        }
        switch (change.kind) {
            case Change::Kind::replaced_file:
                return !change.other.empty() && may_be_there(change.other, home);
            case Change::Kind::removed_link:
                return true;
            default:
                return may_be_there(change.path, home);
        }
    }

    [[nodiscard]] bool may_be_there(const std::string& path, const std::string& home) const {
        const std::string folder = session_.store.path + '/';
        if (!path.starts_with(folder)) {
            return !path.starts_with(home + '/');
        }
        const auto below = RelPath::parse(path.substr(folder.size()));
        if (!below) {
            return true;
        }
        const auto status = world_.files.status({.root = session_.store.root, .path = *below});
        return !status || status->kind != system::Kind::absent;
    }

    static bool is_link(const RunRecord::Item& item) {
        return item.change.kind == Change::Kind::made_link ||
               item.change.kind == Change::Kind::replaced_link;
    }

    [[nodiscard]] bool names_other_links(const RunRecord& run) const {
        return std::ranges::any_of(run.items, [&](const RunRecord::Item& item) {
            return is_link(item) && !links_.contains({run.run.home, item.change.path});
        });
    }

    void add_links(const RunRecord& run) {
        for (const RunRecord::Item& item : run.items) {
            if (is_link(item)) {
                links_.emplace(run.run.home, item.change.path);
            }
        }
    }

    const World& world_;
    const Session& session_;
    std::set<std::string> with_backups_;
    const std::vector<store::LeaseSeen>& leases_;
    std::string since_;
    std::set<std::pair<std::string, std::string>> links_;  // home and place, of what stays
};

Result<void> remove_journal(const World& world, const Place& journal) {
    ENVKEEP_TRY(const system::Status seen, world.files.status(journal));
    return seen.kind == system::Kind::file ? world.writer->remove_file(journal, seen)
                                           : Result<void>();
}

Result<OldJournals> without_use(const World& world, const Session& session, bool is_dry_run) {
    const Place folder = session.store.place(store::names::journal);
    ENVKEEP_TRY(std::set<std::string> with_backups, runs_with_backups(world, session.store));
    ENVKEEP_TRY(const std::vector<store::LeaseSeen> leases,
                store::list_leases(session.store, world.machine, world.files, world.writer));
    ENVKEEP_TRY(const std::vector<RunRecord> runs,
                store::list_runs({folder}, world.machine, world.files));
    const std::set<std::string> staying =
        JournalChoice(world, session, std::move(with_backups), leases).staying(runs);
    OldJournals old;
    for (const RunRecord& run : runs) {
        if (staying.contains(run.run.id)) {
            continue;
        }
        const Result<void> done = is_dry_run
                                      ? Result<void>()
                                      : remove_journal(world, folder.child(run.run.id + ".jsonl"));
        if (!done) {
            old.problems.push_back(done.error().message);
            continue;
        }
        ++old.count;
    }
    return old;
}

}  // namespace

OldJournals remove_old_journals(const World& world, const Session& session, bool is_dry_run) {
    Result<OldJournals> old = without_use(world, session, is_dry_run);
    return old ? *std::move(old) : OldJournals{.problems = {std::move(old).error().message}};
}

}  // namespace envkeep::engine
