// SPDX-License-Identifier: MIT
#include "git/locks.hpp"
#include "support/call_number.hpp"
#include "support/child.hpp"
#include "support/each_system_call.hpp"
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

#include <sys/syscall.h>

#include <cerrno>
#include <functional>

namespace envkeep::git {
namespace {

using envkeep::testing::CallNumber;
using envkeep::testing::kill_at_changing_call;
using envkeep::testing::Meddled;
using envkeep::testing::refuse_call_of;
using testing::ids_of;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::text_of;

// Not each one: a run makes hundreds. Prime, so that no loop of the run is met at one place only.
constexpr std::size_t stride = 7;
constexpr std::size_t stride_of_two = 17;  // where each run works on two repositories

class Killed : public testing::WithRealGit {
  protected:
    // Kills `run` at one of its calls after the other, each time from `before` on; then `check`.
    void at_each_call(const std::function<void()>& before,
                      const std::function<void()>& run,
                      const std::function<void()>& check,
                      std::size_t step = stride) {
        std::size_t kills = 0;
        CallNumber call(step);
        for (;; ++call) {
            before();
            const Meddled end = kill_at_changing_call(call, run);
            SCOPED_TRACE("killed at call " + std::to_string(call));
            check();
            if (HasFailure() || end != Meddled::killed) {
                break;
            }
            ++kills;
        }
        EXPECT_GE(kills, call.least());
    }
};

TEST_F(Killed, CloneIsCompleteAfterTheNextRun) {
    at_each_call([&] { shell("rm -rf copy .copy.*"); },
                 [&] { (void)bring(); },
                 [&] {
                     const CopyReport report = bring();
                     EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
                     expect_in_order();
                 });
}

// What failed once is no property of the file system, and a lock that stays is known for ours.
TEST_F(Killed, CloneIsCompleteAfterTheNextRunIfALinkAModeOrARemovalFailed) {
    git("other",
        "pull -q && ln -s a link && touch run && chmod +x run && git add . && "
        "git commit -qm links && git push -q");
    for (const long kind : {SYS_symlink, SYS_chmod, SYS_unlink}) {
        std::size_t nth = 0;
        Meddled end = Meddled::ended;
        for (; end != Meddled::not_reached && !HasFailure(); ++nth) {
            SCOPED_TRACE("call " + std::to_string(kind) + ", time " + std::to_string(nth));
            shell("rm -rf copy .copy.*");

            end = refuse_call_of(kind, nth, EIO, [&] { (void)bring(); });
            const CopyReport report = bring();

            EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
            EXPECT_TRUE(tree_.is_link("copy/link"));
            EXPECT_EQ(tree_.mode_of("copy/run") & 0100U, 0100U);
            expect_in_order();
        }
        EXPECT_GT(nth, 1U);
    }
}

TEST_F(Killed, FastForwardIsCompleteAfterTheNextRunIfARemovalFailed) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    shell("cp -a copy pristine");
    commit_upstream("a", "newer");
    Meddled end = Meddled::ended;
    for (std::size_t nth = 0; end != Meddled::not_reached && !HasFailure(); ++nth) {
        SCOPED_TRACE(nth);
        shell("rm -rf copy && cp -a pristine copy");

        end = refuse_call_of(SYS_unlink, nth, EIO, [&] { (void)bring(); });
        const CopyReport report = bring();

        EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
        expect_in_order();
    }
}

TEST_F(Killed, PublishRemovesTheLockThatItLeftAtARemoteOnThisMachine) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    tree_.file("copy/a", "mine");
    envkeep::testing::in_child([&] {
        tree_.file("copy/.git/envkeep-at-work", mark_text(local().machine, {}))
            .file("remote.git/refs/heads/main.lock");
    });

    const CopyReport report = publish();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_TRUE(report.is_pushed);
}

TEST_F(Killed, PublishRemovesTheLockThatItLeftWhereItPushesTo) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    shell("cp -a remote.git mirror.git");
    git("copy", "config remote.origin.pushurl " + (tree_ / "mirror.git"));
    tree_.file("copy/a", "mine");
    envkeep::testing::in_child([&] {
        tree_.file("copy/.git/envkeep-at-work", mark_text(local().machine, {}))
            .file("mirror.git/refs/heads/main.lock");
    });

    EXPECT_TRUE(publish().is_pushed);

    EXPECT_EQ(git("mirror.git", "rev-parse main"), git("copy", "rev-parse HEAD"));
}

