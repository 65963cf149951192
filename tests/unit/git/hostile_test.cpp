// SPDX-License-Identifier: MIT
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using testing::text_of;

class Hostile : public testing::WithRealGit {
  protected:
    // A commit at the remote whose files are lines of `git mktree`; BLOB and TREE stand for one
    // with "evil" in it, and a folder that holds that as `x`.
    void commit_tree(const std::string& lines) const {
        shell(
            "cd remote.git && blob=$(printf evil | git hash-object -w --stdin) && "
            "tree=$(printf '100644 blob %s\\tx\\n' $blob | git mktree) && "
            "all=$(printf '" +
            lines +
            "' | sed \"s/BLOB/$blob/; s/TREE/$tree/\" | git mktree --missing) && "
            "git update-ref refs/heads/main $(git commit-tree -m evil -p main $all)");
    }
};

class OddName : public Hostile, public ::testing::WithParamInterface<const char*> {};

TEST_P(OddName, OfGitsOwnFolderIsNeverWritten) {
    commit_tree(std::string("040000 tree TREE\\t") + GetParam() + "\\n");

    const CopyReport cloned = bring();

    ASSERT_EQ(cloned.findings.size(), 1U);
    EXPECT_EQ(cloned.findings.front().id, "git-copy-failed") << text_of(cloned);
    EXPECT_EQ(shell("ls -A"), "home\nother\nremote.git");
}

TEST_P(OddName, OfGitsOwnFolderIsNeverFollowedTo) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    const std::string head = git("copy", "rev-parse HEAD");
    commit_tree(std::string("040000 tree TREE\\t") + GetParam() + "\\n");

    const CopyReport forwarded = bring();

    EXPECT_THAT(ids_of(forwarded), ElementsAre("git-copy-failed"));
    EXPECT_EQ(git("copy", "rev-parse HEAD"), head);
    EXPECT_EQ(git("copy", "status --porcelain"), "");
    EXPECT_FALSE(tree_.exists("copy/.git/x"));
}

INSTANTIATE_TEST_SUITE_P(Names,
                         OddName,
                         ::testing::Values(".GIT", ".Git", "git~1", "GIT~1", ".git ", ".git."),
                         [](const auto& name) { return "Number" + std::to_string(name.index); });

TEST_F(Hostile, ALinkOutOfTheTreeIsALinkAndNothingIsWrittenThroughIt) {
    tree_.folder("outside");
    // `way` is a link first, and then a folder with a file in it.
    commit_tree("120000 blob BLOB\\tlink\\n");
    git("other", "pull -q && git reset -q --hard origin/main");
    shell(
        "cd other && rm link && ln -s ../outside way && git add -A && git commit -qm way && "
        "git push -q origin HEAD:main");
    ASSERT_EQ(bring().change, CopyChange::cloned);
    ASSERT_EQ(tree_.target("copy/way"), "../outside");
    shell(
        "cd other && rm way && mkdir way && echo evil > way/x && git add -A && "
        "git commit -qm x && git push -q origin HEAD:main");

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::fast_forwarded) << text_of(report);
    EXPECT_FALSE(tree_.is_link("copy/way"));
    EXPECT_FALSE(tree_.exists("outside/x"));
    EXPECT_EQ(tree_.content("copy/way/x"), "evil\n");
}

TEST_F(Hostile, ATreeWithALinkAndAFileThroughItIsNeverWrittenThrough) {
    tree_.folder("outside");
    shell(
        "cd remote.git && link=$(printf ../outside | git hash-object -w --stdin) && "
        "blob=$(printf evil | git hash-object -w --stdin) && "
        "tree=$(printf '100644 blob %s\\tx\\n' $blob | git mktree) && "
        "all=$(printf '120000 blob %s\\tway\\n040000 tree %s\\tway\\n' $link $tree | git mktree) "
        "&& "
        "git update-ref refs/heads/main $(git commit-tree -m evil $all)");

    const CopyReport report = bring();

    EXPECT_FALSE(tree_.exists("outside/x")) << text_of(report);
}

