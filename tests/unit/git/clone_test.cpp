// SPDX-License-Identifier: MIT
#include "git/remote_callbacks.hpp"
#include "support/mounts.hpp"
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using testing::text_of;

class Clone : public testing::WithRealGit {};

TEST_F(Clone, StandsAtTheRemotesDefaultBranch) {
    const CopyReport report = bring();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::cloned);
    EXPECT_EQ(report.after, git("other", "rev-parse HEAD"));
    EXPECT_EQ(tree_.content("copy/b/c"), "second\n");
    EXPECT_EQ(git("copy", "symbolic-ref refs/remotes/origin/HEAD"), "refs/remotes/origin/main");
    expect_in_order();
}

TEST_F(Clone, TellsWhichLineOfTheConfigurationIsWrong) {
    tree_.file("home/.gitconfig", "[user]\n  name = me\nno key: at all\n");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-config-unreadable"));
    EXPECT_THAT(text_of(report), HasSubstr(".gitconfig:3"));
    EXPECT_FALSE(tree_.exists("copy"));
}

TEST_F(Clone, MakesTheFoldersAboveItAndTakesAnEmptyFolderWithItsMode) {
    Wish deep = wish();
    deep.folder = tree_ / "x/y/z";
    tree_.folder("x/y/z", 0700);

    const CopyReport report = bring(deep);

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
    EXPECT_EQ(tree_.mode_of("x/y/z"), 0700U);
    deep.folder = tree_ / "p/q/r";
    EXPECT_EQ(bring(deep).change, CopyChange::cloned);
    expect_in_order("p/q/r");
}

TEST_F(Clone, TakesABranchATagACommitAndAShortCommit) {
    commit_upstream("d", "third");
    git("other",
        "tag -a v1 -m one main^ && git push -q origin v1 && git switch -qc work && "
        "git commit -q --allow-empty -m work && git push -q origin work");
    const std::string first = git("other", "rev-parse main^");
    Wish by_branch = wish();
    by_branch.branch = "work";
    Wish by_tag = wish();
    by_tag.tag = "v1";
    by_tag.folder += "-tag";
    Wish by_commit = wish();
    by_commit.commit = first.substr(0, 8);
    by_commit.folder += "-commit";

    EXPECT_THAT(bring(by_branch).findings, IsEmpty());
    EXPECT_THAT(bring(by_tag).findings, IsEmpty());
    EXPECT_THAT(bring(by_commit).findings, IsEmpty());

    EXPECT_EQ(git("copy", "branch --show-current"), "work");
    EXPECT_EQ(git("copy-tag", "rev-parse HEAD"), first);
    EXPECT_EQ(git("copy-tag", "branch --show-current"), "");
    EXPECT_EQ(git("copy-commit", "rev-parse HEAD"), first);
}

TEST_F(Clone, TakesACommitThatNoBranchHolds) {
    const std::string lost = git("other", "commit-tree -m lost HEAD^{tree}");
    git("other", "push -q origin " + lost + ":refs/hidden/x");
    git("remote.git", "config uploadpack.allowAnySHA1InWant true");
    Wish wanted = wish();
    wanted.commit = lost;

    const CopyReport report = bring(wanted);

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(git("copy", "rev-parse HEAD"), lost);
    wanted.commit = "0123456789012345678901234567890123456789";
    wanted.folder += "-none";
    EXPECT_THAT(ids_of(bring(wanted)), ElementsAre("git-not-at-remote"));
    EXPECT_FALSE(tree_.exists("copy-none"));
}

TEST_F(Clone, LeavesNothingWhereTheRemoteHasNoSuchBranchOrIsNotThere) {
    Wish wanted = wish();
    wanted.branch = "mainn";

    const CopyReport no_branch = bring(wanted);
    wanted.url = tree_ / "nowhere.git";
    const CopyReport no_remote = bring(wanted);

    EXPECT_THAT(ids_of(no_branch), ElementsAre("git-not-at-remote"));
    EXPECT_THAT(text_of(no_branch), HasSubstr("was 'main' meant?"));
    EXPECT_THAT(no_branch.findings.front().evidence, ElementsAre("it has main"));
    EXPECT_EQ(no_remote.findings.size(), 1U) << text_of(no_remote);
    EXPECT_EQ(shell("ls -A"), "home\nother\nremote.git");
}

