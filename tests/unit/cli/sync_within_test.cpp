// SPDX-License-Identifier: MIT
// Repositories that stand in others, such as plugins in the program that they are for.
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/household.hpp"
#include "unit/cli/remote.hpp"

#include <gmock/gmock.h>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SyncWithin : public testing::Household {
  protected:
    // The inner ones first: the order of the manifest is none.
    void want(const std::string& outer) {
        tree().file(manifest_file,
                    "envkeep: 1\nkeep: []\nrepos:\n  - {url: " + remote.url() +
                        ", dir: app/plugins/x}\n  - {url: " + remote.url() +
                        ", dir: app/plugins/x/more}\n  - {url: " + outer + ", dir: app}\n");
    }

    testing::Remote remote;
};

TEST_F(SyncWithin, BringsTheOuterOneFirst) {
    init_with("envkeep: 1\nkeep: []\n");
    want(remote.url());

    EXPECT_THAT(said({"sync"}, 0), HasSubstr("3 repositories: 3 cloned"));

    for (const std::string place : {"app", "app/plugins/x", "app/plugins/x/more"}) {
        EXPECT_EQ(tree().content("home/" + place + "/.vimrc"), "set number\n") << place;
    }
    EXPECT_THAT(said({"sync"}, 0), HasSubstr("3 repositories: 3 up to date"));
}

TEST_F(SyncWithin, TakesNoPlaceWhereTheOuterOneDoesNotCome) {
    init_with("envkeep: 1\nkeep: []\n");
    want("file:///no/such/repository");

    EXPECT_THAT(said({"sync"}, 7), AllOf(HasSubstr("[git-not-fetched]"), Not(HasSubstr("cloned"))));
    EXPECT_FALSE(tree().exists("home/app"));
    EXPECT_THAT(said({"sync", "app/plugins/x"}, 0), HasSubstr("[git-not-fetched]"));
    EXPECT_FALSE(tree().exists("home/app"));

    want(remote.url());
    EXPECT_THAT(said({"sync"}, 0), HasSubstr("3 repositories: 3 cloned"));
}

TEST_F(SyncWithin, GoesOnWhereTheOuterOneIsThereAndCannotBeReached) {
    init_with("envkeep: 1\nkeep: []\n");
    want(remote.url());
    ASSERT_EQ(run({"sync"}).status, 0);
    remote.commit_upstream(".inputrc", "x\n");
    want("file:///no/such/repository");

    EXPECT_THAT(said({"sync"}, 7), HasSubstr("2 fast-forwarded"));
}

// What was told before a push is no more so after it.
TEST_F(SyncWithin, TellsNoCommitThatItHasPushedAsMissing) {
    init_with("envkeep: 1\nkeep: []\nrepos: [{url: " + remote.url() +
              ", dir: x, push: on-sync}]\n");
    tree().file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    ASSERT_EQ(run({"sync"}).status, 0);
    remote.git(tree() / "home/x", "commit -q --allow-empty -m own");

    EXPECT_THAT(said({"sync", "--no-push"}, 0),
                AllOf(HasSubstr("1 commit of yours is not at the remote yet"),
                      HasSubstr("envkeep sync --push '~/x'")));
    EXPECT_THAT(said({"sync"}, 0), AllOf(HasSubstr("pushed"), Not(HasSubstr("git-unpushed"))));
    EXPECT_EQ(remote.subject(), "own");
}

// As plugins often are in dotfiles.
TEST_F(SyncWithin, BringsSubmodulesOfDotfilesWhereTheyAreWished) {
    init_with("envkeep: 1\nkeep: []\ndotfiles: {url: " + remote.url() + "}\n");
    remote.git(".", "clone -q --bare remote.git plugin.git");
    remote.git("other",
               "submodule --quiet add ../plugin.git .vim/pack && git commit -qm p && "
               "git push -q origin main");

    EXPECT_THAT(said({"sync"}, 0),
                AllOf(HasSubstr("dotfiles has submodules"), HasSubstr("'submodules: true'")));
    EXPECT_FALSE(tree().exists("home/.vim/pack/.vimrc"));

    tree().file(manifest_file,
                "envkeep: 1\nkeep: []\ndotfiles: {url: " + remote.url() + ", submodules: true}\n");
    EXPECT_THAT(said({"sync"}, 0), Not(HasSubstr("submodule")));
    EXPECT_EQ(tree().content("home/.vim/pack/.vimrc"), "set number\n");
}

