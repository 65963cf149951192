// SPDX-License-Identifier: MIT
// Working copies brought from and sent to real servers, also through a proxy that stalls and cuts.
#include "peers/remote_copy.hpp"

#include "support/mounts.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using envkeep::testing::AtLimit;
using envkeep::testing::RemoteCopy;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::text_of;

class EachServer : public RemoteCopy, public ::testing::WithParamInterface<std::string> {
  protected:
    EachServer() {
        if (GetParam() == "ssh") {
            serve_ssh();
        } else if (GetParam() == "git") {
            serve_git();
        } else if (GetParam() == "https") {
            serve_https();
        } else {
            serve_through_tunnel();
        }
    }
};

// And through a proxy that makes tunnels: once one is made, all is as over https.
class EachWay : public EachServer {};

TEST_P(EachWay, BringsACloneAndWhatIsNew) {
    const CopyReport cloned = bring();
    ASSERT_EQ(cloned.change, CopyChange::cloned) << text_of(cloned);
    commit_upstream("a", "newer");

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::fast_forwarded) << text_of(report);
    EXPECT_EQ(tree_.content("copy/a"), "newer");
    expect_in_order();
}

TEST_P(EachServer, BringsATagACommitAndAShallowCopyThatGoesOn) {
    git("other", "tag v1 && git push -q origin v1");
    const std::string first = git("other", "rev-parse HEAD");
    commit_upstream("a", "second");
    commit_upstream("a", "third");
    Wish wanted = wish();
    wanted.tag = "v1";
    EXPECT_EQ(bring(wanted).after, first);
    wanted.tag = {};
    wanted.commit = first;
    wanted.folder = tree_ / "at-commit";
    EXPECT_EQ(bring(wanted).after, first);
    wanted.commit = {};
    wanted.folder = tree_ / "shallow";
    wanted.shallow = true;
    ASSERT_EQ(bring(wanted).change, CopyChange::cloned);
    EXPECT_EQ(git("shallow", "rev-list --count HEAD"), "1");
    commit_upstream("a", "fourth");

    const CopyReport report = bring(wanted);

    EXPECT_EQ(report.change, CopyChange::fast_forwarded) << text_of(report);
    EXPECT_EQ(tree_.content("shallow/a"), "fourth");
    EXPECT_EQ(git("shallow", "status --porcelain"), "");
}

// Cut or stalled anywhere, a clone is not there, the finding says why, and the next run has it.
TEST_P(EachWay, LeavesNoHalfCloneWhereTheConnectionEndsOrStalls) {
    // What comes behind the files is less than the last part: without it a clone is whole.
    shell("head -c 20000 /dev/urandom > other/large");
    git("other", "add . && git commit -qm large && git push -q origin main");
    ASSERT_EQ(bring().change, CopyChange::cloned);
    const std::size_t all = sent();
    shell("rm -rf copy");
    for (const AtLimit then : {AtLimit::cut, AtLimit::stall}) {
        for (const std::size_t part : {0U, 1U, 2U, 3U, 6U, 9U, 12U, 15U}) {
            const std::size_t limit = all * part / 18;
            SCOPED_TRACE(limit);
            interfere({.limit = limit, .then = then});
            if (then == AtLimit::stall) {
                client_.limits = {.connect = 60s, .handshake = 100ms, .stall = 100ms};
            }

            const CopyReport report = bring();

            EXPECT_THAT(
                ids_of(report),
                ElementsAre(then == AtLimit::stall ? "git-host-silent" : "git-connection-lost"))
                << text_of(report);
            EXPECT_TRUE(report.is_network_at_fault);
            EXPECT_EQ(shell("ls -A | grep copy; true"), "");
        }
    }
    interfere({});
    client_.limits = {.connect = 60s, .handshake = 60s, .stall = 60s};

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
    expect_in_order();
}

// All takes longer than a stall may, and no part of it does.
TEST_P(EachWay, WaitsForASlowConnectionThatGoesOn) {
    shell("head -c 200000 /dev/urandom > other/large");
    git("other", "add . && git commit -qm large && git push -q origin main");
    interfere({.limit = {}, .late = 170ms});
    client_.limits.stall = 8s;

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
    EXPECT_GE(sent(), 200000U);
    expect_in_order();
}

