// SPDX-License-Identifier: MIT
// What `envkeep doctor` tells of the hosts of git from files alone: nobody is asked.
#include "peers/ssh_agent.hpp"
#include "peers/ssh_server.hpp"
#include "unit/cli/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_program;

class DoctorHostFiles : public ::testing::Test {
  protected:
    DoctorHostFiles() {
        line.tree.folder("home/.ssh", 0700);
        EXPECT_EQ(line.run({"init", "--template", "container"}).status, 0);
        want("git@github.com:me/dotfiles.git");
    }

    void want(const std::string& url, const std::string& more = {}) {
        line.tree.file("storage/envkeep/manifest.yaml",
                       fmt::format("envkeep: 1\ndotfiles: {{url: \"{}\"{}}}\n"
                                   "repos:\n  - {{url: \"{}\", dir: ~/r{}}}\n",
                                   url,
                                   more,
                                   url,
                                   more));
    }

    void make_key(const std::string& name, const std::vector<std::string>& options) {
        std::vector<std::string> words{"ssh-keygen", "-q", "-f", line.tree / ("home/.ssh/" + name)};
        words.insert(words.end(), options.begin(), options.end());
        run_program(words);
    }

    std::string told() { return line.run({"doctor"}).out; }

    testing::CommandLine line;
};

MATCHER(SaysNothingOfHosts, "") {
    return arg.find("[ssh-") == std::string::npos && arg.find("[git-") == std::string::npos &&
           arg.find("git hosts  not asked") != std::string::npos;
}

TEST_F(DoctorHostFiles, AreSilentOnAKeyOfAKnownHost) {
    make_key("id_ed25519", {"-t", "ed25519", "-N", ""});
    const Answer healthy = line.run({"doctor"});
    EXPECT_THAT(healthy.out, SaysNothingOfHosts());

    line.tree.remove("home/.ssh/id_ed25519").remove("home/.ssh/id_ed25519.pub");
    EXPECT_THAT(told(), HasSubstr("[ssh-key-missing]"));
    make_key("id_rsa", {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""});
    line.set("SSH_AUTH_SOCK", line.tree / "home/of-yesterday");  // not needed
    EXPECT_THAT(told(), SaysNothingOfHosts());
    EXPECT_EQ(line.run({"doctor"}).status, healthy.status);
}

TEST_F(DoctorHostFiles, AreSilentOnAnAgentThatLives) {
    const testing::Agent agent;
    line.set("SSH_AUTH_SOCK", agent.socket());
    EXPECT_THAT(told(), SaysNothingOfHosts());  // its keys need no files

    make_key("id_ed25519", {"-t", "ed25519", "-N", "secret"});
    EXPECT_THAT(told(), SaysNothingOfHosts());
}

TEST_F(DoctorHostFiles, TellOfAKeyThatNeedsAPassphraseWithoutAgent) {
    make_key("id_ed25519", {"-t", "ed25519", "-N", "secret"});
    const Answer answer = line.run({"doctor"});
    EXPECT_EQ(answer.status, 1);
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr("[ssh-key-encrypted]"),
                      HasSubstr("the keys for git@github.com need a passphrase"),
                      HasSubstr("SSH_AUTH_SOCK is not set")));

    line.set("SSH_AUTH_SOCK", line.tree / "home/of-yesterday");
    EXPECT_THAT(
        told(),
        AllOf(HasSubstr("[ssh-key-encrypted]"), HasSubstr("the agent does not help: the socket")));
}

TEST_F(DoctorHostFiles, TellOfKeysThatCannotBeUsed) {
    line.tree.file("home/.ssh/config", "Host github.com\n  IdentityFile ~/.ssh/mine\n");
    EXPECT_THAT(told(), AllOf(HasSubstr("[ssh-key-missing]"), HasSubstr("mine: no such file")));

    line.tree.file("home/.ssh/mine", "PuTTY-User-Key-File-3: ssh-ed25519\n", 0600);
    EXPECT_THAT(told(), AllOf(HasSubstr("[ssh-key-unreadable]"), HasSubstr("in PuTTY's format")));
}

TEST_F(DoctorHostFiles, TellOnceOfAKeyThatOthersMayRead) {
    make_key("id_ed25519", {"-t", "ed25519", "-N", ""});
    line.tree.mode("home/.ssh/id_ed25519", 0644);
    line.tree.file("storage/envkeep/manifest.yaml",
                   "envkeep: 1\nrepos:\n"
                   "  - {url: \"git@github.com:me/a.git\", dir: ~/a}\n"
                   "  - {url: \"git@gitlab.com:me/b.git\", dir: ~/b}\n");

    const std::string out = told();

    const std::size_t at = out.find("[ssh-key-open]");
    ASSERT_NE(at, std::string::npos) << out;
    EXPECT_EQ(out.find("[ssh-key-open]", at + 1), std::string::npos) << out;
    EXPECT_THAT(out, HasSubstr("chmod 600 ~/.ssh/id_ed25519"));

    // ssh does not mind the modes of another user's file.
    line.tree.owner("home/.ssh/id_ed25519", 12345, 12345);
    EXPECT_THAT(told(), SaysNothingOfHosts());
}

TEST_F(DoctorHostFiles, TellOfAHostWhoseKeyIsNotKnown) {
    make_key("id_ed25519", {"-t", "ed25519", "-N", ""});
    want("ssh://me@h.example:222/a.git");
    EXPECT_THAT(told(),
                AllOf(HasSubstr("[ssh-host-key-unknown]"),
                      HasSubstr("no key of h.example port 222 is known here"),
                      HasSubstr("envkeep doctor --deep")));

    line.tree.file("home/.ssh/known_hosts",
                   "[h.example]:222 " + line.tree.content("home/.ssh/id_ed25519.pub"));
    run_program({"ssh-keygen", "-q", "-H", "-f", line.tree / "home/.ssh/known_hosts"});
    EXPECT_THAT(told(), SaysNothingOfHosts());

    line.tree.remove("home/.ssh/known_hosts")
        .file("home/.ssh/config", "Host *\n  StrictHostKeyChecking accept-new\n");
    EXPECT_THAT(told(), SaysNothingOfHosts());

    line.tree.file("home/.ssh/config", "Host h.example\n  ProxyJump bastion\n");
    EXPECT_THAT(told(), AllOf(HasSubstr("[ssh-setting-unsupported]"), HasSubstr("ProxyJump")));
}

TEST_F(DoctorHostFiles, TellOfATokenThatThereIsNot) {
    want("https://github.com/me/dotfiles.git");
    EXPECT_THAT(told(), SaysNothingOfHosts());  // it may be public

    want("https://github.com/me/dotfiles.git", ", token: MY_TOKEN");
    EXPECT_THAT(told(), AllOf(HasSubstr("[git-token-needed]"), HasSubstr("MY_TOKEN is not set")));

    line.tree.file("home/.netrc", "machine github.com login me password s\n", 0600);
    EXPECT_THAT(told(), SaysNothingOfHosts());
    line.tree.remove("home/.netrc");
    line.set("MY_TOKEN", "s");
    EXPECT_THAT(told(), SaysNothingOfHosts());
}

}  // namespace
}  // namespace envkeep::cli
