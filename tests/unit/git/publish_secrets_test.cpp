// SPDX-License-Identifier: MIT
#include "envkeep/git/home_repository.hpp"
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::text_of;

constexpr std::string_view openssh_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n";

class PublishSecrets : public testing::WithRealGit {
  protected:
    PublishSecrets() { EXPECT_EQ(bring().change, CopyChange::cloned); }

    [[nodiscard]] std::string published() const {
        return git("remote.git", "ls-tree -r --name-only main");
    }
};

TEST_F(PublishSecrets, KeysAreKnownInEveryFormatAndBehindOtherText) {
    tree_.file("copy/key.pem", "Bag Attributes\n    localKeyID: 01\n-----BEGIN PRIVATE KEY-----\n")
        .file("copy/late.pem", std::string(60'000, '#') + "\n-----BEGIN RSA PRIVATE KEY-----\n")
        .file("copy/secret.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n")
        .file("copy/ssh2", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n")
        .file("copy/new", "new");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-private-key")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence,
                ElementsAre("key.pem", "late.pem", "secret.asc", "ssh2"));
    EXPECT_EQ(published(), "a\nb/c\nnew");
}

TEST_F(PublishSecrets, ATrackedFileThatBecameAKeyStaysAsItWasCommitted) {
    tree_.file("copy/a", openssh_key).file("copy/b/c", openssh_key).file("copy/new", "new");
    git("copy", "add b/c");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-private-key")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre("a", "b/c"));
    EXPECT_THAT(report.findings.front().fix.commands, IsEmpty()) << ".gitignore is of no use";
    EXPECT_EQ(git("remote.git", "show main:a main:b/c main:new"), "first\nsecond\nnew");
    EXPECT_EQ(tree_.content("copy/a"), openssh_key);
}

TEST_F(PublishSecrets, AKeyThatIsInTheRepositoryAlreadyIsCommitted) {
    tree_.file("copy/key", openssh_key);
    git("copy", "add key && git commit -qm key && git push -q");
    tree_.file("copy/key", std::string(openssh_key) + "more\n");

    EXPECT_THAT(publish().findings, IsEmpty());

    EXPECT_THAT(git("remote.git", "show main:key"), EndsWith("more"));
}

TEST_F(PublishSecrets, FilesThatAreKnownToHoldTokensAreNotCommitted) {
    tree_.file("copy/.git-credentials", "x")
        .file("copy/home/.netrc", "x")
        .file("copy/.env", "x")
        .file("copy/.aws/credentials", "x")
        .file("copy/.config/gh/hosts.yml", "x")
        .file("copy/.env.example", "x")
        .file("copy/hosts.yml", "x");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-secret-file")) << text_of(report);
    EXPECT_THAT(
        report.findings.front().evidence,
        ElementsAre(
            ".aws/credentials", ".config/gh/hosts.yml", ".env", ".git-credentials", "home/.netrc"));
    EXPECT_EQ(published(), ".env.example\na\nb/c\nhosts.yml");
    git("copy", "add .env && git commit -qm env");
    EXPECT_TRUE(publish().is_pushed);
    EXPECT_THAT(published(), HasSubstr(".env\n")) << "the user's own word";
}

TEST_F(PublishSecrets, TheCureHasAllOfThemIgnoredWhateverTheFileEndsWith) {
    tree_.file("copy/.gitignore", "*.log")
        .file("copy/x.log")
        .file("copy/a [key]", openssh_key)
        .file("copy/b*", openssh_key)
        .file("copy/.netrc", "x");

    const CopyReport report = publish();

    ASSERT_THAT(report.findings, SizeIs(2)) << text_of(report);
    for (const model::Finding& finding : report.findings) {
        ASSERT_THAT(finding.fix.commands, SizeIs(1));
        shell(finding.fix.commands.front());
    }
    EXPECT_EQ(git("copy", "status --porcelain"), "M .gitignore");
    EXPECT_THAT(publish().findings, IsEmpty());
    EXPECT_EQ(published(), ".gitignore\na\nb/c");
}

TEST_F(PublishSecrets, ATrackedFileThatGrewTooLargeStaysAsItWasCommitted) {
    shell("truncate -s 101M copy/a");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-large-file")) << text_of(report);
    EXPECT_EQ(git("remote.git", "show main:a"), "first");
}

TEST_F(PublishSecrets, AFilterOfThousandsOfFilesIsOneShortCommand) {
    tree_.file("copy/.gitattributes", "* filter=crypt\n");
    shell("cd copy && seq 200 | sed 's/^/f/' | xargs touch");

    const CopyReport report = publish();

    ASSERT_THAT(ids_of(report), ElementsAre("git-filter-not-run")) << text_of(report);
    EXPECT_LT(report.findings.front().fix.commands.front().size(), 400U);
    shell(report.findings.front().fix.commands.front());
    EXPECT_EQ(git("copy", "status --porcelain | grep -c '^A '"), "10");
}

TEST_F(PublishSecrets, ATokenAsUserOfAnUrlIsNotTold) {
    const std::string token = "0123456789abcdef0123456789abcdef01234567";
    git("copy", "remote set-url origin https://" + token + "@example.org/me/r");

    const CopyReport report = bring();

    ASSERT_THAT(ids_of(report), ElementsAre("git-other-url")) << text_of(report);
    EXPECT_THAT(text_of(report), Not(HasSubstr(token)));
    EXPECT_THAT(report.findings.front().evidence, Contains("origin: https://example.org/me/r"));
}

TEST_F(PublishSecrets, WhatWasBegunInAHomeIsGivenUpByTheCommandThatIsNamed) {
    git("home", "init -q && git remote add origin x && git add .gitconfig && git commit -qm one");
    const auto hint = [&] {
        const auto seen = look_at_home_repository(tree_ / "home/.git", local());
        return seen ? std::string("nothing was begun") : seen.error().hint;
    };
    const auto follow = [&](const std::string& said) {
        shell("git " + said.substr(said.find("git ") + 4) + " 2>&1");
    };
    tree_.file("home/b", "1");
    git("home", "add b && git commit -qm two && git bisect start -q HEAD HEAD~1 2>&1");
    follow(hint());
    EXPECT_EQ(hint(), "nothing was begun");
    tree_.file("home/b", "2");
    git("home", "stash -q");
    tree_.file("home/b", "3");
    git("home", "commit -qam three && ! git stash pop -q 2>&1");

    follow(hint());

    EXPECT_EQ(hint(), "nothing was begun");
    EXPECT_EQ(tree_.content("home/b"), "3");
}

TEST_F(PublishSecrets, AConfigurationThatIsNoFileIsNotOpened) {
    tree_.remove("home/.gitconfig").fifo("home/.gitconfig");

    const CopyReport report = bring();

    ASSERT_THAT(ids_of(report), ElementsAre("git-config-unreadable")) << text_of(report);
    EXPECT_THAT(report.findings.front().evidence, ElementsAre(HasSubstr("home/.gitconfig")));
    EXPECT_THAT(ids_of(publish()), ElementsAre("git-config-unreadable"));
}

class LinkInGitsFolder : public PublishSecrets,
                         public ::testing::WithParamInterface<const char*> {};

TEST_P(LinkInGitsFolder, IsNotWrittenThrough) {
    const std::string place = std::string("copy/.git/") + GetParam();
    shell("git -C copy fetch -q && mkdir out && mv " + place + " out/it && ln -s \"$PWD/out/it\" " +
          place);
    commit_upstream("a", "newer");
    const auto before = tree_.snapshot("out");

    const CopyReport report = bring();

    EXPECT_EQ(tree_.snapshot("out"), before);
    ASSERT_THAT(ids_of(report), ElementsAre("git-unreadable")) << text_of(report);
    ASSERT_THAT(report.findings.front().fix.commands, SizeIs(1));
    shell(report.findings.front().fix.commands.front());
    EXPECT_EQ(bring().change, CopyChange::fast_forwarded);
}

INSTANTIATE_TEST_SUITE_P(
    Places,
    LinkInGitsFolder,
    ::testing::Values("FETCH_HEAD", "HEAD", "config", "index", "refs", "refs/remotes", "logs"),
    [](const auto& place) { return "Number" + std::to_string(place.index); });

}  // namespace
}  // namespace envkeep::git
