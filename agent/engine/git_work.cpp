// SPDX-License-Identifier: MIT
#include "engine/git_work.hpp"

#include "engine/copy_records.hpp"
#include "engine/work_only_here.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/git/remote_check.hpp"
#include "envkeep/packages/keys.hpp"
#include "envkeep/posix/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

namespace envkeep::engine {
namespace {

using git::CopyReport;

// A little at a time comes for long: whoever listens shall not take that for silence.
constexpr std::chrono::seconds sign_of_life{10};
// Together less than `check_hosts` waits, so that the cause is told.
constexpr git::SshLimits check_limits{.connect = std::chrono::seconds(3),
                                      .handshake = std::chrono::seconds(3),
                                      .stall = std::chrono::seconds(3)};

CopyReport busy(const git::Wish& wish, const Error& error) {
    return report_with(wish,
                       {.id = "git-busy",
                        .severity = model::Severity::info,
                        .title = "another session is at work on this repository",
                        .evidence = {error.message},
                        .fix = {.text = "nothing: what it fetches is there for all"}});
}

CopyReport read_only(const git::Wish& wish, const std::string& store) {
    return report_with(wish,
                       {.id = "git-store-read-only",
                        .severity = model::Severity::info,
                        .title = "it stays as it was last fetched: the store can only be read",
                        .evidence = {store},
                        .fix = {.text = "nothing, if that is meant"}});
}

// Whoever can write to the store could have libgit2 write elsewhere.
Result<void> check_is_no_link(const World& world,
                              const store::Store& store,
                              std::string_view name) {
    const system::Place repositories = store.place(store::names::repositories);
    for (const system::Place& place : {repositories, repositories.child(name)}) {
        ENVKEEP_TRY(const system::Status there, world.files.status(place));
        if (there.kind != system::Kind::absent && there.kind != system::Kind::folder) {
            return failure(ErrorKind::unsupported,
                           quoted(store.path + '/' + place.path.text()) +
                               " is no folder: a link there is not followed",
                           "move it away");
        }
    }
    return {};
}

// Nothing is there yet, or a folder that a clone takes the place of.
bool is_free(const World& world, const std::string& folder) {
    const Result<system::Status> there = world.files.follow(folder);
    if (!there || there->kind != system::Kind::folder) {
        return there && there->kind == system::Kind::absent;
    }
    const auto entries = world.files.open_root(folder).and_then(
        [&](system::RootId root) { return world.files.list({.root = root, .path = {}}); });
    return entries && entries->empty();
}

CopyReport waits_for_outer(const git::Wish& wish, const std::string& outer) {
    return report_with(
        wish,
        {.id = "git-not-fetched",
         .severity = model::Severity::info,
         .title = fmt::format("it belongs into {}, which is not there yet", quoted(outer)),
         .fix = {.commands = {"envkeep sync"}, .text = "once that one has come"}});
}

// Of cures by git, on a machine that has none.
void say_where_git_is_from(const World& world, CopyReport& report) {
    for (model::Finding& finding : report.findings) {
        const bool is_needed = std::ranges::any_of(
            finding.fix.commands,
            [](const std::string& command) { return command.starts_with("git "); });
        if (is_needed && packages::program_on_path(world.machine, "git").empty()) {
            finding.fix.text +=
                std::string(finding.fix.text.empty() ? "" : "; ") +
                "git is not here: `apt-get update && apt-get install -y git` brings it";
        }
    }
}

void add(CopyReport more, CopyReport& report) {
    if (more.change != git::CopyChange::nothing) {
        report.change = more.change;
    }
    report.is_pushed = report.is_pushed || more.is_pushed;
    report.after = more.after.empty() ? report.after : std::move(more.after);
    report.commits += more.commits;
    report.is_network_at_fault = report.is_network_at_fault || more.is_network_at_fault;
    std::ranges::move(more.findings, std::back_inserter(report.findings));
}

// The work of one process.
class Work {
  public:
    Work(const World& world,
         const Options& options,
         const GitJob& job,
         int report_fd,
         const posix::SharedFlag* outer_is_over)
        : world_(world),
          options_(options),
          job_(job),
          report_fd_(report_fd),
          outer_is_over_(outer_is_over) {}

