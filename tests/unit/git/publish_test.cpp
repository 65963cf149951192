// SPDX-License-Identifier: MIT
#include "support/each_system_call.hpp"
#include "unit/git/real_git.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::text_of;

class Publish : public testing::WithRealGit {
  protected:
    Publish() { EXPECT_EQ(bring().change, CopyChange::cloned); }
};

TEST_F(Publish, CommitsAllThatChangedAndPushes) {
    tree_.file("copy/a", "mine")
        .file("copy/new/file", "new")
        .file("copy/.gitignore", "*.log\n")
        .file("copy/x.log", "ignored")
        .link("copy/link", "a")
        .remove("copy/b/c");

    const CopyReport report = publish("all of it");

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_TRUE(report.is_pushed);
    EXPECT_EQ(report.change, CopyChange::committed);
    EXPECT_EQ(git("copy", "log -1 '--format=%an %ae %s'"), "Ada ada@example.com all of it");
    EXPECT_EQ(git("copy", "ls-files"), ".gitignore\na\nlink\nnew/file");
    EXPECT_EQ(git("remote.git", "rev-parse main"), report.after);
    expect_in_order();
}

TEST_F(Publish, DoesNothingWhereNothingChanged) {
    const CopyReport report = publish();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::nothing);
    EXPECT_FALSE(report.is_pushed);
}

TEST_F(Publish, CommitsNothingWithoutAMessage) {
    tree_.file("copy/a", "mine");
    git("copy", "commit -q --allow-empty -m own");

    EXPECT_TRUE(publish("").is_pushed);

    EXPECT_EQ(git("copy", "status --porcelain"), "M a");
}

TEST_F(Publish, BringsOwnCommitsUponWhatTheRemoteHas) {
    commit_upstream("b/c", "theirs");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::rebased);
    EXPECT_TRUE(report.is_pushed);
    EXPECT_EQ(tree_.content("copy/b/c") + tree_.content("copy/a"), "theirsmine");
    EXPECT_EQ(git("copy", "rev-list --count --merges HEAD"), "0");
    expect_in_order();
}

TEST_F(Publish, LeavesBothSidesOnNamedBranchesWhereTheyClash) {
    commit_upstream("a", "theirs");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();
    const CopyReport again = publish();

    EXPECT_THAT(ids_of(report), ElementsAre("git-both-kept")) << text_of(report);
    EXPECT_EQ(tree_.content("copy/a"), "mine");
    const std::string branch =
        git("remote.git", "for-each-ref --format='%(refname)' refs/heads/envkeep");
    EXPECT_THAT(branch, HasSubstr("refs/heads/envkeep/my-box-20"));
    EXPECT_EQ(branch.find('\n'), std::string::npos) << "the second run made another branch";
    EXPECT_EQ(git("remote.git", "show " + branch + ":a"), "mine");
    EXPECT_EQ(git("remote.git", "show main:a"), "theirs");
    EXPECT_THAT(ids_of(again), ElementsAre("git-both-kept"));
    EXPECT_EQ(git("copy", "status --porcelain"), "");
}

TEST_F(Publish, IsCompleteAfterTheMergeThatItAskedFor) {
    commit_upstream("a", "theirs");
    tree_.file("copy/a", "mine");
    const CopyReport report = publish();
    shell(report.findings.front().fix.commands.front() + " 2>&1 || true");
    EXPECT_THAT(report.findings.front().fix.commands.back(), HasSubstr("sync --push "));
    tree_.file("copy/a", "both");
    git("copy", "commit -qam merged");

    EXPECT_TRUE(publish().is_pushed);

    EXPECT_EQ(git("remote.git", "show main:a"), "both");
    expect_in_order();
}

TEST_F(Publish, NeedsToKnowWhoYouAre) {
    tree_.file("home/.gitconfig", "[init]\n\tdefaultBranch = main\n").file("copy/a", "mine");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-no-author")) << text_of(report);
    ASSERT_THAT(report.findings.front().fix.commands, SizeIs(1)) << "and no git is needed for it";
    EXPECT_EQ(git("copy", "status --porcelain"), "M a");
    for (const std::string& command : report.findings.front().fix.commands) {
        shell(command);
    }
    EXPECT_TRUE(publish().is_pushed);
}

TEST_F(Publish, NeedsToKnowWhoYouAreAlsoToBringOwnCommitsUponTheRemotes) {
    tree_.file("copy/a", "mine");
    git("copy", "commit -qam mine");
    commit_upstream("b/c", "theirs");
    const std::string before = git("copy", "rev-parse HEAD");
    tree_.file("home/.gitconfig", "[init]\n\tdefaultBranch = main\n");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-no-author")) << text_of(report);
    EXPECT_EQ(git("copy", "rev-parse HEAD"), before);
    shell(report.findings.front().fix.commands.at(0));
    EXPECT_TRUE(publish().is_pushed);
    EXPECT_EQ(git("remote.git", "show main:a main:b/c"), "minetheirs");
}

