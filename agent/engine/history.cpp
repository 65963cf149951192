// SPDX-License-Identifier: MIT
#include "envkeep/engine/history.hpp"

#include "engine/carry_out.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

Result<store::RunRecord> choose_run(std::vector<store::RunRecord> runs, const std::string& wanted) {
    if (wanted.empty()) {
        const auto last = std::find_if(runs.begin(), runs.end(), [](const auto& record) {
            return record.undone_by.empty() && !record.items.empty();
        });
        if (last == runs.end()) {
            return failure(ErrorKind::not_found, "there is no run to undo");
        }
        return std::move(*last);
    }
    std::vector<store::RunRecord> fits;
    for (store::RunRecord& record : runs) {
        if (record.run.id.starts_with(wanted)) {
            fits.push_back(std::move(record));
        }
    }
    if (fits.size() == 1) {
        if (!fits.front().undone_by.empty()) {
            return failure(
                ErrorKind::usage,
                fmt::format("run {} was undone already", fits.front().run.id),
                fmt::format("'envkeep undo {}' takes that undoing back", fits.front().undone_by));
        }
        return std::move(fits.front());
    }
    return failure(ErrorKind::usage,
                   fits.empty() ? fmt::format("there is no run {}", quoted(wanted))
                                : fmt::format("{} runs begin with {}", fits.size(), quoted(wanted)),
                   "'envkeep log' lists the runs");
}

}  // namespace

Result<std::vector<store::RunRecord>> log(const World& world, const Session& session) {
    return store::list_runs(journal_folders(session), world.machine, world.files);
}

Result<UndoReport> undo(const World& world, const Session& session, const std::string& run) {
    ENVKEEP_TRY(std::vector<store::RunRecord> runs, log(world, session));
    ENVKEEP_TRY(const store::RunRecord record, choose_run(std::move(runs), run));
    UndoReport report;
    ENVKEEP_TRY(report.plan, keep::plan_undo(record, world.files));

    store::Journal journal(
        journal_folder(session),
        store::new_run("undo " + record.run.id, session.home_path, world.machine),
        world.files,
        *world.writer);
    report.outcome = keep::apply_undo(report.plan, journal, world.files, *world.writer);
    report.outcome.run = journal.is_begun() ? journal.run().id : "";
    report.run = report.outcome.run;
    const bool is_partly = report.outcome.count(model::StepResult::failed) > 0 ||
                           std::any_of(report.plan.steps.begin(),
                                       report.plan.steps.end(),
                                       [](const auto& step) { return !step.conflict.empty(); });
    if (is_partly) {
        report.ending = Ending::partly;
    } else {
        ENVKEEP_CHECK(journal.mark_undone(record.run.id));
    }
    ENVKEEP_CHECK(journal.finish());
    return report;
}

Result<GcReport> remove_backups(const World& world,
                                const Session& session,
                                std::chrono::milliseconds older_than) {
    GcReport report;
    ENVKEEP_TRY(report.removed,
                store::remove_backups(
                    session.store, older_than, world.machine.now(), world.files, *world.writer));
    return report;
}

}  // namespace envkeep::engine