TEST_F(Clone, NamesThePathWhereThereIsNoRepository) {
    tree_.folder("empty").file("file", "x");
    for (const std::string path : {"none", "empty", "file"}) {
        for (const std::string way : {"", "file://"}) {
            Wish wanted = wish();
            wanted.url = way + (tree_ / path);

            const CopyReport report = bring(wanted);

            ASSERT_THAT(ids_of(report), ElementsAre("git-repository-missing")) << wanted.url;
            EXPECT_EQ(report.findings.front().title, "there is no repository at " + (tree_ / path));
            EXPECT_THAT(report.findings.front().fix.text, HasSubstr("correct the path"));
        }
    }
}

TEST_F(Clone, OfAnEmptyRemoteIsReadyForAFirstPush) {
    git(".", "init -q --bare empty.git");
    Wish wanted = wish();
    wanted.url = tree_ / "empty.git";
    wanted.branch = "main";

    const CopyReport report = bring(wanted);

    EXPECT_THAT(ids_of(report), ElementsAre("git-empty-remote")) << text_of(report);
    EXPECT_EQ(git("copy", "symbolic-ref HEAD"), "refs/heads/main");
    tree_.file("copy/new", "x");
    EXPECT_TRUE(git::publish(wanted, {.message = "m"}, remote(), local()).is_pushed);
    EXPECT_EQ(git("empty.git", "rev-parse main"), git("copy", "rev-parse HEAD"));
    expect_in_order();
}

