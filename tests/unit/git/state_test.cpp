// SPDX-License-Identifier: MIT
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class State : public testing::WithRealGit {
  protected:
    State() { git(".", "clone -q remote.git copy"); }

    Result<CopyState> state(const std::string& folder = "copy") {
        return state_of(tree_ / folder, local());
    }
};

TEST_F(State, OfACleanCopy) {
    const auto seen = state();

    ASSERT_TRUE(seen) << seen.error().message;
    const std::string head = git("copy", "rev-parse HEAD");
    EXPECT_EQ(*seen, (CopyState{.exists = true, .branch = "main", .head = head}));
}

TEST_F(State, TellsChangedUntrackedAndIgnoredApart) {
    tree_.file("copy/a", "mine")
        .file("copy/.gitignore", "*.log\n")
        .file("copy/x.log")
        .file("copy/new/one")
        .file("copy/new/two")
        .file("copy/staged")
        .remove("copy/b/c");
    git("copy", "add staged");

    const auto seen = state();

    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_THAT(seen->changed, UnorderedElementsAre("a", "b/c", "staged"));
    EXPECT_THAT(seen->untracked, UnorderedElementsAre(".gitignore", "new/"));
}

// Where both sides moved, sync pushes this one as a branch of its own: then nothing is here alone.
TEST_F(State, CountsCommitsThatNoBranchOfTheRemoteHas) {
    commit_upstream("a", "x");
    git("copy", "fetch -q && git commit -q --allow-empty -m one");
    git("copy", "commit -q --allow-empty -m two");
    EXPECT_EQ(state()->only_here, 2U);

    git("copy", "push -q origin HEAD~1:refs/heads/envkeep/vm");
    EXPECT_EQ(state()->only_here, 1U);

    git("copy", "push -q origin HEAD:refs/heads/envkeep/vm");
    EXPECT_EQ(state()->only_here, 0U);
}

TEST_F(State, OfADetachedAnUnbornAndALinkedCopy) {
    git("copy", "worktree add -q ../linked 2>&1");
    git("copy", "checkout -q --detach");
    git(".", "init -q unborn");

    const auto detached = state();
    const auto unborn = state("unborn");
    const auto linked = state("linked");

    ASSERT_TRUE(detached && unborn && linked);
    EXPECT_EQ(detached->branch, "");
    EXPECT_EQ(detached->head, git("copy", "rev-parse HEAD"));
    EXPECT_EQ(unborn->branch, "main");
    EXPECT_EQ(unborn->head, "");
    EXPECT_EQ(linked->branch, "linked");
    EXPECT_EQ(linked->head, detached->head);
}

TEST_F(State, OfNoRepositoryIsAnAnswerAndNothingAboveIsLookedAt) {
    tree_.folder("copy/below").file("file");

    EXPECT_FALSE(state("nowhere").value_or(CopyState{.exists = true}).exists);
    EXPECT_FALSE(state("copy/below").value_or(CopyState{.exists = true}).exists);
    EXPECT_FALSE(state("file").value_or(CopyState{.exists = true}).exists);
}

TEST_F(State, RefusesABareABrokenAndAStrangersRepository) {
    tree_.file("broken/.git/HEAD", "nonsense");
    git(".", "clone -q remote.git hollow");
    shell("rm -rf hollow/.git/objects/*");
    git(".", "clone -q remote.git his");
    shell("chown -R 4242 his");

    const auto bare = state("remote.git");
    const auto broken = state("broken");
    const auto hollow = state("hollow");
    const auto his = state("his");

    ASSERT_TRUE(!bare && !broken && !hollow && !his);
    EXPECT_THAT(bare.error().message, HasSubstr("bare"));
    EXPECT_EQ(broken.error().kind, ErrorKind::unsupported);
    EXPECT_EQ(his.error().kind, ErrorKind::permission_denied);
    EXPECT_THAT(his.error().hint, HasSubstr("safe.directory"));
}

TEST_F(State, NamesLocksWithTheirAgeAndWhatWasBegun) {
    tree_.file("copy/.git/index.lock")
        .file("copy/.git/refs/heads/deep/er.lock")
        .file("copy/.git/refs/heads/locksmith")
        .file("copy/.git/shallow.lock")
        .file("copy/.git/MERGE_HEAD", git("copy", "rev-parse HEAD") + "\n");
    shell("rm copy/.git/refs/heads/locksmith");

    const auto seen = state();

    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_THAT(seen->locks,
                UnorderedElementsAre(MatchesRegex("index.lock, [0-9]+ s old"),
                                     MatchesRegex("shallow.lock, [0-9]+ s old"),
                                     MatchesRegex("refs/heads/deep/er.lock, [0-9]+ s old")));
    EXPECT_EQ(seen->unfinished, "merge");
}

TEST_F(State, ListsNoMoreThanItMay) {
    shell("cd copy && seq 3000 | sed 's/^/f/' | xargs touch");

    const auto seen = state();

    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_THAT(seen->untracked, SizeIs(listed_files));
}

TEST_F(State, SeesChangesInsideASubmodule) {
    git("copy", "submodule add -q ../remote.git part 2>&1 && git commit -qm part");
    const auto clean = state();
    tree_.file("copy/part/a", "mine");
    const auto changed = state();

    ASSERT_TRUE(clean && changed);
    EXPECT_THAT(clean->changed, IsEmpty());
    EXPECT_THAT(changed->changed, ElementsAre("part"));
}

TEST_F(State, ChangesNothing) {
    tree_.file("copy/a", "first\n");
    const std::vector<std::string> before = tree_.snapshot("copy/.git");

    ASSERT_TRUE(state());

    EXPECT_EQ(tree_.snapshot("copy/.git"), before);
}

}  // namespace
}  // namespace envkeep::git