TEST_P(EachServer, NeverWritesWhatIsHostile) {
    tree_.folder("outside");
    for (const std::string name : {".GIT", "git~1"}) {
        shell(
            "cd remote.git && blob=$(printf evil | git hash-object -w --stdin) && "
            "inner=$(printf '100644 blob %s\\tx\\n' $blob | git mktree) && "
            "all=$(printf '040000 tree %s\\t" +
            name +
            "\\n' $inner | git mktree) && "
            "git update-ref refs/heads/main $(git commit-tree -m evil $all)");

        EXPECT_THAT(ids_of(bring()), ElementsAre("git-copy-failed")) << name;
        EXPECT_FALSE(tree_.exists("copy"));
    }
    // A link out of the tree, a name of control characters, one that only a Mac takes for `.git`,
    // and attributes of a filter.
    shell(
        "cd remote.git && blob=$(printf evil | git hash-object -w --stdin) && "
        "link=$(printf ../outside | git hash-object -w --stdin) && "
        "filter=$(printf '* filter=evil\\n' | git hash-object -w --stdin) && "
        "all=$(printf \"100644 blob $filter\\t.gitattributes\\000"
        "100644 blob $blob\\t.g\\342\\200\\214it\\000"
        "100644 blob $blob\\tnew\\nline\\001\\000"
        "120000 blob $link\\tway\\000\" | git mktree -z) && "
        "git update-ref refs/heads/main $(git commit-tree -m evil $all)");
    // Each leaves its own name behind.
    tree_.file(
        "run", "#!/bin/sh\ntouch " + (tree_ / "was-run-") + "$1\n[ $1 != smudge ] || cat\n", 0755);
    tree_.file("home/.gitconfig",
               fmt::format("{0}[filter \"evil\"]\n\tsmudge = {1} smudge\n[core]\n"
                           "\tfsmonitor = {1} fsmonitor\n\tsshCommand = {1} ssh\n",
                           tree_.content("home/.gitconfig"),
                           tree_ / "run"));

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
    EXPECT_EQ(tree_.content("copy/new\nline\x01"), "evil");
    EXPECT_EQ(tree_.content("copy/.g\xE2\x80\x8Cit"), "evil");
    EXPECT_EQ(tree_.target("copy/way"), "../outside");
    EXPECT_EQ(shell("ls -A outside"), "");
    EXPECT_EQ(shell("ls | grep was-run; true"), "");
    // They would have told: git itself runs all three.
    shell(
        "git clone -q remote.git by-git 2>&1; git -C by-git status 2>&1; "
        "git ls-remote ssh://nowhere/x 2>&1; true");
    EXPECT_EQ(shell("ls | grep was-run"), "was-run-fsmonitor\nwas-run-smudge\nwas-run-ssh");
}

TEST_P(EachServer, BringsSubmodulesInSubmodulesByRelativeUrls) {
    shell("git clone -q --bare other inner.git && git clone -q --bare other middle.git");
    git(".",
        "clone -q middle.git w && cd w && git submodule -q add ../inner.git deep 2>&1 && "
        "git commit -qm m && git push -q origin main");
    git("other",
        "submodule -q add ../middle.git s 2>&1 && git commit -qm s && "
        "git push -q origin main");
    Wish wanted = wish();
    wanted.submodules = true;

    const CopyReport report = bring(wanted);

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(tree_.content("copy/s/deep/a"), "first\n");
}

TEST_P(EachWay, TakesOwnCommitsUponWhatCame) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    commit_upstream("b/c", "theirs");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(report.findings, IsEmpty()) << text_of(report);
    EXPECT_EQ(report.change, CopyChange::rebased);
    EXPECT_TRUE(report.is_pushed);
    EXPECT_EQ(git("remote.git", "show main:a main:b/c"), "minetheirs");
    EXPECT_EQ(git("remote.git", "rev-list --count --merges main"), "0");
    expect_in_order();
}

TEST_P(EachServer, KeepsBothSidesOnNamedBranchesWhereTheyClash) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    commit_upstream("a", "theirs");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(ids_of(report), ElementsAre("git-both-kept")) << text_of(report);
    const std::string branch =
        git("remote.git", "for-each-ref --format='%(refname)' refs/heads/envkeep");
    EXPECT_THAT(branch, HasSubstr("refs/heads/envkeep/my-box-20"));
    EXPECT_EQ(git("remote.git", "show main:a " + branch + ":a"), "theirsmine");
    EXPECT_EQ(tree_.content("copy/a"), "mine");
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         EachServer,
                         ::testing::Values("ssh", "https", "git"),
                         [](const auto& test) { return test.param; });
INSTANTIATE_TEST_SUITE_P(Peers,
                         EachWay,
                         ::testing::Values("ssh", "https", "git", "tunnel"),
                         [](const auto& test) { return test.param; });

class CopyOverSsh : public RemoteCopy {
  protected:
    CopyOverSsh() { serve_ssh(); }
};

TEST_F(CopyOverSsh, LeavesOutASubmoduleWhoseUrlIsAnOption) {
    for (const std::string url : {"-u./x", "ext::sh -c touch% marker", "/etc"}) {
        shell("rm -rf copy");
        tree_.file("other/.gitmodules", "[submodule \"s\"]\n\tpath = s\n\turl = " + url + "\n");
        git("other",
            "update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s && "
            "git add .gitmodules && git commit -qm s && git push -q origin main");
        Wish wanted = wish();
        wanted.submodules = true;

        const CopyReport report = bring(wanted);

        EXPECT_THAT(ids_of(report), ElementsAre("git-submodule-failed")) << text_of(report);
        EXPECT_EQ(tree_.content("copy/a"), "first\n");
    }
}

