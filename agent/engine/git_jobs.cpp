// SPDX-License-Identifier: MIT
#include "engine/git_jobs.hpp"

#include "engine/copy_records.hpp"
#include "engine/git_work.hpp"
#include "envkeep/core/match.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

using git::CopyReport;

constexpr std::string_view ended_id = "git-ended";

CopyReport ended_before(const git::Wish& wish, std::string how) {
    return report_with(wish,
                       {.id = std::string(ended_id),
                        .severity = model::Severity::error,
                        .title = "its process ended before it was done",
                        .evidence = {std::move(how)},
                        .fix = {.commands = {"envkeep sync"},
                                .text = "what it had begun is finished or taken away then"}});
}

}  // namespace

bool has_error(const CopyReport& copy) {
    return std::ranges::any_of(copy.findings, [](const model::Finding& finding) {
        return finding.severity == model::Severity::error;
    });
}

Ending ending_of(const std::vector<CopyReport>& copies) {
    Ending ending = Ending::well;
    for (const CopyReport& copy : copies) {
        const bool is_told = std::ranges::any_of(copy.findings, [](const model::Finding& finding) {
            return finding.severity != model::Severity::info;
        });
        ending = std::max(ending,
                          has_error(copy) ? Ending::network
                          : is_told       ? Ending::findings
                                          : Ending::well);
    }
    return ending;
}

GitJobs::GitJobs(std::vector<GitJob> jobs,
                 const Options& options,
                 const MakeWorld& make_world,
                 const Listener& listener,
                 std::chrono::seconds longest_silence)
    : options_(options), listener_(listener), longest_silence_(longest_silence) {
    running_.reserve(jobs.size());
    for (GitJob& job : jobs) {
        running_.push_back({.job = std::move(job)});
    }
    for (Running& running : running_) {
        const std::string& folder = running.job.copy.wish.folder;
        if (std::ranges::any_of(
                running_, [&](const Running& other) { return other.job.copy.within == folder; })) {
            if (auto flag = posix::SharedFlag::make()) {
                running.is_over.emplace(*std::move(flag));
            }
        }
    }
    for (Running& running : running_) {
        begin(running, options, make_world);
    }
}

const posix::SharedFlag* GitJobs::over_flag_of(const std::string& folder) const {
    const auto found = std::ranges::find_if(running_, [&](const Running& running) {
        return running.is_over && running.job.copy.wish.folder == folder;
    });
    return folder.empty() || found == running_.end() ? nullptr : &*found->is_over;
}

GitJobs::~GitJobs() {
    for (Running& running : running_) {
        end(running);
    }
}

void GitJobs::begin(Running& running, const Options& options, const MakeWorld& make_world) {
    const posix::SharedFlag* const outer_is_over = over_flag_of(running.job.copy.within);
    Result<posix::Worker> process = posix::start_worker(
        [&](int report_fd) {
            const World world = make_world();
            const CopyReport report =
                work_on(world, options, running.job, report_fd, outer_is_over);
            return posix::send_frame(report_fd,
                                     static_cast<std::uint8_t>(GitMessage::report),
                                     to_json(report).compact())
                       ? 0
                       : 1;
        },
        posix::Lifetime::of_parent);
    if (!process) {
        running.report = not_begun(running.job.copy.wish, process.error());
        end(running);
        return;
    }
    running.process = *std::move(process);
    running.id = posix::process_with(running.process->pid);
    running.frames.emplace(running.process->reports.get());
    running.heard = std::chrono::steady_clock::now();
}

void GitJobs::listen(Running& running, SteadyTime until) {
    const git::Wish& wish = running.job.copy.wish;
    const auto deadline = [&] { return std::min(until, running.heard + longest_silence_); };
    bool has_more = true;
    while (has_more && !running.report) {
        match(
            running.frames->next(deadline()),
            [&](const posix::Frame& frame) {
                running.heard = std::chrono::steady_clock::now();
                if (static_cast<GitMessage>(frame.type) == GitMessage::report) {
                    const auto json = Json::parse(frame.payload);
                    running.report = json ? copy_report_of(*json)
                                          : ended_before(wish, "what it said is no report");
                } else if (listener_.phase) {
                    listener_.phase(fmt::format("{}: {}", wish.subject, printable(frame.payload)));
                }
            },
            [&](const posix::DeadlinePassed&) {
                has_more = false;
                if (std::chrono::steady_clock::now() - running.heard >= longest_silence_) {
                    running.report = ended_before(
                        wish,
                        fmt::format("nothing was heard of it for {} s", longest_silence_.count()));
                    running.report->is_network_at_fault = true;
                }
            },
            [&](const auto&) { running.report = ended_before(wish, "it crashed or was killed"); });
    }
    if (running.report) {
        end(running);
    }
}

void GitJobs::end(Running& running) {
    if (running.is_over) {
        running.is_over->set();
    }
    if (!running.process) {
        return;
    }
    // One that has told its report is at its end by itself.
    constexpr std::chrono::milliseconds patience{200};
    const auto soon = [&] { return std::chrono::steady_clock::now() + patience; };
    if (!running.report || !posix::wait_for_worker(*running.process, soon())) {
        // By the start time too: the background process forgets ended children as it goes.
        if (running.id) {
            static_cast<void>(posix::end_process(*running.id, posix::Ending::at_once));
        }
        static_cast<void>(posix::wait_for_worker(*running.process, soon()));
    }
    running.frames.reset();
    running.process.reset();
}

bool GitJobs::wait(SteadyTime until) {
    std::vector<Running*> outer_first;  // those within wait until it is told that those are over
    for (Running& running : running_) {
        outer_first.push_back(&running);
    }
    std::ranges::sort(outer_first, {}, [](const Running* running) {
        return running->job.copy.wish.folder.size();
    });
    bool is_over = true;
    for (Running* const running : outer_first) {
        if (!running->report) {
            listen(*running, until);
        }
        is_over = is_over && running->report.has_value();
    }
    return is_over;
}

void GitJobs::interrupt() {
    for (Running& running : running_) {
        if (!running.report) {
            end(running);
            running.report = ended_before(running.job.copy.wish, "this run was told to end");
            running.report->findings.front().title = "it was interrupted before it was done";
        }
    }
}

void GitJobs::tidy(const World& world) const {
    for (const Running& running : running_) {
        const bool was_ended =
            running.report &&
            std::ranges::find(running.report->findings, ended_id, &model::Finding::id) !=
                running.report->findings.end();
        const Result<Session> session = was_ended ? open_session(world, options_)
                                                  : failure(ErrorKind::not_found, "all is tidy");
        if (!session) {
            continue;
        }
        const git::Wish& wish = running.job.copy.wish;
        if (running.job.copy.is_in_store && !session->store.is_read_only) {
            // That of a dead process is taken over, and let go at once.
            static_cast<void>(take_claim(world, session->store, wish));
        }
        git::remove_left_overs(wish.folder, local_access(world, *session));
    }
}

std::vector<CopyReport> GitJobs::reports() const {
    std::vector<CopyReport> reports;
    for (const Running& running : running_) {
        if (running.report) {
            reports.push_back(*running.report);
        }
    }
    return reports;
}

std::vector<std::string> GitJobs::under_way() const {
    std::vector<std::string> subjects;
    for (const Running& running : running_) {
        if (!running.report) {
            subjects.push_back(running.job.copy.wish.subject);
        }
    }
    return subjects;
}

}  // namespace envkeep::engine
