// SPDX-License-Identifier: MIT
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using testing::text_of;

// A copy with the submodule `mod`, for which the remote has a newer commit.
class OwnWorkInASubmodule : public testing::WithRealGit {
  protected:
    OwnWorkInASubmodule() {
        shell("git clone -q --bare other part.git && git clone -q part.git p");
        git("other",
            "submodule add -q ../part.git mod 2>&1 && git commit -qm sub && git push -q origin "
            "main");
        EXPECT_EQ(bring().change, CopyChange::cloned);
        before_ = git("copy/mod", "rev-parse HEAD");
    }

    [[nodiscard]] Wish wish() const override {
        Wish wanted = WithRealGit::wish();
        wanted.submodules = true;
        return wanted;
    }

    void note_newer_commit_upstream() {
        tree_.file("p/a", "newer");
        git("p", "commit -qam newer && git push -q origin HEAD");
        git("other",
            "submodule update -q --remote 2>&1 && git commit -qam newer && git push -q origin "
            "main");
    }

    void expect_left(const CopyReport& report, const std::string& why) {
        ASSERT_THAT(ids_of(report), ElementsAre("git-submodule-left")) << text_of(report);
        EXPECT_THAT(report.findings.front().evidence, ElementsAre(HasSubstr(why)));
    }

    std::string before_;
};

TEST_F(OwnWorkInASubmodule, CommitsStayWhereTheyAre) {
    tree_.file("copy/mod/own", "mine");
    git("copy/mod", "add own && git commit -qm own");
    const std::string own = git("copy/mod", "rev-parse HEAD");

    const CopyReport report = bring();

    expect_left(report, "commits that its remote has not");
    EXPECT_EQ(git("copy/mod", "rev-parse HEAD"), own);
    EXPECT_EQ(tree_.content("copy/mod/own"), "mine");
    // What it names does keep them, and takes the submodule along.
    for (const std::string& command : report.findings.front().fix.commands) {
        shell(command + " 2>&1");
    }
    EXPECT_THAT(bring().findings, IsEmpty());
    EXPECT_EQ(git("copy/mod", "rev-parse HEAD before-it"), before_ + "\n" + own);
}

TEST_F(OwnWorkInASubmodule, ABranchStaysTheOneThatItStandsAt) {
    git("copy/mod", "switch -qc work");
    note_newer_commit_upstream();

    expect_left(bring(), "'work'");

    EXPECT_EQ(git("copy/mod", "symbolic-ref HEAD"), "refs/heads/work");
    EXPECT_EQ(git("copy/mod", "rev-parse HEAD"), before_);
}

TEST_F(OwnWorkInASubmodule, WhatIsStagedStays) {
    note_newer_commit_upstream();
    ASSERT_EQ(bring(WithRealGit::wish()).change, CopyChange::fast_forwarded);
    tree_.file("copy/mod/own", "mine");
    git("copy/mod", "add own");

    expect_left(bring(), "files in it were changed");

    EXPECT_EQ(git("copy/mod", "status --porcelain"), "A  own");
}

TEST_F(OwnWorkInASubmodule, ACommitThatIsStagedForItStays) {
    tree_.file("p/a", "newer");
    git("p", "commit -qam newer && git push -q origin HEAD");
    git("copy/mod", "fetch -q && git checkout -q origin/main");
    git("copy", "add mod");
    const std::string newer = git("copy/mod", "rev-parse HEAD");

    expect_left(bring(), "another commit of it is staged");

    EXPECT_EQ(git("copy/mod", "rev-parse HEAD"), newer);
}

TEST_F(OwnWorkInASubmodule, NoneMeansThatItGoesAlong) {
    // As after a checkout of a commit that no branch of its remote has any more.
    git("p", "commit -q --amend -m rewritten && git push -qf origin HEAD");
    git("copy/mod", "fetch -q --prune");
    note_newer_commit_upstream();

    EXPECT_THAT(bring().findings, IsEmpty());

    EXPECT_EQ(tree_.content("copy/mod/a"), "newer");
}

TEST_F(OwnWorkInASubmodule, ALinkInItsPlaceIsNotFollowed) {
    git(".", "clone -q part.git mine");
    git("mine", "commit -q --allow-empty -m own");
    const auto before = tree_.snapshot("mine");
    tree_.remove("copy/mod").link("copy/mod", "../mine");
    note_newer_commit_upstream();

    const CopyReport report = bring();

    EXPECT_EQ(tree_.snapshot("mine"), before);
    EXPECT_THAT(text_of(report), HasSubstr("a link stands in its place"));
}

TEST_F(OwnWorkInASubmodule, ALinkInItsPlaceIsNotFilled) {
    tree_.folder("outside").remove("copy/mod").link("copy/mod", "../outside");

    const CopyReport report = bring();

    EXPECT_THAT(tree_.snapshot("outside"), IsEmpty());
    ASSERT_THAT(ids_of(report), ElementsAre("git-submodule-failed")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("a link stands in its place"));
}

}  // namespace
}  // namespace envkeep::git
