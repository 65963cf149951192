// SPDX-License-Identifier: MIT
#include "support/child.hpp"
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::text_of;

class Forward : public testing::WithRealGit {
  protected:
    Forward() { EXPECT_EQ(bring().change, CopyChange::cloned); }

    void rewrite_upstream(const std::string& content) {
        git("other", "reset -q --hard HEAD^");
        tree_.file("other/a", content);
        git("other", "commit -qam rewritten && git push -qf origin main");
    }

    [[nodiscard]] RemoteAccess remote() override {
        RemoteAccess access = WithRealGit::remote();
        access.progress = progress_;
        return access;
    }

    std::function<void(std::string_view)> progress_;
};

std::int64_t nanoseconds_ago(std::chrono::seconds past) {
    return (std::chrono::system_clock::now() - past).time_since_epoch() /
           std::chrono::nanoseconds(1);
}

TEST_F(Forward, DoesNothingWhereNothingIsNew) {
    const CopyReport report = bring();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::nothing);
    expect_in_order();
}

TEST_F(Forward, BringsWhatIsNew) {
    commit_upstream("a", "newer");
    commit_upstream("d/e", "new");

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::fast_forwarded) << text_of(report);
    EXPECT_EQ(report.commits, 2U);
    EXPECT_EQ(tree_.content("copy/a") + tree_.content("copy/d/e"), "newernew");
    expect_in_order();
}

TEST_F(Forward, GoesOnBesideChangedFilesThatItDoesNotTouch) {
    commit_upstream("a", "newer");
    tree_.file("copy/b/c", "mine").file("copy/untracked", "mine");

    EXPECT_EQ(bring().change, CopyChange::fast_forwarded);

    EXPECT_EQ(tree_.content("copy/a"), "newer");
    EXPECT_EQ(git("copy", "status --porcelain"), "M b/c\n?? untracked");
}

TEST_F(Forward, NeverWritesOverAChangedFile) {
    commit_upstream("a", "newer");
    tree_.file("copy/a", "mine");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-changed-here"));
    EXPECT_EQ(tree_.content("copy/a"), "mine");
    EXPECT_EQ(report.change, CopyChange::nothing);
    EXPECT_EQ(git("copy", "status --porcelain"), "M a");
}

TEST_F(Forward, NeverLosesWhatIsOnlyInTheIndex) {
    commit_upstream("a", "newer");
    tree_.file("copy/a", "mine");
    git("copy", "add a");
    tree_.file("copy/a", "first\n");

    EXPECT_THAT(ids_of(bring()), ElementsAre("git-changed-here"));

    EXPECT_EQ(git("copy", "show :a"), "mine");
}

TEST_F(Forward, NeverWritesOverAnUntrackedOrIgnoredFile) {
    commit_upstream("new", "theirs");
    tree_.file("copy/new", "mine");
    const CopyReport untracked = bring();
    tree_.file("copy/.git/info/exclude", "new\n");
    const CopyReport ignored = bring();

    EXPECT_THAT(ids_of(untracked), ElementsAre("git-untracked-in-the-way"));
    EXPECT_THAT(untracked.findings.front().evidence, ElementsAre("new"));
    EXPECT_THAT(ids_of(ignored), ElementsAre("git-untracked-in-the-way"));
    EXPECT_EQ(tree_.content("copy/new"), "mine");
}

TEST_F(Forward, LeavesADivergedCopyAsItIs) {
    commit_upstream("a", "theirs");
    tree_.file("copy/b/c", "mine");
    git("copy", "commit -qam mine");
    const std::string before = git("copy", "rev-parse HEAD");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-diverged")) << text_of(report);
    EXPECT_EQ(git("copy", "rev-parse HEAD"), before);
    // The command that it names does mend it.
    shell(report.findings.front().fix.commands.back() + " 2>&1");
    EXPECT_EQ(git("copy", "rev-list --count origin/main..HEAD"), "1");
}

TEST_F(Forward, TellsOfOwnCommits) {
    git("copy", "commit -q --allow-empty -m mine");

    EXPECT_THAT(ids_of(bring()), ElementsAre("git-unpushed"));
}

TEST_F(Forward, FollowsARewrittenUpstreamWhereNothingIsOwn) {
    commit_upstream("a", "second");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    rewrite_upstream("other second");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-upstream-rewritten")) << text_of(report);
    EXPECT_EQ(tree_.content("copy/a"), "other second");
    shell(report.findings.front().fix.commands.front());
    EXPECT_EQ(git("copy", "show before-it:a"), "second");
    expect_in_order();
}

TEST_F(Forward, LeavesARewrittenUpstreamToSyncWhereItOnlyGoesForward) {
    commit_upstream("a", "second");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    rewrite_upstream("other second");
    Wish at_start = wish();
    at_start.only_forward = true;

    const CopyReport report = bring(at_start);

    EXPECT_THAT(ids_of(report), ElementsAre("git-upstream-rewritten")) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::nothing);
    EXPECT_EQ(tree_.content("copy/a"), "second");
    EXPECT_THAT(report.findings.front().fix.commands, ElementsAre("envkeep sync dotfiles"));
    EXPECT_EQ(bring().change, CopyChange::checked_out);
    EXPECT_EQ(tree_.content("copy/a"), "other second");
    expect_in_order();
}