// A commit without files would be all that the remote then had, on a branch that nobody named.
TEST_F(Clone, OfAnEmptyRemoteHasNothingToCommit) {
    git(".", "init -q --bare -b main empty.git");
    tree_.remove("home/.gitconfig")
        .file("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    Wish wanted = wish();
    wanted.url = tree_ / "empty.git";
    EXPECT_THAT(ids_of(bring(wanted)), ElementsAre("git-empty-remote"));

    const CopyReport nothing = git::publish(wanted, {.message = "m"}, remote(), local());

    EXPECT_EQ(nothing.change, CopyChange::nothing) << text_of(nothing);
    EXPECT_FALSE(nothing.is_pushed);
    EXPECT_EQ(git("empty.git", "for-each-ref"), "");
    tree_.file("copy/new", "x");
    EXPECT_TRUE(git::publish(wanted, {.message = "m"}, remote(), local()).is_pushed);
    EXPECT_EQ(git("empty.git", "rev-parse main"), git("copy", "rev-parse HEAD"));
    tree_.file("home/.gitconfig", "[init]\n\tdefaultBranch = trunk\n");
    wanted.folder = tree_ / "second";
    git(".", "init -q --bare -b trunk other_empty.git");
    wanted.url = tree_ / "other_empty.git";
    EXPECT_THAT(ids_of(bring(wanted)), ElementsAre("git-empty-remote"));
    EXPECT_EQ(git("second", "symbolic-ref HEAD"), "refs/heads/trunk");
}

TEST_F(Clone, LeavesAFolderWithSomethingInItAndAnotherRepositoryAlone) {
    tree_.file("copy/mine", "mine");
    const CopyReport in_use = bring();
    git(".", "clone -q other second");
    Wish wanted = wish();
    wanted.folder = tree_ / "second";
    const std::vector<std::string> before = tree_.snapshot("second/.git");
    const CopyReport other_url = bring(wanted);

    EXPECT_THAT(ids_of(in_use), ElementsAre("git-folder-in-use"));
    EXPECT_EQ(tree_.content("copy/mine"), "mine");
    EXPECT_THAT(ids_of(other_url), ElementsAre("git-other-url"));
    EXPECT_EQ(tree_.snapshot("second/.git"), before);
}

TEST_F(Clone, TwiceAtOnceEndsWellForBoth) {
    const LibGit for_both(tree_ / "home");  // started once, as a program with two threads does
    CopyReport one;
    CopyReport other;
    posix::Files own_files;
    const posix::Machine machine(posix::environment());
    const LocalAccess own{
        .files = own_files, .writer = own_files, .machine = machine, .home = tree_ / "home"};
    std::thread second([&] { other = git::bring(wish(), remote(), own); });

    one = bring();
    second.join();

    const auto is_well = ::testing::AnyOf(IsEmpty(), ElementsAre("git-busy"));
    EXPECT_THAT(ids_of(one), is_well) << text_of(one);
    EXPECT_THAT(ids_of(other), is_well) << text_of(other);
    expect_in_order();
}

TEST_F(Clone, RemovesWhatKilledClonesLeft) {
    tree_.file(".copy.envkeep-0123abcd/at-work", "other box\n1\n1\n\n\n\n")
        .modified(".copy.envkeep-0123abcd", 1)
        .folder(".copy.envkeep-11111111")
        .file(".copy.envkeep-22222222/at-work", "a living box\n1\n1\n\n\n\n");

    EXPECT_EQ(bring().change, CopyChange::cloned);

    EXPECT_EQ(shell("ls -A | grep envkeep-"), ".copy.envkeep-22222222");
}

TEST_F(Clone, BringsSubmodulesAlsoByRelativeUrls) {
    git(".", "init -q --bare part.git && git clone -q part.git p 2>&1");
    tree_.file("p/inner", "inner");
    git("p", "add . && git commit -qm p && git push -q origin main");
    git("other",
        "submodule add -q ../part.git vendor/part 2>&1 && git commit -qm sub && "
        "git push -q origin main");
    Wish wanted = wish();
    wanted.submodules = true;

    const CopyReport report = bring(wanted);

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(tree_.content("copy/vendor/part/inner"), "inner");
    EXPECT_THAT(git("copy", "submodule status"), HasSubstr("vendor/part"));
    expect_in_order();
    tree_.file("p/inner", "newer");
    git("p", "commit -qam q && git push -q origin main");
    git("other",
        "submodule update -q --remote && git commit -qam newer && git push -q origin main");

    EXPECT_THAT(bring(wanted).findings, IsEmpty());

    EXPECT_EQ(tree_.content("copy/vendor/part/inner"), "newer");
    expect_in_order();
    const std::string written = "stat -c %y copy/.git/modules/vendor/part";
    const std::string before = shell(written);

    EXPECT_THAT(bring(wanted).findings, IsEmpty());

    EXPECT_EQ(shell(written), before) << "nothing was to be done there";
}

TEST_F(Clone, TellsOnceOfSubmodulesThatNobodyWishesFor) {
    git(".", "init -q --bare sub.git");
    git("other",
        "push -q ../sub.git main && git -c protocol.file.allow=always submodule --quiet add "
        "../sub.git x/s && git commit -qm s && git push -q origin main");

    const CopyReport report = bring();

    ASSERT_THAT(ids_of(report), ElementsAre("git-submodules-left-out")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("x/s"));
    EXPECT_THAT(bring().findings, IsEmpty());
    Wish wanted = wish();
    wanted.submodules = true;
    EXPECT_THAT(bring(wanted).findings, IsEmpty());
    EXPECT_EQ(tree_.content("copy/x/s/a"), "first\n");
}

TEST_F(Clone, BringsNoneOfMoreSubmodulesThanARepositoryHas) {
    shell(
        "cd other && head=$(git rev-parse HEAD) && for i in $(seq 251); do printf '[submodule "
        "\"s%d\"]\\n path = s%d\\n url = "
        "/none\\n' $i $i; done >.gitmodules && git add .gitmodules && for i in $(seq 251); do "
        "printf "
        "'160000 %s 0\\ts%d\\n' $head $i; done | git update-index --index-info && "
        "git commit -qm many && git push -q origin main");
    Wish wanted = wish();
    wanted.submodules = true;

    const CopyReport report = bring(wanted);

    EXPECT_EQ(report.change, CopyChange::cloned);
    ASSERT_THAT(ids_of(report), ElementsAre("git-submodule-failed"));
    EXPECT_THAT(report.findings.front().evidence,
                ElementsAre("there are more than 250 of them, and none came"));
}

// As `git init --bare` makes it where the branch is called otherwise.
TEST_F(Clone, OfARemoteWhoseDefaultIsNotThereTakesTheOnlyBranch) {
    git("remote.git", "symbolic-ref HEAD refs/heads/trunk");

    const CopyReport report = bring();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(git("copy", "branch --show-current"), "main");
    expect_in_order();
    commit_upstream("a", "news");
    EXPECT_EQ(bring().change, CopyChange::fast_forwarded);
}

TEST_F(Clone, OfARemoteWhoseDefaultIsNotThereAsksWhichOfSeveral) {
    git("remote.git", "symbolic-ref HEAD refs/heads/trunk");
    git("other", "push -q origin main:work");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-not-at-remote")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("it has main, work"));
    EXPECT_THAT(text_of(report), HasSubstr("'branch:'"));
    EXPECT_FALSE(tree_.exists("copy"));
    git(".", "clone -q -b work remote.git copy");
    EXPECT_THAT(bring().findings, IsEmpty()) << "a copy that is there has its branch";
}

TEST_F(Clone, TellsWhereFilesLieInLfs) {
    commit_upstream(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    commit_upstream("x.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");
    commit_upstream("y.txt", "version https://git-lfs.github.com/spec/v1\n");

    const CopyReport report = bring();

    ASSERT_THAT(ids_of(report), ElementsAre("git-lfs-not-supported"));
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("x.bin"));
    EXPECT_THAT(ids_of(bring()), ElementsAre("git-lfs-not-supported"));
    tree_.file("copy/x.bin", "all of it");
    EXPECT_THAT(ids_of(bring()), IsEmpty()) << "pulled by git-lfs";
}

class OnAMount : public Clone {
    envkeep::testing::OwnMounts mounts_;
};

TEST_F(OnAMount, IsToldWhereNothingCanTakeItsPlace) {
    tree_.folder("disk");
    const auto disk = envkeep::testing::ScopedMount::tmpfs(tree_ / "disk");
    Wish wanted = wish();
    wanted.folder = tree_ / "disk";

    const CopyReport report = bring(wanted);

    EXPECT_THAT(ids_of(report), ElementsAre("git-folder-in-use"));
    EXPECT_THAT(text_of(report), HasSubstr("disk/work'"));
    EXPECT_EQ(shell("ls -A disk"), "");
}

// Blobs of 6 MiB each, and room for neither the objects nor the files, or for the objects alone.
class OnASmallDisk : public Clone {
  protected:
    OnASmallDisk() {
        shell(
            "cd other && head=$(git rev-parse HEAD) && for i in 1 2; do head -c 6291456 "
            "/dev/urandom > big$i; done && "
            "for i in 3 4 5 6; do head -c 6291456 /dev/zero > big$i; done && git add . && "
            "git commit -qm big && git push -q origin main");
        tree_.folder("disk");
    }

    CopyReport bring_to_disk(const std::string& size) {
        const auto disk = envkeep::testing::ScopedMount::tmpfs(tree_ / "disk", "size=" + size);
        Wish wanted = wish();
        wanted.folder = tree_ / "disk/copy";
        CopyReport report = bring(wanted);
        EXPECT_EQ(shell("ls -A disk"), "");
        return report;
    }

  private:
    envkeep::testing::OwnMounts mounts_;
};

TEST_F(OnASmallDisk, FailsCleanlyWhereTheObjectsOrTheFilesHaveNoRoom) {
    const CopyReport no_objects = bring_to_disk("5m");
    EXPECT_THAT(ids_of(no_objects), ElementsAre("git-no-space"));
    EXPECT_THAT(no_objects.findings.front().fix.commands, ElementsAre("df -h", "envkeep sync"));
    EXPECT_THAT(no_objects.findings.front().fix.text, HasSubstr("make room"));

    const CopyReport report = bring_to_disk("30m");

    EXPECT_THAT(ids_of(report), ElementsAre("git-no-space")) << text_of(report);
    EXPECT_THAT(text_of(report), HasSubstr("the files to come take 36.0 MiB"));
}

}  // namespace
}  // namespace envkeep::git