TEST_F(Publish, CommitsNoPrivateKeyForTheFirstTime) {
    tree_.file("copy/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n")
        .file("copy/deep/rsa.pem", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")
        .file("copy/id.pub", "ssh-ed25519 AAAA me\n")
        .file("copy/staged", "-----BEGIN PRIVATE KEY-----\n");
    git("copy", "add staged");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-private-key")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence,
                ElementsAre("deep/rsa.pem", "id_ed25519", "staged"));
    EXPECT_EQ(git("remote.git", "ls-tree -r --name-only main"), "a\nb/c\nid.pub");
    EXPECT_TRUE(tree_.exists("copy/staged"));
}

TEST_F(Publish, CommitsNoVersionThatASaveKeptBeside) {
    tree_.file("copy/a.from-3f2a-1", "of a home")
        .file("copy/b.from-session-2/x", "of a home")
        .file("copy/mail.from-ada", "a file of the user's")
        .file("copy/a", "mine");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-kept-beside")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence,
                ElementsAre("a.from-3f2a-1", "b.from-session-2/x"));
    EXPECT_EQ(git("remote.git", "ls-tree -r --name-only main"), "a\nb/c\nmail.from-ada");
    EXPECT_EQ(git("remote.git", "show main:a"), "mine");
    EXPECT_EQ(tree_.content("copy/a.from-3f2a-1"), "of a home");
}

TEST_F(Publish, CommitsOneThatIsInTheRepositoryAlready) {
    tree_.file("copy/a.from-3f2a-1", "x");
    git("copy", "add . && git commit -qm x && git push -q");
    tree_.file("copy/a.from-3f2a-1", "y");

    EXPECT_TRUE(publish().findings.empty());

    EXPECT_EQ(git("remote.git", "show main:a.from-3f2a-1"), "y");
}

TEST_F(Publish, TellsTheServersWordsWhereItRefuses) {
    tree_.file("copy/a", "mine");
    shell("chmod 0555 remote.git/refs/heads");
    tree_.file("remote.git/refs/heads/main.lock");

    const CopyReport report = publish();

    EXPECT_FALSE(report.is_pushed);
    EXPECT_EQ(report.findings.size(), 1U) << text_of(report);
    EXPECT_EQ(git("copy", "log -1 --format=%s"), "changed");
}

TEST_F(Publish, TriesAgainWhereSomebodyPushesFirst) {
    using envkeep::testing::act_at_changing_call;
    using envkeep::testing::RenameFlags;
    // Another session that pushes at any time, also between this one's fetch and its push.
    for (std::size_t call = 0; call < 400; call += 20) {
        shell("rm -rf copy remote.git/refs/heads/main.lock && git clone -q remote.git copy");
        tree_.file("copy/a", "mine " + std::to_string(call));
        const std::string path = "theirs" + std::to_string(call);
        bool was_reached = false;
        (void)act_at_changing_call(
            call,
            RenameFlags::known,
            [&] { (void)publish(); },
            [&] {
                was_reached = true;
                commit_upstream(path, "theirs");
            });
        if (!was_reached) {
            break;
        }
        EXPECT_TRUE(publish().findings.empty());
        EXPECT_EQ(git("remote.git", "show main:a main:" + path),
                  "mine " + std::to_string(call) + "theirs");
        expect_in_order();
    }
}

TEST_F(Publish, LeavesADetachedCopyAlone) {
    git("copy", "checkout -q --detach");
    tree_.file("copy/a", "mine");

    EXPECT_THAT(ids_of(publish()), ElementsAre("git-detached"));
    EXPECT_EQ(git("copy", "status --porcelain"), "M a");
}

TEST_F(Publish, LeavesARepositoryInsideOut) {
    git(".", "clone -q remote.git copy/inner");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(ids_of(report), ElementsAre("git-nested-repository")) << text_of(report);
    EXPECT_EQ(git("remote.git", "ls-tree -r --name-only main"), "a\nb/c");
}

TEST_F(Publish, SendsToTheUrlThatIsForPushes) {
    git(".", "clone -q --bare remote.git pushes.git");
    git("copy", "config remote.origin.pushurl '" + (tree_ / "pushes.git") + "'");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_TRUE(report.is_pushed);
    EXPECT_EQ(git("pushes.git", "rev-parse main"), report.after);
    EXPECT_EQ(git("remote.git", "show main:a"), "first");
    EXPECT_EQ(git("pushes.git", "for-each-ref --format='%(refname)'"), "refs/heads/main");
    // The other one does not have it yet: nobody has rewritten anything.
    EXPECT_THAT(ids_of(bring()), ElementsAre("git-unpushed"));
    EXPECT_EQ(tree_.content("copy/a"), "mine");
}

TEST_F(Publish, DoesNotBringBackWhatSomebodyRemovedByForce) {
    for (const std::string more : {"true", "git commit -q --allow-empty -m other"}) {
        commit_upstream("secret", "sesame");
        ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
        git("other", "reset -q --hard HEAD^ && " + more + " && git push -qf origin main");
        tree_.file("copy/a", "mine" + more);
        ASSERT_THAT(ids_of(bring()), ElementsAre("git-upstream-rewritten"));

        const CopyReport report = publish();

        EXPECT_TRUE(report.is_pushed) << text_of(report);
        EXPECT_EQ(git("remote.git", "show main:a"), "mine" + more);
        EXPECT_EQ(git("remote.git", "log --all --oneline -- secret"), "");
        EXPECT_FALSE(tree_.exists("copy/secret"));
        expect_in_order();
        git("other", "pull -q --ff-only");
    }
}