TEST_F(Forward, LeavesAChangedCopyOfARewrittenUpstream) {
    commit_upstream("a", "second");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    rewrite_upstream("other second");
    tree_.file("copy/b/c", "mine");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-upstream-rewritten"));
    EXPECT_EQ(tree_.content("copy/a") + tree_.content("copy/b/c"), "secondmine");
}

TEST_F(Forward, TellsOfABranchThatIsGone) {
    git("other", "push -q origin main:trunk");
    git("remote.git", "symbolic-ref HEAD refs/heads/trunk");
    const CopyReport other_default = bring();
    git("other", "push -q origin :main");
    const CopyReport gone = bring();

    EXPECT_THAT(ids_of(other_default), ElementsAre("git-not-default-branch"));
    EXPECT_THAT(ids_of(gone), ElementsAre("git-branch-gone")) << text_of(gone);
    shell(gone.findings.front().fix.commands.front() + " 2>&1");
    EXPECT_EQ(git("copy", "branch --show-current"), "trunk");
}

TEST_F(Forward, ChangesBranchAndTagOnlyWhereNothingIsLost) {
    git("other",
        "switch -qc work && git commit -q --allow-empty -m w && git tag v1 && "
        "git push -q origin work v1");
    Wish by_branch = wish();
    by_branch.branch = "work";
    Wish by_tag = wish();
    by_tag.tag = "v1";

    tree_.file("copy/a", "mine");
    EXPECT_THAT(ids_of(bring(by_branch)), ElementsAre("git-other-branch"));
    git("copy", "checkout -q a");
    git("copy", "switch -qc own && git commit -q --allow-empty -m own");
    EXPECT_THAT(ids_of(bring(by_tag)), ElementsAre("git-other-branch"));
    git("copy", "switch -q --detach");
    const CopyReport unnamed = bring();
    EXPECT_THAT(ids_of(unnamed), ElementsAre("git-other-branch"));
    EXPECT_THAT(unnamed.findings.front().title, HasSubstr("the remote's default branch is"));
    git("copy", "switch -q main");
    EXPECT_EQ(bring(by_branch).change, CopyChange::checked_out);
    expect_in_order();
    EXPECT_EQ(bring(by_tag).change, CopyChange::checked_out);

    EXPECT_EQ(git("copy", "rev-parse HEAD"), git("other", "rev-parse v1"));
    EXPECT_EQ(git("copy", "branch --show-current"), "");
    EXPECT_EQ(bring(by_tag).change, CopyChange::nothing);
}

TEST_F(Forward, KeepsTheLastGoodCopyWhereTheRemoteIsGone) {
    tree_.rename("remote.git", "away.git");

    const CopyReport report = bring();

    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_THAT(report.findings.front().evidence, Contains(HasSubstr("was last fetched")));
    EXPECT_EQ(tree_.content("copy/a"), "first\n");
}

TEST_F(Forward, LeavesWhatSomebodyBeganAndLocksAlone) {
    commit_upstream("a", "newer");
    tree_.file("copy/.git/index.lock").file("copy/.git/refs/heads/x.lock");
    const CopyReport locked = bring();
    shell(locked.findings.front().fix.commands.front());
    shell(locked.findings.front().fix.commands.back());
    tree_.file("copy/.git/MERGE_HEAD", git("copy", "rev-parse HEAD") + "\n");
    const CopyReport merging = bring();

    EXPECT_THAT(ids_of(locked), ElementsAre("git-locked")) << text_of(locked);
    EXPECT_THAT(locked.findings.front().evidence, Contains(HasSubstr("refs/heads/x.lock, ")));
    EXPECT_THAT(ids_of(merging), ElementsAre("git-unfinished")) << text_of(merging);
    EXPECT_EQ(tree_.content("copy/a"), "first\n");
}

TEST_F(Forward, WaitsForARunThatLivesAndTakesOverFromADeadOneWithItsLocks) {
    commit_upstream("a", "newer");
    const std::string mark = "copy/.git/envkeep-at-work";
    tree_.file(mark, "another container\n1\n1\n\n\n\n")
        .file("copy/.git/index.lock")
        .modified(mark, nanoseconds_ago(300s))
        .modified("copy/.git/index.lock", nanoseconds_ago(290s));
    const CopyReport alive = bring();
    tree_.modified(mark, nanoseconds_ago(700s));
    const CopyReport dead = bring();

    EXPECT_THAT(ids_of(alive), ElementsAre("git-busy")) << text_of(alive);
    EXPECT_EQ(dead.change, CopyChange::fast_forwarded) << text_of(dead);
    expect_in_order();
}