// As one does after a merge.
TEST_F(SyncWithin, MakesABranchThatIsGoneAgainOnlyWhereItIsTold) {
    init_with("envkeep: 1\nkeep: []\nrepos: [{url: " + remote.url() +
              ", dir: x, push: on-sync}]\n");
    tree().file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    ASSERT_EQ(run({"sync"}).status, 0);
    remote.git(tree() / "home/x", "switch -qc work && git commit -q --allow-empty -m own");
    ASSERT_EQ(run({"sync"}).status, 0);
    EXPECT_EQ(remote.git("remote.git", "log -1 --format=%s work"), "own");

    remote.git("remote.git", "branch -qD work");

    const std::string text = said({"sync"}, 1);
    EXPECT_THAT(text,
                AllOf(HasSubstr("no branch 'work' any more"),
                      HasSubstr("switch main"),
                      HasSubstr("envkeep sync --push '~/x'")));
    ASSERT_NE(text.find("git-branch-gone"), std::string::npos);
    EXPECT_EQ(text.find("git-branch-gone"), text.rfind("git-branch-gone")) << "told once";
    EXPECT_EQ(remote.git("remote.git", "branch --list work"), "");
    EXPECT_THAT(said({"sync", "--push", "~/x"}, 0), Not(HasSubstr("git-branch-gone")));
    EXPECT_EQ(remote.git("remote.git", "log -1 --format=%s work"), "own");
}

TEST_F(SyncWithin, PutsChangesUponAHistoryThatSomebodyRewroteAndTellsItOnce) {
    init_with("envkeep: 1\nkeep: []\nrepos: [{url: " + remote.url() +
              ", dir: x, push: on-sync}]\n");
    tree().file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    ASSERT_EQ(run({"sync"}).status, 0);
    remote.git("other", "commit -q --amend -m other && git push -qf origin main");
    tree().file("home/x/.vimrc", "mine");

    const std::string text = said({"sync"}, 0);

    EXPECT_THAT(text, HasSubstr("with own commits upon it"));
    ASSERT_NE(text.find("git-upstream-rewritten"), std::string::npos);
    EXPECT_EQ(text.find("git-upstream-rewritten"), text.rfind("git-upstream-rewritten"));
    EXPECT_EQ(remote.git("remote.git", "rev-parse main^"), remote.git("other", "rev-parse HEAD"));
    EXPECT_EQ(remote.git("remote.git", "show main:.vimrc"), "mine");
}

TEST_F(SyncWithin, TellsWhatEndsWithTheContainer) {
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::tmpfs(command_line_.storage());
        init_with(
            "envkeep: 1\nkeep: []\nsnapshot: {exclude: \"*\"}\nrepos:\n  - {url: " + remote.url() +
            ", dir: x}\n  - {url: " + remote.url() + ", dir: " + command_line_.storage() + "/y}\n");
        tree().file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
        EXPECT_THAT(said({"sync"}, 0), Not(HasSubstr("git-only-here")));
        EXPECT_THAT(said({"snapshot", "-m", "x"}, 0), Not(HasSubstr("git-only-here")));
        tree()
            .file("home/x/.vimrc", "mine")
            .file("home/x/new", "")
            .file("storage/y/.vimrc", "mine");
        remote.git(tree() / "home/x", "commit -q --allow-empty -m own");

        const auto is_told_of_x_alone =
            AllOf(HasSubstr("at the remote: 2 changed or new files, 1 commit of ~/x [git-only-"),
                  HasSubstr("envkeep sync --push '~/x'"),
                  Not(HasSubstr("storage/y [")),
                  Not(HasSubstr("git-unpushed")));
        EXPECT_THAT(said({"sync"}, 0), is_told_of_x_alone);
        EXPECT_THAT(said({"snapshot", "-m", "x"}, 0),
                    AllOf(is_told_of_x_alone, Not(HasSubstr("up to date"))));
        EXPECT_THAT(said({"sync", "--push", "~/x"}, 0), Not(HasSubstr("git-only-here")));
        EXPECT_THAT(said({"snapshot", "-m", "x"}, 0), Not(HasSubstr("git-only-here")));
        remote.git(tree() / "home/x", "switch -qc idea");
        EXPECT_THAT(said({"snapshot", "-m", "x"}, 0), Not(HasSubstr("git-only-here")));
        remote.git(tree() / "home/x", "commit -q --allow-empty -m idea");
        EXPECT_THAT(said({"snapshot", "-m", "x"}, 0), HasSubstr("at the remote: 1 commit of ~/x"));
    });
}

}  // namespace
}  // namespace envkeep::cli
