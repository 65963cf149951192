// SPDX-License-Identifier: MIT
// Why `envkeep doctor --deep` says that a host cannot be used: each reason in words, with its cure.
#include "peers/ssh_agent.hpp"
#include "peers/ssh_server.hpp"
#include "support/child.hpp"
#include "unit/cli/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>

#include <string>
#include <vector>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::run_program;
using testing::SshServer;

class DoctorHostReasons : public ::testing::Test {
  protected:
    DoctorHostReasons() {
        line.tree.folder("home/.ssh", 0700);
        EXPECT_EQ(line.run({"init", "--template", "container"}).status, 0);
    }

    void want(const std::string& url) {
        line.tree.file("storage/envkeep/manifest.yaml",
                       fmt::format("envkeep: 1\ndotfiles: {{url: \"{}\"}}\n", url));
    }

    void want(const SshServer& server) {
        line.tree.file("home/.ssh/known_hosts", server.known_hosts());
        want(fmt::format("ssh://root@127.0.0.1:{}/srv/a.git", server.port()));
    }

    // The text of its public part.
    std::string make_key(const std::string& type, const std::string& passphrase = {}) {
        const std::string name = "home/.ssh/id_" + type;
        run_program({"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", line.tree / name});
        return line.tree.content(name + ".pub");
    }

    std::string told() { return line.run({"doctor", "--deep"}).out; }

    testing::CommandLine line;
};

TEST_F(DoctorHostReasons, AnAgentThatIsEmptyOrDoesNotRun) {
    SshServer server;
    server.authorize(make_key("ed25519", "secret"));
    want(server);
    {
        const testing::Agent agent;
        line.set("SSH_AUTH_SOCK", agent.socket());
        EXPECT_THAT(told(),
                    AllOf(HasSubstr("[ssh-key-encrypted]"),
                          HasSubstr("the agent holds no key"),
                          HasSubstr("without a passphrase")));
        agent.add(line.tree / "home/.ssh/id_ed25519");
        EXPECT_THAT(told(), HasSubstr("key agent: ~/.ssh/id_ed25519 accepted"));
    }
    EXPECT_THAT(told(),
                AllOf(HasSubstr("[ssh-key-encrypted]"),
                      HasSubstr("the agent does not help: "),
                      HasSubstr("without a passphrase")));
}

TEST_F(DoctorHostReasons, ATypeOfKeysThatTheServerDoesNotTake) {
    SshServer server("PubkeyAcceptedAlgorithms ssh-ed25519");
    server.authorize(make_key("rsa"));
    want(server);
    EXPECT_THAT(told(),
                AllOf(HasSubstr("[ssh-key-refused]"),
                      HasSubstr("~/.ssh/id_rsa SHA256:"),
                      HasSubstr("an ed25519 key")));

    server.authorize(make_key("ed25519"));
    EXPECT_THAT(told(), HasSubstr("key ~/.ssh/id_ed25519 accepted"));
}

TEST_F(DoctorHostReasons, AServerOfYesterday) {
    const SshServer exchange("KexAlgorithms diffie-hellman-group1-sha1");
    want(exchange);
    EXPECT_THAT(told(),
                AllOf(HasSubstr("[ssh-server-too-old]"),
                      HasSubstr("it offers only diffie-hellman-group1-sha1"),
                      HasSubstr("must renew it")));

    const SshServer signature("HostKeyAlgorithms ssh-rsa", {"rsa"});
    want(signature);
    EXPECT_THAT(
        told(),
        AllOf(HasSubstr("[ssh-server-too-old]"), HasSubstr("host keys: it offers only ssh-rsa")));
}

TEST_F(DoctorHostReasons, NotAServerThatTakesRsaKeysOnlyWithSha2) {
    SshServer server("PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256");
    server.authorize(make_key("rsa"));
    want(server);
    EXPECT_THAT(told(), HasSubstr("key ~/.ssh/id_rsa accepted"));
}

TEST_F(DoctorHostReasons, NoNameServerThatAnswers) {
    make_key("ed25519");
    testing::in_child([&] {
        ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
        for (const std::string scheme : {"ssh", "https"}) {
            want(scheme + "://h.example/a.git");
            EXPECT_THAT(told(),
                        AllOf(HasSubstr("[git-lookup-failed]"), HasSubstr("/etc/resolv.conf")));
        }
    });
}

}  // namespace
}  // namespace envkeep::cli