    CopyReport run() {
        Result<Session> session = open_session(world_, options_);
        if (!session) {
            return not_begun(job_.copy.wish, session.error());
        }
        if (job_.only_checks) {
            git::RemoteAccess access = access_of(world_, *session, options_, job_.copy);
            access.limits = check_limits;
            return git::check_remote(job_.copy.wish, access);
        }
        if (job_.only_looks) {
            CopyReport report{.subject = job_.copy.wish.subject};
            add_what_ends(*session, report);
            return report;
        }
        const std::string& outer = job_.copy.within;
        if (!outer.empty() && !has_come(outer)) {
            return waits_for_outer(job_.copy.wish, outer);
        }
        CopyReport report = with_claim(*session);
        if (job_.tells_what_ends) {
            add_what_ends(*session, report);
        }
        say_where_git_is_from(world_, report);
        keep_copy_record(world_, *session, report);
        return report;
    }

  private:
    // A clone takes no place in which something stands: the outer one comes first.
    [[nodiscard]] bool has_come(const std::string& outer) {
        constexpr std::chrono::milliseconds nap{50};
        while (is_free(world_, outer) && outer_is_over_ != nullptr && !outer_is_over_->is_set()) {
            tell("waiting for " + outer);
            std::this_thread::sleep_for(nap);
        }
        return !is_free(world_, outer);
    }

    void add_what_ends(const Session& session, CopyReport& report) {
        const git::LocalAccess local = local_access(world_, session);
        if (auto found = work_only_here(world_, session, job_.copy.wish, local)) {
            std::erase_if(report.findings, [](const model::Finding& finding) {
                return finding.id == "git-unpushed";  // it says that too
            });
            report.findings.push_back(*std::move(found));
        }
    }

    CopyReport with_claim(const Session& session) {
        const git::Wish& wish = job_.copy.wish;
        if (job_.copy.is_in_store) {
            if (session.store.is_read_only) {
                return read_only(wish, session.store.path);
            }
            const std::string_view name =
                std::string_view(wish.folder).substr(wish.folder.rfind('/') + 1);
            if (const auto safe = check_is_no_link(world_, session.store, name); !safe) {
                return not_begun(wish, safe.error());
            }
            auto claim = wait_for_claim(session.store);
            if (!claim) {
                return claim.error().kind == ErrorKind::busy ? busy(wish, claim.error())
                                                             : not_begun(wish, claim.error());
            }
            claim_ = *std::move(claim);
        }
        git::RemoteAccess access = access_of(world_, session, options_, job_.copy);
        access.progress = [this](std::string_view words) { tell(words); };
        access.may_go_on = [this] { return may_go_on(); };
        const git::LocalAccess local = local_access(world_, session);
        CopyReport report = git::bring(wish, access, local);
        if (job_.publishes && !has_error(report) && may_go_on()) {
            // What stood against a fast-forward is what publishing is there for: it tells the rest.
            std::erase_if(report.findings, [](const model::Finding& finding) {
                return finding.id == "git-changed-here" || finding.id == "git-diverged" ||
                       finding.id == "git-unpushed" || finding.id == "git-branch-gone" ||
                       (finding.id == "git-upstream-rewritten" &&
                        finding.severity == model::Severity::warning);
            });
            add(git::publish(wish,
                             {.message = message(),
                              .machine = world_.machine.host_name(),
                              .makes_gone_branches = job_.makes_gone_branches},
                             access,
                             local),
                report);
        } else if (job_.copy.is_in_store && !wish.only_forward && report.findings.empty()) {
            if (auto found = not_committed(wish, local)) {
                report.findings.push_back(*std::move(found));
            }
        }
        claim_.reset();
        if (taken_over_) {
            return busy(wish, *taken_over_);
        }
        report.is_after_another = has_waited_;
        return report;
    }

