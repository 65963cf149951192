// SPDX-License-Identifier: MIT
#include "engine/git_jobs.hpp"

#include "engine/copy_records.hpp"
#include "envkeep/core/digest.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/network.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/store/lease.hpp"
#include "support/child.hpp"
#include "unit/cli/remote.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GitJobsOfATest : public testing::SessionOfATest {
  protected:
    [[nodiscard]] std::vector<GitJob> jobs(const std::vector<std::string>& subjects) const {
        std::vector<GitJob> jobs;
        for (const std::string& subject : subjects) {
            jobs.push_back({.copy = {.wish = {.subject = subject,
                                              .url = "file:///no/such/repository",
                                              .folder = tree / ("home/" + subject)}}});
        }
        return jobs;
    }

    // In the process of a job, where nothing is open that was opened before.
    World world_of_a_job() {
        const World made = world();
        files_.emplace();
        walker_.emplace(*files_);
        return {.files = *files_,
                .writer = &*files_,
                .machine = made.machine,
                .walker = *walker_,
                .network = &network_,
                .own_binary = made.own_binary};
    }

    [[nodiscard]] World hang() {
        tree.file("job", std::to_string(::getpid()));
        while (true) {
            ::pause();
        }
        return world();
    }

    [[noreturn]] static World crash() {
        const ::rlimit none{};  // of the core
        ::setrlimit(RLIMIT_CORE, &none);
        ::signal(SIGABRT, SIG_DFL);
        std::abort();
    }

    // The process that is told of in "job", once it is there.
    [[nodiscard]] system::ProcessId process_of_job() const {
        while (!tree.exists("job") || tree.content("job").empty()) {
            ::usleep(1000);
        }
        const std::string pid = tree.content("job");
        return posix::process_with(std::stoi(pid)).value_or(system::ProcessId{});
    }

    const SteadyTime never = SteadyTime::max();
    const SteadyTime at_last = std::chrono::steady_clock::now() + std::chrono::seconds(100);

  private:
    posix::Network network_;
    std::optional<posix::Files> files_;
    std::optional<posix::TreeWalker> walker_;
};

TEST_F(GitJobsOfATest, TellWhatBecameOfEachAndKeepItInTheHome) {
    GitJobs running(jobs({"one", "two"}), options(), [&] { return world_of_a_job(); }, {});

    EXPECT_TRUE(running.wait(never));

    const auto reports = running.reports();
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[0].subject, "one");
    EXPECT_EQ(reports[1].subject, "two");
    EXPECT_EQ(ending_of(reports), Ending::network);
    EXPECT_THAT(running.under_way(), IsEmpty());
    auto kept = copy_records(world(), session().home);
    std::ranges::sort(kept, {}, &git::CopyReport::subject);
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(to_json(kept[0]).compact(), to_json(reports[0]).compact());
    EXPECT_EQ(to_json(kept[1]).compact(), to_json(reports[1]).compact());
}

TEST_F(GitJobsOfATest, AreToldOfWhereTheyCrash) {
    GitJobs running(jobs({"one"}), options(), [&] { return crash(); }, {});

    EXPECT_TRUE(running.wait(never));

    ASSERT_EQ(running.reports().size(), 1U);
    EXPECT_EQ(running.reports()[0].findings.at(0).id, "git-ended");
    EXPECT_EQ(running.reports()[0].findings.at(0).subject, "one");
}

TEST_F(GitJobsOfATest, AreEndedAfterALongSilenceAndHarmNoOther) {
    GitJobs hanging(jobs({"one"}), options(), [&] { return hang(); }, {}, std::chrono::seconds(1));
    GitJobs good(jobs({"two"}), options(), [&] { return world_of_a_job(); }, {});
    const system::ProcessId process = process_of_job();

    EXPECT_TRUE(hanging.wait(never));
    EXPECT_TRUE(good.wait(never));

    const git::CopyReport report = hanging.reports().at(0);
    EXPECT_EQ(report.findings.at(0).id, "git-ended");
    EXPECT_THAT(report.findings.at(0).evidence, ElementsAre(HasSubstr("for 1 s")));
    EXPECT_TRUE(report.is_network_at_fault);
    EXPECT_FALSE(posix::is_running(process));
    EXPECT_NE(good.reports().at(0).findings.at(0).id, "git-ended");
}