TEST_F(Hostile, NamesWithControlCharactersAreOnlyNamesAndToldPrintable) {
    commit_tree("100644 blob BLOB\\ta\\033[2Jb\\n100644 blob BLOB\\t.g\\342\\200\\214it\\n");
    ASSERT_EQ(bring().change, CopyChange::cloned);
    EXPECT_EQ(tree_.content("copy/a\033[2Jb"), "evil");
    EXPECT_EQ(tree_.content("copy/.g\342\200\214it"), "evil");
    commit_tree("100644 blob BLOB\\tother\\n");
    tree_.file("copy/a\033[2Jb", "mine");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-changed-here"));
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("a\\x1b[2Jb"));
}

TEST_F(Hostile, PathsThatNoSystemTakesEndCleanly) {
    shell(
        "cd remote.git && name=$(printf 'n%.0s' $(seq 250)) && "
        "it=$(git rev-parse 'main^{tree}') && for i in $(seq 20); do "
        "it=$(printf '040000 tree %s\\t%s\\n' $it $name | git mktree); done && "
        "git update-ref refs/heads/main $(git commit-tree -m deep -p main $it)");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-copy-failed")) << text_of(report);
    EXPECT_EQ(shell("ls -A"), "home\nother\nremote.git");
}

TEST_F(Hostile, ATreeThatIsMadeToFillDisksIsRefused) {
    shell(
        "cd remote.git && blob=$(printf evil | git hash-object -w --stdin) && "
        "it=$(seq 100 | sed \"s/.*/100644 blob $blob\\tf&/\" | git mktree) && "
        "for i in 1 2 3 4 5; do it=$(seq 20 | sed \"s/.*/040000 tree $it\\td&/\" | git mktree); "
        "done && git update-ref refs/heads/main $(git commit-tree -m bomb -p main $it)");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-copy-failed"));
    EXPECT_THAT(text_of(report), HasSubstr("made to fill disks"));
    EXPECT_EQ(shell("ls -A"), "home\nother\nremote.git");
}

TEST_F(Hostile, NoHookAndNoConfiguredProgramIsEverRun) {
    // Each program leaves its own name behind.
    tree_.file("program",
               "#!/bin/sh\nname=$(basename $0)\ntouch " + (tree_ / "was-run-") +
                   "$name\ncase $name in smudge|clean) cat ;; esac\n",
               0755);
    tree_.folder("template/hooks");
    for (const char* const hook : {"post-checkout",
                                   "post-merge",
                                   "pre-commit",
                                   "prepare-commit-msg",
                                   "commit-msg",
                                   "post-commit",
                                   "pre-rebase",
                                   "post-rewrite",
                                   "pre-push",
                                   "reference-transaction"}) {
        shell("cp program template/hooks/" + std::string(hook));
    }
    shell("for i in smudge clean process fsmonitor ssh credential gpg; do cp program $i; done");
    commit_upstream(".gitattributes", "* filter=evil diff=evil merge=evil\nmine -filter\n");
    const std::string plain = tree_.content("home/.gitconfig");
    const std::string here = tree_.path();
    const auto configure = [&](const std::string& more) {
        tree_.file(
            "home/.gitconfig",
            plain + "[init]\n\ttemplateDir = " + here + "/template\n[core]\n\tfsmonitor = " + here +
                "/fsmonitor\n\thooksPath = " + here + "/template/hooks\n\tsshCommand = " + here +
                "/ssh\n[credential]\n\thelper = " + here + "/credential\n[gpg]\n\tprogram = " +
                here + "/gpg\n[filter \"evil\"]\n\tsmudge = " + here +
                "/smudge\n\tclean = " + here + "/clean\n" + more);
    };
    configure("\tprocess = " + here + "/process\n\trequired = true\n[commit]\n\tgpgSign = true\n");

    EXPECT_EQ(bring().change, CopyChange::cloned);
    shell("mkdir -p copy/.git/hooks && cp template/hooks/* copy/.git/hooks");
    tree_.file("copy/a", "mine").file("copy/mine", "mine");
    const CopyReport report = publish();

    EXPECT_THAT(ids_of(report), ElementsAre("git-filter-not-run"));
    EXPECT_TRUE(report.is_pushed) << text_of(report);
    EXPECT_EQ(shell("ls | grep was-run; true"), "");
    EXPECT_FALSE(tree_.exists("copy/.git/hooks/pre-applypatch"));
    // All of them would have told: git itself runs each.
    shell("git clone -q remote.git filtered 2>&1; true");
    configure("");
    shell(
        "{ git clone -q remote.git by-git; cd by-git; git status; echo more >> a; "
        "git commit -qam one; git commit -qm amended --amend; git push -q; "
        "git commit -S --allow-empty -m signed; git reset -q --hard HEAD~1; "
        "git pull -q --no-rebase; git rebase -f HEAD~1; git ls-remote ssh://nowhere/x; "
        "printf 'protocol=https\\nhost=x\\n' | GIT_TERMINAL_PROMPT=0 git credential fill; } "
        "> /dev/null 2>&1 < /dev/null; true");
    EXPECT_EQ(shell("ls | grep was-run"),
              "was-run-clean\nwas-run-commit-msg\nwas-run-credential\nwas-run-fsmonitor\n"
              "was-run-gpg\nwas-run-post-checkout\nwas-run-post-commit\nwas-run-post-merge\n"
              "was-run-post-rewrite\nwas-run-pre-commit\nwas-run-pre-push\nwas-run-pre-rebase\n"
              "was-run-prepare-commit-msg\nwas-run-process\nwas-run-reference-transaction\n"
              "was-run-smudge\nwas-run-ssh");
}