    // Where it waits, a claim that nobody renews any more counts no more at last.
    Result<store::ChangesClaim> wait_for_claim(const store::Store& store) {
        constexpr std::chrono::milliseconds nap{500};
        constexpr std::chrono::seconds most = store::lease_stale_after + std::chrono::minutes(1);
        const SteadyTime last = world_.machine.steady_now() + most;
        while (true) {
            auto claim = take_claim(world_, store, job_.copy.wish);
            const bool is_busy = !claim && claim.error().kind == ErrorKind::busy;
            if (!is_busy || !job_.waits || world_.machine.steady_now() >= last) {
                return claim;
            }
            has_waited_ = true;
            tell("waiting for another session");
            std::this_thread::sleep_for(nap);
        }
    }

    [[nodiscard]] std::string message() const {
        return !job_.message.empty() ? job_.message
                                     : fmt::format("envkeep: {} {}",
                                                   world_.machine.host_name(),
                                                   utc_text(world_.machine.now()));
    }

    // False once another session has taken over. A claim that cannot be renewed otherwise gets
    // stale, which is what it then is.
    bool may_go_on() {
        if (claim_ && !taken_over_) {
            Result<void> renewed = claim_->renew();
            if (!renewed && renewed.error().kind == ErrorKind::busy) {
                taken_over_ = std::move(renewed).error();
            }
        }
        if (world_.machine.steady_now() - told_ >= sign_of_life) {
            const std::string again = words_;
            tell(again);
        }
        return !taken_over_;
    }

    void tell(std::string_view words) {
        words_ = words;
        // One to whom nobody listens just now must not wait for that.
        if (!posix::has_room_for_frame(report_fd_)) {
            return;
        }
        told_ = world_.machine.steady_now();
        static_cast<void>(
            posix::send_frame(report_fd_, static_cast<std::uint8_t>(GitMessage::progress), words));
    }

    const World& world_;
    const Options& options_;
    const GitJob& job_;
    int report_fd_;
    const posix::SharedFlag* outer_is_over_;
    std::optional<store::ChangesClaim> claim_;
    std::optional<Error> taken_over_;
    bool has_waited_ = false;
    std::string words_ = "working";
    SteadyTime told_{};
};

}  // namespace

CopyReport report_with(const git::Wish& wish, model::Finding finding) {
    finding.subject = wish.subject;
    return {.subject = wish.subject, .findings = {std::move(finding)}};
}

CopyReport not_begun(const git::Wish& wish, const Error& error) {
    return report_with(wish,
                       {.id = "git-failed",
                        .severity = model::Severity::error,
                        .title = "nothing could be done with this repository",
                        .evidence = {error.message},
                        .fix = {.commands = {"envkeep sync"}, .text = error.hint}});
}

Result<store::ChangesClaim> take_claim(const World& world,
                                       const store::Store& store,
                                       const git::Wish& wish) {
    return store::ChangesClaim::take(
        store,
        "sync",
        world.machine,
        world.files,
        *world.writer,
        fmt::format("copy-{}", digest_of(wish.folder).text().substr(0, 16)));
}

git::LocalAccess local_access(const World& world, const Session& session) {
    const Result<system::Status> store = world.files.status(session.store.place({}));
    return {.files = world.files,
            .writer = *world.writer,
            .machine = world.machine,
            .home = session.home_path,
            .store_owner = store ? std::optional(store->uid) : std::nullopt};
}

CopyReport work_on(const World& world,
                   const Options& options,
                   const GitJob& job,
                   int report_fd,
                   const posix::SharedFlag* outer_is_over) {
    return Work(world, options, job, report_fd, outer_is_over).run();
}

}  // namespace envkeep::engine
