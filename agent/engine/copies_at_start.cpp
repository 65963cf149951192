// SPDX-License-Identifier: MIT
#include "engine/copies_at_start.hpp"

#include "engine/notice_file.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/sync.hpp"
#include "envkeep/store/find.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::engine {
namespace {

using git::CopyReport;

std::vector<GitJob> jobs_of(const Session& session) {
    std::vector<GitJob> jobs;
    for (WantedCopy& copy : wanted_copies(session)) {
        copy.wish.only_forward = true;
        jobs.push_back({.copy = std::move(copy), .waits = true});
    }
    return jobs;
}

bool is_news(const CopyReport& copy) {
    return copy.change != git::CopyChange::nothing || copy.is_after_another;
}

model::Finding under_way(const std::string& subject) {
    return {.id = "git-under-way",
            .severity = model::Severity::info,
            .subject = subject,
            .title = "it is still being fetched: that goes on in the background",
            .fix = {.text = "'envkeep status' says when it is there; 'envkeep restore' then links "
                            "what came with dotfiles"}};
}

// What the links for new dotfiles did, behind what the start did before.
void append(RestoreReport more, RestoreReport& report) {
    std::size_t groups = 0;
    for (const model::Step& step : report.plan.steps) {
        groups = std::max(groups, step.group + 1);
    }
    const std::size_t steps = report.plan.steps.size();
    for (model::Step& step : more.plan.steps) {
        step.group += groups;
        report.plan.steps.push_back(std::move(step));
    }
    for (model::StepOutcome& outcome : more.outcome.steps) {
        outcome.step += steps;
        report.outcome.steps.push_back(std::move(outcome));
    }
    if (report.outcome.run.empty()) {
        report.outcome.run = std::move(more.outcome.run);
    }
    report.plan.conflicts = std::move(more.plan.conflicts);
    report.plan.keeps = std::move(more.plan.keeps);
    const auto add_new = [](std::vector<model::Finding> from, std::vector<model::Finding>& to) {
        for (model::Finding& finding : from) {
            if (std::ranges::find(to, finding) == to.end()) {
                to.push_back(std::move(finding));
            }
        }
    };
    add_new(std::move(more.plan.findings), report.plan.findings);
    add_new(std::move(more.outcome.findings), report.outcome.findings);
    add_new(std::move(more.findings), report.findings);
    report.backups.copied += more.backups.copied;
    report.ending = std::max(report.ending, more.ending);
}

}  // namespace

CopiesAtStart::CopiesAtStart(const Options& options,
                             const Session& session,
                             const MakeWorld& make_world)
    : jobs_(jobs_of(session), options, make_world, {}) {}

void CopiesAtStart::finish(const World& world,
                           Session& session,
                           SteadyTime until,
                           const std::function<bool()>& may_go_on,
                           RestoreReport& report) {
    static_cast<void>(jobs_.wait(until));
    jobs_.tidy(world);
    report.copies = jobs_.reports();
    late_ = jobs_.under_way();
    for (const CopyReport& copy : report.copies) {
        std::ranges::copy(copy.findings, std::back_inserter(report.findings));
    }
    report.ending = std::max(report.ending, ending_of(report.copies));
    for (const std::string& subject : late_) {
        report.findings.push_back(under_way(subject));
    }
    const auto dotfiles = std::ranges::find(report.copies, "dotfiles", &CopyReport::subject);
    if (dotfiles != report.copies.end() && is_news(*dotfiles)) {
        if (Result<RestoreReport> linked =
                restore(world, session, {.look = {.is_start = true}, .may_go_on = may_go_on}, {})) {
            append(*std::move(linked), report);
        }
    }
}

bool CopiesAtStart::settle(const World& world, const Options& options) {
    if (!jobs_.wait(world.machine.steady_now())) {
        return false;
    }
    jobs_.tidy(world);
    const auto home =
        store::find_home(options.home, world.machine, world.files)
            .and_then([&](const std::string& path) { return world.files.open_root(path); });
    std::string lines;
    for (const CopyReport& copy : jobs_.reports()) {
        if (std::ranges::find(late_, copy.subject) == late_.end()) {
            continue;
        }
        if (has_error(copy)) {
            lines += fmt::format("\nenvkeep: {} could not be fetched; see 'envkeep sync'",
                                 printable(copy.subject));
        } else if (copy.subject == "dotfiles" && is_news(copy)) {
            lines += "\nenvkeep: new dotfiles are here; 'envkeep restore' links them";
        }
    }
    if (home && !lines.empty()) {
        change_notice(world, *home, [&](const std::string& before) {
            return before.empty() ? lines.substr(1) : before + lines;
        });
    }
    late_.clear();
    return true;
}

void CopiesAtStart::end(const World& world) {
    jobs_.interrupt();
    jobs_.tidy(world);
}

void CopiesAtStart::wait_to_the_end() {
    static_cast<void>(jobs_.wait(SteadyTime::max()));
}

}  // namespace envkeep::engine