TEST_F(Killed, FastForwardIsCompleteAfterTheNextRunAndLosesNothing) {
    commit_upstream("gone", "gone");
    ASSERT_EQ(bring().change, CopyChange::cloned);
    tree_.file("copy/b/c", "mine").file("copy/untracked", "mine");
    shell("cp -a copy pristine");
    git("other", "rm -q gone && git pull -q");
    commit_upstream("a", "newer");
    commit_upstream("new/file", "new");

    at_each_call([&] { shell("rm -rf copy && cp -a pristine copy"); },
                 [&] { (void)bring(); },
                 [&] {
                     const CopyReport report = bring();
                     EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
                     EXPECT_EQ(git("copy", "status --porcelain"), "M b/c\n?? untracked");
                     EXPECT_EQ(tree_.content("copy/b/c") + tree_.content("copy/untracked"),
                               "minemine");
                     EXPECT_EQ(git("copy", "rev-parse HEAD"), git("remote.git", "rev-parse main"));
                     EXPECT_EQ(git("copy", "fsck --no-dangling 2>&1"), "");
                 });
}

TEST_F(Killed, PublishIsCompleteAfterTheNextRunAndLosesNothing) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    commit_upstream("b/c", "theirs");
    tree_.file("copy/a", "mine").file("copy/new", "mine");
    shell("cp -a copy pristine && cp -a remote.git pristine.git");

    at_each_call(
        [&] {
            shell("rm -rf copy remote.git && cp -a pristine copy && cp -a pristine.git remote.git");
        },
        [&] { (void)publish(); },
        [&] {
            // A lock at the remote is its owner's; here it is ours.
            shell("find remote.git -name '*.lock' -delete");
            const CopyReport report = publish();
            EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
            EXPECT_EQ(tree_.content("copy/a") + tree_.content("copy/new"), "minemine");
            EXPECT_EQ(git("remote.git", "show main:a main:new main:b/c"), "mineminetheirs");
            EXPECT_EQ(git("copy", "rev-list --count HEAD"), "3");
            expect_in_order();
        });
}

class KilledWithSubmodule : public Killed {
  protected:
    KilledWithSubmodule() {
        shell("git clone -q --bare other part.git && git clone -q part.git p");
        git("other",
            "submodule add -q ../part.git vendor/part 2>&1 && git commit -qm sub && "
            "git push -q origin main");
    }

    [[nodiscard]] Wish wish() const override {
        Wish wanted = WithRealGit::wish();
        wanted.submodules = true;
        return wanted;
    }

    void expect_whole_after_the_next_run(const std::string& content) {
        const CopyReport report = bring();
        EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
        expect_in_order();
        EXPECT_EQ(tree_.content("copy/vendor/part/a"), content);
        EXPECT_THAT(git("copy", "submodule status"),
                    StartsWith(git("copy", "rev-parse HEAD:vendor/part")));
        EXPECT_EQ(git("copy/vendor/part", "status --porcelain"), "");
        EXPECT_EQ(git("copy/vendor/part", "fsck --strict --no-dangling 2>&1"), "");
        EXPECT_EQ(shell("find copy/.git -name '*.lock' -o -name 'envkeep*'"), "");
    }
};

TEST_F(KilledWithSubmodule, CloneIsCompleteAfterTheNextRun) {
    at_each_call([&] { shell("rm -rf copy .copy.*"); },
                 [&] { (void)bring(); },
                 [&] {
                     EXPECT_EQ(tree_.exists("copy"), tree_.exists("copy/vendor/part/b/c"))
                         << "a clone shows only with its submodule";
                     expect_whole_after_the_next_run("first\n");
                 },
                 stride_of_two);
}

TEST_F(KilledWithSubmodule, FastForwardIsCompleteAfterTheNextRunAndLosesNothing) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    shell("cp -a copy pristine");
    tree_.file("p/a", "newer");
    git("p", "commit -qam newer && git push -q origin HEAD");
    git("other",
        "submodule update -q --remote 2>&1 && git commit -qam newer && git push -q origin main");

    at_each_call([&] { shell("rm -rf copy && cp -a pristine copy"); },
                 [&] { (void)bring(); },
                 [&] { expect_whole_after_the_next_run("newer"); },
                 stride_of_two);
}

}  // namespace
}  // namespace envkeep::git