class OddSubmodule : public Hostile, public ::testing::WithParamInterface<const char*> {};

TEST_P(OddSubmodule, IsLeftOut) {
    const std::string modules =
        std::string("[submodule \"s\"]\n\tpath = s\n\turl = ") + GetParam() + "\n";
    tree_.file("other/.gitmodules", modules);
    git("other",
        "update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s && git add .gitmodules && "
        "git commit -qm s && git push -q origin main");
    Wish wanted = wish();
    wanted.submodules = true;

    const CopyReport report = bring(wanted);

    EXPECT_THAT(ids_of(report), ElementsAre("git-submodule-failed")) << text_of(report);
    EXPECT_EQ(tree_.content("copy/a"), "first\n");
    EXPECT_FALSE(tree_.exists("marker"));
    EXPECT_EQ(shell("find copy/s -mindepth 1 -not -name .git"), "");
}

INSTANTIATE_TEST_SUITE_P(Urls,
                         OddSubmodule,
                         ::testing::Values("-u./marker",
                                           "--upload-pack=touch marker",
                                           "ext::sh -c touch% marker",
                                           "ssh://-oProxyCommand=touch/x",
                                           "./nowhere.git"),
                         [](const auto& url) { return "Number" + std::to_string(url.index); });

TEST_F(Hostile, ASubmoduleThatWouldRunAProgramIsRefusedWithAll) {
    tree_.file("other/.gitmodules",
               "[submodule \"s\"]\n\tpath = s\n\turl = ../remote.git\n\tupdate = !touch marker\n");
    git("other",
        "update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s && git add .gitmodules && "
        "git commit -qm s && git push -q origin main");

    const CopyReport report = bring();

    EXPECT_THAT(ids_of(report), ElementsAre("git-copy-failed"));
    EXPECT_THAT(text_of(report), HasSubstr("'!touch marker'"));
    EXPECT_EQ(shell("ls -A"), "home\nother\nremote.git");
}

TEST_F(Hostile, ASubmoduleOfAPathOutsideIsNotMade) {
    tree_.file("other/.gitmodules",
               "[submodule \"../../../evil\"]\n\tpath = s\n\turl = ../remote.git\n"
               "[submodule \"t\"]\n\tpath = ../t\n\turl = ../remote.git\n");
    git("other",
        "update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s && git add .gitmodules && "
        "git commit -qm s && git push -q origin main");
    Wish wanted = wish();
    wanted.submodules = true;

    const CopyReport report = bring(wanted);

    EXPECT_FALSE(tree_.exists("t"));
    EXPECT_EQ(shell("find . -name evil"), "") << text_of(report);
    EXPECT_EQ(report.findings.size(), 1U) << text_of(report);
}

}  // namespace
}  // namespace envkeep::git
