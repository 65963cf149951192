// SPDX-License-Identifier: MIT
#include "envkeep/engine/history.hpp"

#include "engine/carry_out.hpp"
#include "engine/journal_reach.hpp"
#include "engine/others_here.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {
namespace {

bool is_to_choose(const store::RunRecord& record) {
    return record.undone_by.empty() && !record.items.empty();
}

bool is_of_here(const store::RunRecord& record, const Session& session) {
    return record.is_of_this_container && record.run.home == session.home_path;
}

// Store and manifest can be taken back from anywhere.
bool is_only_in_store(const store::RunRecord& record) {
    return std::ranges::all_of(record.items, [&](const store::RunRecord::Item& item) {
        return item.change.is_in_store && !item.change.path.starts_with(record.run.home + '/');
    });
}

// A run of another container changed a home that is gone, and somebody may be at work with what it
// did to the store: without a name it comes last.
Result<store::RunRecord> last_run(const std::vector<store::RunRecord>& runs,
                                  const Session& session) {
    auto last = std::ranges::find_if(runs, [&](const store::RunRecord& record) {
        return is_to_choose(record) && is_of_here(record, session);
    });
    if (last == runs.end()) {
        last = std::ranges::find_if(runs, [](const store::RunRecord& record) {
            return is_to_choose(record) && is_only_in_store(record);
        });
    }
    if (last != runs.end()) {
        return *last;
    }
    const bool has_any = std::ranges::any_of(runs, is_to_choose);
    return failure(
        ErrorKind::usage,
        has_any ? "there is no run of this container and home to undo" : "there is no run to undo",
        has_any ? "'envkeep log' lists those of others; 'envkeep undo RUN' takes back "
                  "what one of them did to the store"
                : "");
}

// Back to the one that is meant: all before it have no say in whether it was taken back.
Result<std::vector<store::RunRecord>> runs_to_choose_from(const World& world,
                                                          const Session& session,
                                                          const std::string& wanted) {
    const auto is_last = [&](const store::RunRecord& record) {
        return wanted.empty() ? is_to_choose(record) && is_of_here(record, session)
                              : record.run.id < wanted;
    };
    return store::list_runs(
        journal_folders(session), world.machine, world.files, {.is_last = is_last});
}

Result<store::RunRecord> choose_run(const std::vector<store::RunRecord>& runs,
                                    const std::string& wanted,
                                    const Session& session) {
    if (wanted.empty()) {
        return last_run(runs, session);
    }
    std::vector<store::RunRecord> fits;
    for (const store::RunRecord& record : runs) {
        if (record.run.id.starts_with(wanted)) {
            fits.push_back(record);
        }
    }
    if (fits.size() == 1) {
        if (!fits.front().undone_by.empty()) {
            return failure(
                ErrorKind::usage,
                fmt::format("run {} was undone already", fits.front().run.id),
                fmt::format("'envkeep undo {}' takes that undoing back", fits.front().undone_by));
        }
        if (fits.front().items.empty() && !fits.front().problems.empty()) {
            return failure(ErrorKind::io,
                           fmt::format("the journal of run {} cannot be read: {}",
                                       fits.front().run.id,
                                       fits.front().problems.front()),
                           "nothing was done; run it again once the store can be read");
        }
        return std::move(fits.front());
    }
    return failure(ErrorKind::usage,
                   fits.empty() ? fmt::format("there is no run {}", quoted(wanted))
                                : fmt::format("{} runs begin with {}", fits.size(), quoted(wanted)),
                   "'envkeep log' lists the runs");
}

bool is_touched(const std::string& path, const store::Change& change) {
    const auto is_at_or_below = [&](const std::string& changed) {
        return path == changed || path.starts_with(changed + '/');
    };
    if (change.kind == store::Change::Kind::set_mode) {
        return path == change.path;
    }
    return is_at_or_below(change.path) ||
           (change.kind == store::Change::Kind::moved && is_at_or_below(change.other));
}

// What was last restored or saved no longer says how home and store stand to each other: with such
// a record the next save would take the undoing for somebody's change and write over the store.
bool forget_records(const keep::UndoPlan& plan, store::SessionState& state) {
    const auto is_undone = [&](const store::RestoredFile& file) {
        return std::ranges::any_of(plan.steps, [&](const keep::UndoStep& step) {
            return step.conflict.empty() &&
                   (is_touched(file.place, step.change) || is_touched(file.source, step.change));
        });
    };
    return std::erase_if(state.files, is_undone) > 0;
}

// Before the first change: an undoing that is killed must not leave such records behind.
Result<void> forget(const World& world, Session& session, const keep::UndoPlan& plan) {
    if (session.state && forget_records(plan, *session.state)) {
        return commit_state(world, session);
    }
    return {};
}

Result<std::optional<store::ChangesClaim>> claim_for(const World& world,
                                                     const Session& session,
                                                     const keep::UndoPlan& plan,
                                                     const std::string& command) {
    const bool changes_store = std::ranges::any_of(plan.steps, [](const keep::UndoStep& step) {
        return step.conflict.empty() && step.change.is_in_store;
    });
    if (changes_store && session.store.is_read_only) {
        return failure(ErrorKind::read_only,
                       "part of what that run changed is in the store, which can only be read",
                       "make the store writable, then undo it: nothing was taken back");
    }
    if (!changes_store) {
        return std::optional<store::ChangesClaim>{};
    }
    ENVKEEP_TRY(store::ChangesClaim claim, claim_store(world, session.store, command));
    return std::optional(std::move(claim));
}

bool edits_manifest(const store::Change& change, const keep::Reach& reach) {
    return change.kind == store::Change::Kind::replaced_file &&
           std::ranges::find(reach.manifest, change.path) != reach.manifest.end();
}

// The entries that an `adopt` made and that are still there, as words of a command.
std::string entries_of(const store::Run& run, const Session& session) {
    std::string words;
    for (const manifest::Keep& keep : session.written.keeps) {
        const std::string word = " " + shell_quoted(keep.path);
        if (run.command.starts_with("adopt ") &&
            (run.command + " ").find(word + " ") != std::string::npos) {
            words += word;
        }
    }
    return words;
}

// Where the manifest was edited since, and so stays.
std::string cure_of_manifest(const std::vector<store::RunRecord>& runs,
                             const Session& session,
                             const keep::UndoPlan& plan) {
    const auto later = std::ranges::find_if(runs, [&](const store::RunRecord& run) {
        return run.run.id > plan.run.run.id && run.undone_by.empty() &&
               std::ranges::any_of(run.items, [&](const store::RunRecord::Item& item) {
                   return edits_manifest(item.change, plan.reach);
               });
    });
    if (later != runs.end()) {
        return fmt::format("; first take back what edited it last: envkeep undo {}",
                           printable(later->run.id));
    }
    const std::string entries = entries_of(plan.run.run, session);
    return entries.empty() ? std::string()
                           : fmt::format("; take out by hand what that run added:{}", entries);
}

void say_cure_of_manifest(const std::vector<store::RunRecord>& runs,
                          const Session& session,
                          keep::UndoPlan& plan) {
    for (keep::UndoStep& step : plan.steps) {
        if (!step.conflict.empty() && edits_manifest(step.change, plan.reach) &&
            keep::is_within_reach(step.change, plan.run, plan.reach)) {
            step.conflict += cure_of_manifest(runs, session, plan);
        }
    }
}

void say_modes_that_stay(UndoReport& report) {
    if (report.plan.modes_that_stay.empty()) {
        return;
    }
    model::Finding finding{
        .id = "undo-modes-stay",
        .severity = model::Severity::info,
        .subject = "undo",
        .title =
            fmt::format("{} as narrow as the run made them: by the earlier ones others could "
                        "read a secret, or write",
                        report.plan.modes_that_stay.size() == 1
                            ? "1 mode stays"
                            : fmt::format("{} modes stay", report.plan.modes_that_stay.size()))};
    for (const store::Change& change : report.plan.modes_that_stay) {
        finding.evidence.push_back(fmt::format("{}: {}, was {}",
                                               printable(change.path),
                                               octal(change.new_mode),
                                               octal(change.old_mode)));
    }
    finding.fix.text = "open them with 'chmod' if you mean it";
    report.outcome.findings.push_back(std::move(finding));
}

void say_what_stays(UndoReport& report) {
    say_modes_that_stay(report);
    if (report.plan.not_here > 0) {
        report.outcome.findings.push_back(
            {.id = "undo-home-gone",
             .severity = model::Severity::warning,
             .subject = "undo",
             .title = fmt::format("{} of this run {} in a home that is gone with its container",
                                  counted(report.plan.not_here, "change"),
                                  report.plan.not_here == 1 ? "was" : "were"),
             .fix = {.text = "nothing of them is left to take back"}});
    }
    if (!report.plan.run.problems.empty()) {
        report.outcome.findings.push_back(
            {.id = "undo-journal-damaged",
             .severity = model::Severity::warning,
             .subject = "undo",
             .title = "part of the journal of this run cannot be read: what it tells of stays done",
             .evidence = report.plan.run.problems,
             .fix = {.text = "what went out of the way then lies in '.envkeep-aside' and in the "
                             "store's backups: 'envkeep status --verbose' lists it"}});
    }
    if (report.plan.run.run.command == "uninstall") {
        report.outcome.findings.push_back(
            {.id = "undo-of-uninstall",
             .severity = model::Severity::info,
             .subject = "undo",
             .title = "the links are back; program, hook.sh and start line are not",
             .fix = {.commands = {"envkeep init"}, .text = "it puts them into the store again"}});
    }
}

std::vector<std::string> others_to_heed(const World& world,
                                        const Session& session,
                                        const store::RunRecord& record) {
    const bool is_any = std::ranges::any_of(record.items, [](const store::RunRecord::Item& item) {
        return keep::brought_to_store(item.change);
    });
    return is_any ? others_here(world, session) : std::vector<std::string>{};
}

// Whether something is left that a later undoing of the same run may take back.
bool is_partly(const UndoReport& report) {
    const bool is_of_gone_home = report.plan.steps.empty() && report.plan.not_here > 0;
    return is_of_gone_home || report.outcome.count(model::StepResult::failed) > 0 ||
           std::ranges::any_of(report.plan.steps,
                               [](const auto& step) { return !step.conflict.empty(); });
}

}  // namespace