TEST_F(Publish, MakesNoBranchAgainThatTheRemoteNoMoreHas) {
    git("other", "switch -qc work && git push -q origin work");
    git("copy", "fetch -q && git switch -q work");
    git("other", "push -q origin :work");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();
    git("copy", "fetch -q --prune");
    const CopyReport pruned = publish();

    Wish by_branch = wish();
    by_branch.branch = "main";
    const CopyReport named = git::publish(by_branch, {.message = "m"}, remote(), local());

    EXPECT_THAT(text_of(pruned), HasSubstr("no branch is named in the manifest"));
    EXPECT_THAT(text_of(named), Not(HasSubstr("no branch is named in the manifest")));
    for (const CopyReport& one : {report, pruned, named}) {
        EXPECT_THAT(ids_of(one), ElementsAre("git-branch-gone")) << text_of(one);
        EXPECT_FALSE(one.is_pushed);
    }
    EXPECT_EQ(git("remote.git", "for-each-ref --format='%(refname)'"), "refs/heads/main");
    EXPECT_EQ(git("copy", "log -1 --format=%s"), "changed") << "committed all the same";
}

TEST_F(Publish, MakesABranchAgainWhereItIsTold) {
    git("other", "switch -qc work && git push -q origin work");
    git("copy", "fetch -q && git switch -q work");
    git("other", "push -q origin :work");
    tree_.file("copy/a", "mine");

    const CopyReport report =
        git::publish(wish(), {.message = "m", .makes_gone_branches = true}, remote(), local());

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(git("remote.git", "show work:a"), "mine");
}

TEST_F(Publish, MakesABranchThatTheRemoteNeverHad) {
    git("copy", "switch -qc new origin/main");
    tree_.file("copy/a", "mine");

    EXPECT_TRUE(publish().is_pushed);

    EXPECT_EQ(git("remote.git", "show new:a"), "mine");
}

TEST_F(Publish, FillsARemoteThatWasMadeAnew) {
    shell("rm -rf remote.git && git init -q --bare remote.git");

    EXPECT_TRUE(publish().is_pushed);

    expect_in_order();
}

// A hook of git-lfs sends it as git itself pushes.
TEST_F(Publish, SendsNoPointerOfLfsWithoutItsContent) {
    const std::string pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n";
    commit_upstream(".gitattributes", "*.bin filter=lfs\n");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    tree_.file("copy/x.bin", pointer).file("copy/y.txt", pointer);
    git("copy", "add . && git commit -qm lfs && git commit -q --allow-empty -m more");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-lfs-not-sent")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("x.bin"));
    EXPECT_FALSE(report.is_pushed);
    EXPECT_EQ(git("remote.git", "ls-tree --name-only main"), ".gitattributes\na\nb");
    shell(report.findings.front().fix.commands.back() + " 2>&1");
    EXPECT_THAT(publish().findings, IsEmpty());
    git("copy", "mv x.bin z.bin && git rm -q y.txt && git commit -qm moved");
    EXPECT_TRUE(publish().is_pushed) << "the remote has its content";
}

// As where both sides changed the same file of it.
TEST_F(Publish, SendsNoPointerOfLfsThatAMergeMadeWithoutItsContent) {
    const auto pointer = [](int content) {
        return fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 1\n",
                           content);
    };
    commit_upstream(".gitattributes", "*.bin filter=lfs\n");
    commit_upstream("x.bin", pointer(1));
    git("other", "push -q origin main:side && git branch -q side");
    commit_upstream("x.bin", pointer(2));
    commit_upstream("y.bin", pointer(3), "side");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    git("copy", "merge -q origin/side 2>&1");
    EXPECT_TRUE(publish().is_pushed) << "all of it is from the remote";
    commit_upstream("z.bin", pointer(4), "side");
    git("copy", "fetch -q && git merge -q --no-commit origin/side 2>&1");
    tree_.file("copy/x.bin", pointer(5));
    git("copy", "commit -qam both");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-lfs-not-sent")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("x.bin"));
}

TEST_F(Publish, LeavesWhatItWouldCommitForLfsToGit) {
    tree_.file("copy/.gitattributes", "*.bin filter=lfs\n").file("copy/x.bin", "content");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-filter-not-run")) << text_of(report);
    EXPECT_THAT(report.findings.front().fix.commands.back(), ::testing::EndsWith(" push"));
    EXPECT_EQ(git("remote.git", "ls-tree --name-only main"), ".gitattributes\na\nb");
}

TEST_F(Publish, WithoutACopySaysSo) {
    tree_.remove("copy");

    EXPECT_THAT(ids_of(publish()), ElementsAre("git-not-cloned"));
}

}  // namespace
}  // namespace envkeep::git