TEST_F(GitJobsOfATest, GoOnAfterTheDeadlineAndEndWithTheirObject) {
    system::ProcessId process;
    {
        GitJobs running(jobs({"one"}), options(), [&] { return hang(); }, {});
        process = process_of_job();
        EXPECT_FALSE(running.wait(std::chrono::steady_clock::now()));
        EXPECT_THAT(running.under_way(), ElementsAre("one"));
        EXPECT_THAT(running.reports(), IsEmpty());
        EXPECT_TRUE(posix::is_running(process));
    }
    EXPECT_TRUE(posix::wait_for_end(process, at_last));
}

TEST_F(GitJobsOfATest, EndWithTheProcessThatBeganThem) {
    const auto parent = posix::start_worker([&](int) {
        const GitJobs running(jobs({"one"}), options(), [&] { return hang(); }, {});
        return ::pause();
    });
    ASSERT_TRUE(parent.has_value());
    const system::ProcessId process = process_of_job();

    ASSERT_TRUE(posix::end_process(*posix::process_with(parent->pid), posix::Ending::at_once));

    EXPECT_TRUE(posix::wait_for_worker(*parent, at_last).has_value());
    EXPECT_TRUE(posix::wait_for_end(process, at_last));
}

TEST_F(GitJobsOfATest, HarmNobodyWhereSomebodyElseSawTheirEnd) {
    testing::in_child([&] {
        GitJobs running(jobs({"one"}), options(), [&] { return world_of_a_job(); }, {});
        while (::access((tree / "home/.envkeep-state/git").c_str(), F_OK) != 0) {
            posix::forget_ended_children();
        }
        EXPECT_TRUE(running.wait(never));
        EXPECT_EQ(running.reports().at(0).subject, "one");
    });
}

// Of the dotfiles, which several sessions may bring at once.
class GitJobsOnAStore : public GitJobsOfATest {
  protected:
    [[nodiscard]] std::vector<GitJob> dotfiles() const {
        return {{.copy = {.wish = {.subject = "dotfiles",
                                   .url = remote.url(),
                                   .folder = tree / "storage/envkeep/repos/dotfiles"},
                          .is_in_store = true}}};
    }

    [[nodiscard]] git::CopyReport report_of(std::vector<GitJob> jobs) {
        GitJobs running(std::move(jobs), options(), [&] { return world_of_a_job(); }, {});
        EXPECT_TRUE(running.wait(never));
        return running.reports().at(0);
    }

    [[nodiscard]] Result<store::ChangesClaim> take_claim() {
        return store::ChangesClaim::take(
            session().store, "sync", machine, files, files, claim_name());
    }

    // From the moment at which the job has its claim, whenever it looks at the clock.
    void once_it_is_claimed(std::function<void()> act) {
        machine.ahead = [this, act = std::move(act), ahead = std::chrono::seconds(0)]() mutable {
            if (tree.exists(claim)) {
                act();
            }
            return ahead += std::chrono::minutes(1);
        };
    }

    static void make_old(const std::string& path) {
        const std::array<::timespec, 2> times{};
        ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0);
    }

    static bool is_old(const std::string& path) {
        struct ::stat there{};
        return ::stat(path.c_str(), &there) == 0 && there.st_mtim.tv_sec == 0;
    }

    [[nodiscard]] std::string claim_name() const {
        return "copy-" + digest_of(tree / "storage/envkeep/repos/dotfiles").text().substr(0, 16);
    }

    testing::Remote remote;
    const std::string copy = "storage/envkeep/repos/dotfiles";
    const std::string claim = "storage/envkeep/leases/" + claim_name() + ".claim";
};