TEST_F(Forward, KeepsItsMarkFreshWhileItIsAtWork) {
    commit_upstream("a", "newer");
    const std::string mark = "copy/.git/envkeep-at-work";
    std::vector<std::int64_t> seen;
    progress_ = [&](std::string_view text) {
        if (!text.starts_with("waiting")) {
            seen.push_back(tree_.modified_at(mark));
            tree_.modified(mark, nanoseconds_ago(700s));
        }
    };

    EXPECT_EQ(bring().change, CopyChange::fast_forwarded);

    EXPECT_THAT(seen, SizeIs(Gt(1U)));
    EXPECT_THAT(seen, Each(Gt(nanoseconds_ago(120s)))) << "as another container sees it";
    EXPECT_FALSE(tree_.exists(mark));
}

TEST_F(Forward, EndsAMoveThatFailedWithItsFilesWritten) {
    commit_upstream("a", "newer");
    commit_upstream("d/e", "new");
    git("copy", "fetch -q");
    // libgit2 gives the index its name by this call.
    envkeep::testing::with_refused_calls({{.number = SYS_rename, .code = EACCES}}, [&] {
        EXPECT_THAT(ids_of(bring()), ElementsAre("git-copy-failed"));
    });
    ASSERT_EQ(tree_.content("copy/d/e"), "new");
    ASSERT_NE(git("copy", "rev-parse HEAD"), git("remote.git", "rev-parse main"));

    const CopyReport report = bring();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::fast_forwarded);
    EXPECT_EQ(tree_.content("copy/a") + tree_.content("copy/d/e"), "newernew");
    expect_in_order();
    EXPECT_FALSE(tree_.exists("copy/.git/envkeep-at-work"));
}

TEST_F(Forward, LeavesALockThatIsOlderThanTheMarkOfADeadRun) {
    tree_.file("copy/.git/index.lock")
        .modified("copy/.git/index.lock", 1)
        .file("copy/.git/envkeep-at-work", "another container\n1\n1\n\n\n\n")
        .modified("copy/.git/envkeep-at-work", 2);

    EXPECT_THAT(ids_of(bring()), ElementsAre("git-locked"));
    EXPECT_TRUE(tree_.exists("copy/.git/index.lock"));
}

TEST_F(Forward, LeavesALockWhileAGitWorksThere) {
    tree_.file("copy/.git/index.lock").fifo("ready").fifo("go");
    tree_.file("copy/.git/hold", "echo > ../ready\nread line < ../go\n");
    shell(
        "{ (cd copy && exec git -c alias.hold='!sh .git/hold' hold) >/dev/null 2>&1 & } ; cat "
        "ready");

    const CopyReport report = bring();
    shell("echo > go");

    EXPECT_THAT(ids_of(report), ElementsAre("git-locked"));
    EXPECT_THAT(report.findings.front().fix.commands, IsEmpty());
}

TEST_F(Forward, OfAShallowCopyTakesAnotherBranchToo) {
    Wish shallow = wish();
    shallow.folder += "-shallow";
    shallow.branch = "main";
    shallow.shallow = true;
    EXPECT_THAT(bring(shallow).findings, IsEmpty());
    git("other", "switch -qc work && git commit -q --allow-empty -m w && git push -q origin work");
    shallow.branch = "work";

    const CopyReport report = bring(shallow);

    EXPECT_EQ(report.change, CopyChange::checked_out) << text_of(report);
    expect_in_order("copy-shallow");
    EXPECT_EQ(bring(shallow).change, CopyChange::nothing);
    EXPECT_EQ(git("copy-shallow", "config --get-all remote.origin.fetch | wc -l"), "2");
}

TEST_F(Forward, TakesTheCopyOfTheSameRepositoryUnderAnotherUrl) {
    commit_upstream("a", "newer");
    Wish wanted = wish();
    wanted.url = "file://" + tree_.path() + "/remote.git/";

    EXPECT_EQ(bring(wanted).change, CopyChange::fast_forwarded);
    EXPECT_EQ(git("copy", "config remote.origin.url"), wish().url);
}

TEST_F(Forward, ReachesARemoteByInsteadOf) {
    tree_.file(
        "home/.gitconfig",
        tree_.content("home/.gitconfig") + "[url \"" + tree_.path() + "/\"]\n\tinsteadOf = gh:\n");
    Wish short_url = wish();
    short_url.url = "gh:remote.git";
    short_url.folder += "-short";
    EXPECT_EQ(bring(short_url).change, CopyChange::cloned);
    commit_upstream("a", "newer");

    const CopyReport report = bring(short_url);

    EXPECT_EQ(report.change, CopyChange::fast_forwarded) << text_of(report);
    EXPECT_EQ(git("copy-short", "config remote.origin.url"), "gh:remote.git");
    expect_in_order("copy-short");
}

TEST_F(Forward, WorksInACopyOfAnotherOwnerOnlyWhereTheStoreIsHis) {
    shell("chown -R 4242 copy");
    const CopyReport refused = bring();
    store_owner_ = 4242;
    const CopyReport taken = bring();
    store_owner_.reset();
    shell("git config --global --add safe.directory " + tree_.path() + "/copy");
    const CopyReport named = bring();

    EXPECT_THAT(ids_of(refused), ElementsAre("git-owner"));
    EXPECT_THAT(ids_of(taken), ElementsAre("git-dubious-owner"));
    EXPECT_THAT(named.findings, IsEmpty()) << text_of(named);
}

}  // namespace
}  // namespace envkeep::git
