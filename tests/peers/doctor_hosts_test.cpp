// SPDX-License-Identifier: MIT
// `envkeep doctor` asking hosts that are there: OpenSSH's server, a silent one, a folder.
#include "envkeep/core/json.hpp"
#include "peers/ssh_server.hpp"
#include "unit/cli/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <string>
#include <vector>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using ::testing::Not;
using testing::run_program;
using testing::SshServer;

class DoctorHosts : public ::testing::Test {
  protected:
    DoctorHosts() {
        line.tree.folder("home/.ssh", 0700).file("home/.ssh/known_hosts", server.known_hosts());
        EXPECT_EQ(line.run({"init", "--template", "container"}).status, 0);
        run_program(
            {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me@laptop", "-f", key()});
    }

    [[nodiscard]] std::string key() const { return line.tree / "home/.ssh/id_ed25519"; }

    void let_in() { server.authorize(line.tree.content("home/.ssh/id_ed25519.pub")); }

    [[nodiscard]] std::string host() const {
        return fmt::format("root@127.0.0.1:{}", server.port());
    }

    void want(const std::string& dotfiles, const std::vector<std::string>& repositories = {}) {
        std::string manifest = "envkeep: 1\ndotfiles: {url: \"" + dotfiles + "\"}\n";
        for (std::size_t i = 0; i < repositories.size(); ++i) {
            manifest += fmt::format("{}  - {{url: \"{}\", dir: ~/r{}}}\n",
                                    i == 0 ? "repos:\n" : "",
                                    repositories[i],
                                    i);
        }
        line.tree.file("storage/envkeep/manifest.yaml", manifest);
    }

    std::vector<Json> rows() {
        const Answer answer = line.run({"doctor", "--deep", "--json"});
        const auto document = Json::parse(answer.out);
        EXPECT_TRUE(document) << answer.out << answer.err;
        return *document->find("hosts")->as_array();
    }

    // How a doctor ends who asks nobody: what this machine has else is not the matter here.
    int status_without() { return line.run({"doctor", "--deep", "--no-network"}).status; }

    SshServer server;
    testing::CommandLine line;
};

TEST_F(DoctorHosts, AreAskedOnceEachAndTellTheKeyThatTheyAccept) {
    let_in();
    line.tree.file("home/.gitconfig",
                   fmt::format("[url \"ssh://{}/\"]\n\tinsteadOf = https://h.example/\n", host()));
    want(fmt::format("ssh://{}/srv/a.git", host()),
         {fmt::format("ssh://{}/srv/b.git", host()), "https://h.example/c.git"});

    const Answer answer = line.run({"doctor", "--deep"});

    EXPECT_THAT(answer.out,
                HasSubstr("  ssh " + host() + "  well    key ~/.ssh/id_ed25519 accepted\n"));
    EXPECT_THAT(answer.out, Not(HasSubstr("cannot be used")));
    EXPECT_THAT(answer.out, Not(HasSubstr("h.example")));
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(answer.status, status_without());
    const std::vector<Json> hosts = rows();
    ASSERT_EQ(hosts.size(), 1U);
    EXPECT_TRUE(hosts[0].flag_or("well", false));
    EXPECT_EQ(hosts[0].text_or("subject", ""), "ssh " + host());
    EXPECT_EQ(hosts[0].text_or("answer", ""), "key ~/.ssh/id_ed25519 accepted");
}

TEST_F(DoctorHosts, OfTheWebAreNamedWithoutTheUserWhichMayBeAToken) {
    line.tree.file("home/.gitconfig",
                   "[url \"http://ghp_secret@127.0.0.1:1/\"]\n\tinsteadOf = https://h.example/\n");
    want("https://h.example/a.git");

    const Answer answer = line.run({"doctor", "--deep"});

    EXPECT_THAT(answer.out, AllOf(HasSubstr("http 127.0.0.1:1 "), Not(HasSubstr("ghp_secret"))));
}

TEST_F(DoctorHosts, AreToldWhereTheConfigurationMakesNoAddressOfThem) {
    line.tree.file("home/.gitconfig",
                   "[url \"https://me:secret@h.example/\"]\n\tinsteadOf = https://g.example/\n");
    want("https://g.example/a.git");

    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"doctor"}, std::vector<std::string>{"doctor", "--deep"}}) {
        const Answer answer = line.run(words);

        EXPECT_THAT(answer.out, AllOf(HasSubstr("[git-url-refused]"), Not(HasSubstr("secret"))));
        EXPECT_EQ(answer.status, 1);
    }
}

