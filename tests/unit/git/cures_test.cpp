// SPDX-License-Identifier: MIT
// The commands of findings, run as they are printed: afterwards things are as the text says.
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using testing::text_of;

constexpr std::string_view lines = "1\n2\n3\n4\n5\n6\n7\n";

class Cures : public testing::WithRealGit {
  protected:
    Cures() {
        commit_upstream("a", std::string(lines));
        EXPECT_EQ(bring().change, CopyChange::cloned);
    }

    // What is told with that id.
    static model::Finding told(const CopyReport& report, std::string_view id) {
        for (const model::Finding& finding : report.findings) {
            if (finding.id == id) {
                return finding;
            }
        }
        ADD_FAILURE() << text_of(report);
        return {};
    }

    // As a user pastes them, from the `first` on; the last may say that there is something to
    // decide.
    void paste(const model::Finding& finding, std::size_t first = 0) {
        ASSERT_LT(first, finding.fix.commands.size());
        for (std::size_t i = first; i < finding.fix.commands.size(); ++i) {
            const std::string& command = finding.fix.commands[i];
            if (command.starts_with("git ")) {
                said = shell(command + " 2>&1 || test " + std::to_string(i + 1) + " = " +
                             std::to_string(finding.fix.commands.size()));
            } else {
                ASSERT_THAT(command, HasSubstr("envkeep sync --push "));
                (void)bring();
                last = publish();
            }
        }
    }

    std::string said;
    CopyReport last;
};

TEST_F(Cures, OfChangesThatNewsTouchTakeTheNewsBelowThem) {
    commit_upstream("a", "1\n2\n3\n4\n5\n6\nseven\n");
    tree_.file("copy/a", "one\n2\n3\n4\n5\n6\n7\n");

    paste(told(bring(), "git-changed-here"), 1);

    EXPECT_EQ(tree_.content("copy/a"), "one\n2\n3\n4\n5\n6\nseven\n");
    EXPECT_EQ(git("copy", "stash list"), "");
    EXPECT_THAT(ids_of(bring()), IsEmpty());
    EXPECT_TRUE(publish().is_pushed);
    expect_in_order();
}

TEST_F(Cures, OfChangesThatClashWithNewsSayWhereToDecideAndLoseNone) {
    commit_upstream("a", "theirs\n");
    tree_.file("copy/a", "mine\n");

    paste(told(bring(), "git-changed-here"), 1);

    EXPECT_THAT(said, HasSubstr("CONFLICT"));
    EXPECT_THAT(tree_.content("copy/a"), HasSubstr("theirs\n"));
    EXPECT_THAT(tree_.content("copy/a"), HasSubstr("mine\n"));
    EXPECT_THAT(ids_of(publish()), ElementsAre("git-unfinished"));
    EXPECT_EQ(git("remote.git", "show main:a"), "theirs");
    tree_.file("copy/a", "both\n");
    git("copy", "add a");
    EXPECT_TRUE(publish().is_pushed);
    expect_in_order();
}

TEST_F(Cures, OfChangesThatNewsTouchPublishThemWhereToldSo) {
    commit_upstream("a", "1\n2\n3\n4\n5\n6\nseven\n");
    tree_.file("copy/a", "one\n2\n3\n4\n5\n6\n7\n");
    model::Finding finding = told(bring(), "git-changed-here");
    finding.fix.commands.resize(1);

    paste(finding);

    EXPECT_TRUE(last.is_pushed) << text_of(last);
    EXPECT_EQ(tree_.content("copy/a"), "one\n2\n3\n4\n5\n6\nseven\n");
    expect_in_order();
}

TEST_F(Cures, OfADivergedCopyLeaveWhatSomebodyRemovedByForce) {
    commit_upstream("secret", "sesame");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    git("other", "reset -q --hard HEAD^ && git commit -q --allow-empty -m other");
    git("other", "push -q --force origin main");
    git("copy", "commit -q --allow-empty -m own");

    paste(told(bring(), "git-diverged"), 1);

    EXPECT_EQ(git("copy", "log -2 --format=%s"), "own\nother");
    EXPECT_FALSE(tree_.exists("copy/secret"));
}