TEST_F(GitJobsOnAStore, RenewTheirClaimWhileTheyWork) {
    once_it_is_claimed([this, is_made_old = false]() mutable {
        if (!is_made_old) {
            make_old(tree / claim);
            is_made_old = true;
        } else if (!is_old(tree / claim)) {
            tree.file("renewed", "");
        }
    });

    EXPECT_EQ(report_of(dotfiles()).change, git::CopyChange::cloned);

    EXPECT_TRUE(tree.exists("renewed"));
    EXPECT_FALSE(tree.exists(claim));
}

TEST_F(GitJobsOnAStore, EndWithoutWritingWhereAnotherSessionHasTakenOver) {
    ASSERT_EQ(report_of(dotfiles()).change, git::CopyChange::cloned);
    remote.commit_upstream(".inputrc", "x\n");
    for (const bool is_there : {true, false}) {
        once_it_is_claimed([this] { tree.file(claim, "{\"id\": \"of another\"}\n"); });

        const git::CopyReport report = report_of(dotfiles());

        ASSERT_EQ(report.findings.size(), 1U) << is_there;
        EXPECT_EQ(report.findings[0].id, "git-busy");
        EXPECT_THAT(report.findings[0].evidence, ElementsAre(HasSubstr("has taken over")));
        EXPECT_EQ(report.change, git::CopyChange::nothing);
        EXPECT_FALSE(tree.exists(copy + "/.inputrc")) << is_there;
        EXPECT_THAT(tree.snapshot("storage/envkeep/repos").empty(), !is_there);
        EXPECT_THAT(tree.content(claim), HasSubstr("of another"));
        tree.remove(claim);
        tree.remove(copy);
    }
}

TEST_F(GitJobsOnAStore, WaitForAnotherSessionWhoseWorkIsNewHereToo) {
    auto other = take_claim();
    ASSERT_TRUE(other.has_value());
    std::vector<GitJob> waiting = dotfiles();
    waiting[0].waits = true;
    GitJobs running(std::move(waiting),
                    options(),
                    [&] { return world_of_a_job(); },
                    {.phase = [&](std::string_view words) {
                        if (words == "dotfiles: waiting for another session") {
                            other = failure(ErrorKind::not_found, "let go");
                        }
                    }});

    EXPECT_TRUE(running.wait(never));

    EXPECT_TRUE(running.reports().at(0).is_after_another);
    EXPECT_TRUE(tree.exists(copy));
}

TEST_F(GitJobsOnAStore, LeaveNoClaimAndNoHalfClone) {
    once_it_is_claimed([this] {
        if (tree.exists("storage/envkeep/repos") &&
            !tree.snapshot("storage/envkeep/repos").empty()) {
            static_cast<void>(hang());
        }
    });
    GitJobs running(dotfiles(), options(), [&] { return world_of_a_job(); }, {});
    const system::ProcessId process = process_of_job();
    machine.ahead = {};

    running.interrupt();
    EXPECT_FALSE(posix::is_running(process));
    EXPECT_TRUE(tree.exists(claim));
    running.tidy(world());

    EXPECT_FALSE(tree.exists(claim));
    EXPECT_THAT(tree.snapshot("storage/envkeep/repos"), IsEmpty());
    EXPECT_EQ(running.reports().at(0).findings.at(0).id, "git-ended");
    EXPECT_EQ(report_of(dotfiles()).change, git::CopyChange::cloned);
}

TEST_F(GitJobsOfATest, ReadNoMoreFromARecordThanIsThere) {
    for (const char* const text : {"{}",
                                   R"({"change": 99})",
                                   R"({"change": -1})",
                                   R"({"change": 1e300})",
                                   R"({"change": "x", "findings": 3, "subject": []})"}) {
        const git::CopyReport report = copy_report_of(Json::parse(text).value());
        EXPECT_EQ(report.change, git::CopyChange::nothing) << text;
        EXPECT_EQ(report.subject, "") << text;
    }
    tree.file("home/.envkeep-state/git/x.json", "{\"subject")
        .file("home/.envkeep-state/git/y.json", R"({"subject": "one"})")
        .link("home/.envkeep-state/git/z.json", tree / "home/.envkeep-state/git/y.json");

    EXPECT_EQ(copy_records(world(), session().home).size(), 1U);
}

}  // namespace
}  // namespace envkeep::engine