Result<std::vector<store::RunRecord>> log(const World& world,
                                          const Session& session,
                                          std::size_t most) {
    return store::list_runs(journal_folders(session), world.machine, world.files, {.most = most});
}

Result<UndoReport> undo(const World& world, Session& session, const std::string& run) {
    ENVKEEP_TRY(const std::vector<store::RunRecord> runs, runs_to_choose_from(world, session, run));
    ENVKEEP_TRY(store::RunRecord record, choose_run(runs, run, session));
    const std::string command = "undo " + record.run.id;
    UndoReport report;
    const keep::Reach reach = reach_of(world, session, record);
    report.plan =
        keep::plan_undo(record, reach, world.files, others_to_heed(world, session, record));
    say_cure_of_manifest(runs, session, report.plan);
    ENVKEEP_TRY(std::optional<store::ChangesClaim> claim,
                claim_for(world, session, report.plan, command));
    ENVKEEP_CHECK(forget(world, session, report.plan));
    // Where this container remembers nothing yet, the next run cleans up all the same.
    const bool is_marked = !session.state || session.state->is_changing;
    if (!is_marked) {
        ENVKEEP_CHECK(note_changing(world, session));
    }

    store::Journal journal(journal_folder(session),
                           store::new_run(command, session.home_path, world.machine),
                           world.files,
                           *world.writer);
    report.outcome = keep::apply_undo(report.plan, journal, world.files, *world.writer, [&] {
        return claim ? claim->renew() : Result<void>{};
    });
    report.outcome.run = journal.is_begun() ? journal.run().id : "";
    report.run = report.outcome.run;
    say_what_stays(report);
    const bool has_rest = is_partly(report);
    if (!has_rest) {
        ENVKEEP_CHECK(journal.mark_undone(record.run.id));
    }
    if (has_rest || !record.problems.empty()) {
        report.ending = Ending::partly;
    }
    ENVKEEP_CHECK(journal.finish());
    if (!is_marked) {
        state_of(session).is_changing = false;
        ENVKEEP_CHECK(commit_state(world, session));
    }
    return report;
}

Result<GcReport> remove_backups(const World& world,
                                const Session& session,
                                std::chrono::milliseconds older_than) {
    GcReport report;
    ENVKEEP_TRY(std::optional<store::ChangesClaim> claim,
                claim_to_free(world, session.store, "gc --backups"));
    ENVKEEP_TRY(report.removal,
                store::remove_backups(
                    session.store,
                    {.home = session.home,
                     .older_than = older_than,
                     .now = world.machine.now(),
                     .before_each = [&] { return claim ? claim->renew() : Result<void>{}; }},
                    world.files,
                    *world.writer));
    if (!report.removal.problems.empty()) {
        report.ending = Ending::partly;
    }
    return report;
}

}  // namespace envkeep::engine