TEST_F(Cures, OfADivergedCopyBringOwnCommitsUponTheNewsWhereFilesAreChangedToo) {
    commit_upstream("new", "theirs");
    git("copy", "commit -q --allow-empty -m own");
    tree_.file("copy/b/c", "mine");

    paste(told(bring(), "git-diverged"), 1);

    EXPECT_EQ(git("copy", "log -2 --format=%s"), "own\nnew");
    EXPECT_EQ(tree_.content("copy/b/c"), "mine");
    EXPECT_THAT(ids_of(bring()), ElementsAre("git-unpushed"));
}

TEST_F(Cures, OfAnotherBranchTakeChangesAlongAndLeaveCommits) {
    git("other", "switch -qc work && git commit -q --allow-empty -m w && git push -q origin work");
    Wish by_branch = wish();
    by_branch.branch = "work";
    git("copy", "commit -q --allow-empty -m own");
    const std::string own = git("copy", "rev-parse HEAD");
    tree_.file("copy/b/c", "mine");

    paste(told(bring(by_branch), "git-other-branch"));

    EXPECT_THAT(ids_of(bring(by_branch)), IsEmpty());
    EXPECT_EQ(git("copy", "branch --show-current"), "work");
    EXPECT_EQ(tree_.content("copy/b/c"), "mine");
    EXPECT_EQ(git("copy", "rev-parse main"), own);
}

TEST_F(Cures, OfATagLeaveTheBranch) {
    git("other", "tag v1 && git push -q origin v1");
    Wish by_tag = wish();
    by_tag.tag = "v1";
    git("copy", "commit -q --allow-empty -m own");

    paste(told(bring(by_tag), "git-other-branch"));

    EXPECT_THAT(ids_of(bring(by_tag)), IsEmpty());
    EXPECT_EQ(git("copy", "rev-parse HEAD"), git("other", "rev-parse v1"));
    EXPECT_EQ(git("copy", "log -1 --format=%s main"), "own");
}

TEST_F(Cures, OfARewrittenHistoryPutChangesUponIt) {
    commit_upstream("a", "second");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    git("other", "reset -q --hard HEAD^ && git commit -q --allow-empty -m other");
    git("other", "push -q --force origin main");
    tree_.file("copy/b/c", "mine");

    paste(told(bring(), "git-upstream-rewritten"));

    EXPECT_EQ(tree_.content("copy/a"), lines);
    EXPECT_EQ(tree_.content("copy/b/c"), "mine");
    EXPECT_EQ(git("copy", "stash list"), "");
    EXPECT_THAT(ids_of(bring()), IsEmpty());
}

TEST_F(Cures, OfARewrittenHistoryThatClashesPutOwnCommitsAloneUponIt) {
    commit_upstream("secret", "sesame");
    ASSERT_EQ(bring().change, CopyChange::fast_forwarded);
    git("other", "reset -q --hard HEAD^");
    tree_.file("other/a", "theirs");
    git("other", "commit -qam other && git push -q --force origin main");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-both-kept")) << text_of(report);
    EXPECT_EQ(git("remote.git", "for-each-ref --format='%(refname)'"), "refs/heads/main");
    shell(report.findings.front().fix.commands.front() + " 2>&1 || true");
    tree_.file("copy/a", "both");
    git("copy", "add a && GIT_EDITOR=true git rebase --continue 2>&1");
    EXPECT_TRUE(publish().is_pushed);
    EXPECT_EQ(git("remote.git", "show main:a"), "both");
    EXPECT_EQ(git("remote.git", "log --all --oneline -- secret"), "");
    expect_in_order();
}

TEST_F(Cures, OfABranchThatIsNotTheDefaultGoThere) {
    git("other", "switch -qc work && git push -q origin work");
    git("copy", "fetch -q && git switch -q work");

    paste(told(bring(), "git-not-default-branch"));

    EXPECT_THAT(ids_of(bring()), IsEmpty());
    expect_in_order();
}