TEST_F(CopyOverSsh, KeepsCommitsThatTheServerRefuses) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    tree_.file("remote.git/hooks/pre-receive", "#!/bin/sh\necho not today >&2\nexit 1\n", 0755);
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(ids_of(report), ElementsAre("git-push-refused")) << text_of(report);
    EXPECT_THAT(text_of(report), HasSubstr("not today"));
    EXPECT_EQ(git("copy", "show HEAD:a"), "mine");
}

// The server itself lets another push in between.
TEST_F(CopyOverSsh, FetchesAndTriesAgainWhereAnotherSessionPushedFirst) {
    ASSERT_EQ(bring().change, CopyChange::cloned);
    git("other", "pull -q");
    tree_.file("other/b/c", "theirs");
    git("other", "commit -qam theirs && git push -q origin HEAD:refs/heads/waiting");
    tree_.file("remote.git/hooks/pre-receive",
               "#!/bin/sh\nunset GIT_QUARANTINE_PATH\n"
               "git update-ref refs/heads/main refs/heads/waiting 2>&1\nexit 0\n",
               0755);
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_TRUE(report.is_pushed) << text_of(report);
    EXPECT_EQ(git("remote.git", "show main:a main:b/c"), "minetheirs");
}

class CopyOverHttps : public RemoteCopy {
  protected:
    CopyOverHttps() { serve_https({"--let", "me:sesame"}); }

    void let_in() {
        client_.home.file(".git-credentials",
                          fmt::format("https://me:sesame@127.0.0.1:{}\n", proxy_->port()));
    }
};

TEST_F(CopyOverHttps, PushesWithAToken) {
    let_in();
    ASSERT_EQ(bring().change, CopyChange::cloned);
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_TRUE(report.is_pushed) << text_of(report);
    EXPECT_EQ(git("remote.git", "show main:a"), "mine");
}

// Another server takes the same token: it does not get it.
TEST_F(CopyOverHttps, GiveTheTokenOfTheManifestToNoSubmoduleOfAnotherHost) {
    const envkeep::testing::RunningProgram other({"/usr/bin/python3",
                                                  ENVKEEP_TESTS_DIR "/peers/git_http.py",
                                                  tree_.path(),
                                                  "--tls",
                                                  tree_ / "ca.pem",
                                                  tree_ / "key.pem",
                                                  "--let",
                                                  "oauth2:sesame"});
    const std::string there = "127.0.0.1:" + other.first_line();
    token_variable_ = "MY_TOKEN";
    variables_["MY_TOKEN"] = "sesame";
    let_in();
    tree_.file(
        "other/.gitmodules",
        fmt::format("[submodule \"s\"]\n\tpath = s\n\turl = https://{}/remote.git\n", there));
    git("other",
        "update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s && "
        "git add .gitmodules && git commit -qm s && git push -q origin main");
    Wish wanted = wish();
    wanted.submodules = true;

    const CopyReport report = bring(wanted);

    EXPECT_THAT(ids_of(report), ElementsAre("git-submodule-failed")) << text_of(report);
    EXPECT_THAT(text_of(report),
                AllOf(HasSubstr("remote.git wants a token"),
                      HasSubstr("the token of MY_TOKEN is for"),
                      HasSubstr("into ~/.git-credentials"),
                      Not(HasSubstr("sesame"))));
    EXPECT_EQ(tree_.content("copy/a"), "first\n");
}

class CopyOnABareMachine : envkeep::testing::OwnMounts,
                           public CopyOverHttps,
                           public ::testing::WithParamInterface<std::string> {};

// Its own authorities are gone: only Python has brought some.
TEST_P(CopyOnABareMachine, TrustsTheAuthoritiesOfCondaAndCertifi) {
    let_in();
    const auto none = envkeep::testing::ScopedMount::tmpfs("/etc/ssl/certs");
    variables_ = {{"CONDA_PREFIX", tree_ / "conda"}, {"SSL_CERT_DIR", tree_ / "nowhere"}};
    const CopyReport distrusted = bring();
    EXPECT_THAT(ids_of(distrusted), ElementsAre("git-certificate-untrusted"));
    EXPECT_THAT(text_of(distrusted), HasSubstr("none in " + (tree_ / "nowhere")));
    tree_.file(GetParam(), tree_.content("ca.pem"));

    const CopyReport report = bring();

    EXPECT_EQ(report.change, CopyChange::cloned) << text_of(report);
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         CopyOnABareMachine,
                         ::testing::Values("conda/ssl/cacert.pem",
                                           "conda/lib/python3.11/site-packages/certifi/cacert.pem"),
                         [](const auto& test) { return test.index == 0 ? "conda" : "certifi"; });

}  // namespace
}  // namespace envkeep::git