TEST_F(DoctorHosts, HaveTheUserOfTheSshConfiguration) {
    let_in();
    line.tree.file("home/.ssh/config",
                   fmt::format("Host mine\n  HostName 127.0.0.1\n  Port {}\n  User root\n  "
                               "HostKeyAlias [127.0.0.1]:{}\n",
                               server.port(),
                               server.port()));
    want("mine:a.git");

    EXPECT_THAT(
        line.run({"doctor", "--deep"}).out,
        HasSubstr("  ssh mine                well    root@, key ~/.ssh/id_ed25519 accepted\n"));
}

TEST_F(DoctorHosts, ThatRefuseTheKeyAreAFindingWithItsCure) {
    want(fmt::format("ssh://{}/srv/a.git", host()));
    line.tree.mode("home/.ssh/id_ed25519", 0644);

    const Answer answer = line.run({"doctor", "--deep"});

    EXPECT_EQ(answer.status, 1) << answer.out;
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr(", but 1 of 1 git host cannot be used\n"),
                      HasSubstr("[ssh-key-refused]"),
                      HasSubstr("offered: ~/.ssh/id_ed25519 SHA256:"),
                      HasSubstr("0644"),
                      HasSubstr("  ssh " + host() + "  broken  ")));
    const std::vector<Json> hosts = rows();
    ASSERT_EQ(hosts.size(), 1U);
    EXPECT_FALSE(hosts[0].flag_or("well", true));
}

TEST_F(DoctorHosts, ThatShowAnotherKeyAreAFindingWithBothFingerprints) {
    let_in();
    const SshServer other;
    const std::string shown = other.known_hosts();
    line.tree.file(
        "home/.ssh/known_hosts",
        fmt::format("[127.0.0.1]:{} {}", server.port(), shown.substr(shown.find(' ') + 1)));
    want(fmt::format("ssh://{}/srv/a.git", host()));

    EXPECT_THAT(line.run({"doctor", "--deep"}).out,
                AllOf(HasSubstr("[ssh-host-key-changed]"),
                      HasSubstr("shown: ssh-ed25519 SHA256:"),
                      HasSubstr("expected: ssh-ed25519 SHA256:")));
}

TEST_F(DoctorHosts, ThatNoKeyIsThereForAreAFinding) {
    line.tree.file("home/.ssh/id_ed25519", "no key");
    want(fmt::format("ssh://{}/srv/a.git", host()));
    EXPECT_THAT(line.run({"doctor", "--deep"}).out, HasSubstr("[ssh-key-unreadable]"));

    ASSERT_EQ(::unlink(key().c_str()), 0);
    EXPECT_THAT(line.run({"doctor", "--deep"}).out, HasSubstr("[ssh-key-missing]"));
}

TEST_F(DoctorHosts, AreNotAskedUnlessDeepNorWithoutNetworkOrRepositories) {
    want(fmt::format("ssh://{}/srv/a.git", host()));
    EXPECT_THAT(line.run({"doctor"}).out, HasSubstr("git hosts  not asked"));
    EXPECT_THAT(line.run({"doctor", "--deep", "--no-network"}).out, Not(HasSubstr(host())));

    line.tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\n");
    EXPECT_TRUE(rows().empty());
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(DoctorHosts, ThatSayNothingHoldNobodyElseUp) {
    let_in();
    const LoopbackServer silent([](const posix::Fd& client) {
        char byte = 0;
        while (::read(client.get(), &byte, 1) > 0) {
        }
    });
    run_program({"git", "init", "-q", "--bare", line.tree / "there.git"});
    want(fmt::format("ssh://me@127.0.0.1:{}/a.git", silent.port()),
         {fmt::format("ssh://{}/srv/b.git", host()),
          line.tree / "there.git",
          line.tree / "not-there.git"});

    const Answer answer = line.run({"doctor", "--deep", "--json"});

    EXPECT_EQ(answer.status, 1);
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr("git-host-silent"), HasSubstr("git-repository-missing")));
    const Json document = Json::parse(answer.out).value();
    std::vector<bool> well;
    for (const Json& host : *document.find("hosts")->as_array()) {
        well.push_back(host.flag_or("well", false));
    }
    EXPECT_THAT(well, ::testing::ElementsAre(false, true, true, false));
    EXPECT_THAT(answer.out, AllOf(HasSubstr("ssh ***@127.0.0.1:"), Not(HasSubstr("me@"))));
}

}  // namespace
}  // namespace envkeep::cli