TEST_F(Cures, OfNoBranchMakeOneAndPushIt) {
    git("copy", "checkout -q --detach");
    tree_.file("copy/a", "mine");

    paste(told(publish(), "git-detached"));

    EXPECT_TRUE(last.is_pushed) << text_of(last);
    Wish by_branch = wish();
    by_branch.branch = "my-changes";
    EXPECT_THAT(ids_of(bring(by_branch)), IsEmpty());
    EXPECT_EQ(git("remote.git", "show my-changes:a"), "mine");
}

TEST_F(Cures, OfARefusedPushSendAnotherBranch) {
    tree_.file("copy/a", "mine").file("remote.git/refs/heads/main.lock");

    paste(told(publish(), "git-push-refused"));

    EXPECT_TRUE(last.is_pushed) << text_of(last);
    EXPECT_EQ(git("remote.git", "show my-changes:a"), "mine");
    Wish by_branch = wish();
    by_branch.branch = "my-changes";
    EXPECT_THAT(ids_of(bring(by_branch)), IsEmpty());
}

TEST_F(Cures, OfAFilterCommitWhatItMakesOfTheFile) {
    git("copy", "config filter.crypt.clean 'tr a-z A-Z'");
    tree_.file("copy/.gitattributes", "secret filter=crypt\n").file("copy/a", "mine");
    tree_.file("copy/secret", "plain");
    last = publish();
    EXPECT_TRUE(last.is_pushed) << text_of(last);
    EXPECT_EQ(git("remote.git", "ls-tree --name-only main"), ".gitattributes\na\nb");

    paste(told(last, "git-filter-not-run"));

    EXPECT_TRUE(last.is_pushed) << text_of(last);
    EXPECT_EQ(git("remote.git", "show main:secret"), "PLAIN");
    EXPECT_EQ(tree_.content("copy/secret"), "plain");
    tree_.file("copy/secret", "plain again");
    EXPECT_THAT(ids_of(publish()), ElementsAre("git-filter-not-run"));
    EXPECT_EQ(git("remote.git", "show main:secret"), "PLAIN");
}

TEST_F(Cures, OfADamagedCopySayMore) {
    tree_.file("copy/.git/refs/heads/main", std::string(40, '1') + "\n");

    paste(told(bring(), "git-copy-failed"));

    EXPECT_THAT(said, HasSubstr("refs/heads/main: invalid"));
}

TEST_F(Cures, OfSomethingBegunSayHowToEndIt) {
    commit_upstream("a", "theirs\n");
    tree_.file("copy/a", "mine\n");
    git("copy", "commit -qam mine && git fetch -q && { git rebase origin/main 2>&1 || true; }");

    paste(told(bring(), "git-unfinished"));

    EXPECT_THAT(said, HasSubstr("git rebase --abort"));
    git("copy", "rebase --abort");
    EXPECT_THAT(ids_of(bring()), ElementsAre("git-diverged"));
}

TEST_F(Cures, OfACopyOfAnotherUserTrustIt) {
    shell("chown -R 12345 copy");

    paste(told(bring(), "git-owner"));

    EXPECT_THAT(ids_of(bring()), IsEmpty());
    EXPECT_EQ(git("copy", "status --porcelain"), "");
}

TEST_F(Cures, OfACopyInAStoreOfAnotherUserLetGitWorkThere) {
    shell("chown -R 12345 copy");
    store_owner_ = 12345;

    paste(told(bring(), "git-dubious-owner"));

    EXPECT_THAT(ids_of(bring()), IsEmpty());
    EXPECT_EQ(git("copy", "status --porcelain"), "");
}

TEST_F(Cures, OfAnotherUrlNameTheRemoteWhateverIsThere) {
    for (const std::string before : {"remote set-url origin https://h.example/x.git",
                                     "remote rename origin upstream",
                                     "remote remove origin"}) {
        git("copy", before + " && git remote");
        if (before.find("rename") != std::string::npos) {
            git("copy", "remote set-url upstream https://h.example/x.git");
        }

        paste(told(bring(), "git-other-url"));

        EXPECT_THAT(ids_of(bring()), IsEmpty()) << before;
        git("copy", "remote remove upstream 2>&1; true");
    }
}

}  // namespace
}  // namespace envkeep::git
