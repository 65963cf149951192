// SPDX-License-Identifier: MIT
// SshSession against OpenSSH's server: what works.
#include "peers/ssh_agent.hpp"
#include "peers/ssh_client.hpp"
#include "peers/ssh_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace envkeep::git {
namespace {

using envkeep::testing::output_of;
using envkeep::testing::SshClient;
using envkeep::testing::SshServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct KeyCase {
    std::string name;
    std::vector<std::string> options;  // of ssh-keygen
};

class SshKeys : public ::testing::TestWithParam<KeyCase> {};

TEST_P(SshKeys, LetUsIn) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_test", GetParam().options));

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "~/.ssh/id_test");
    EXPECT_EQ(output_of(**session, "echo hello; echo words >&2; exit 3"), "hello\n");
    EXPECT_EQ((*session)->words(), "words\n");
    EXPECT_EQ((*session)->exit_status(), 3);
}

INSTANTIATE_TEST_SUITE_P(
    Peers,
    SshKeys,
    ::testing::Values(KeyCase{"ed25519", {"-t", "ed25519", "-N", ""}},
                      KeyCase{"ecdsa256", {"-t", "ecdsa", "-b", "256", "-N", ""}},
                      KeyCase{"ecdsa384", {"-t", "ecdsa", "-b", "384", "-N", ""}},
                      KeyCase{"ecdsa521", {"-t", "ecdsa", "-b", "521", "-N", ""}},
                      KeyCase{"rsa4096", {"-t", "rsa", "-b", "4096", "-N", ""}},
                      KeyCase{"rsa_pem", {"-t", "rsa", "-b", "4096", "-m", "PEM", "-N", ""}},
                      KeyCase{"rsa_pkcs8", {"-t", "rsa", "-b", "3072", "-m", "PKCS8", "-N", ""}},
                      KeyCase{"ecdsa_pem", {"-t", "ecdsa", "-m", "PEM", "-N", ""}}),
    [](const auto& test) { return test.param.name; });

class SshPemKeys : public SshKeys {};

TEST_P(SshPemKeys, NeedNoPublicFileBeside) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_test", GetParam().options));
    client.home.remove(".ssh/id_test.pub");

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ(output_of(**session, "echo hello"), "hello\n");
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         SshPemKeys,
                         ::testing::Values(KeyCase{"rsa", {"-t", "rsa", "-m", "PEM", "-N", ""}},
                                           KeyCase{"ecdsa", {"-t", "ecdsa", "-m", "PEM", "-N", ""}},
                                           KeyCase{"openssh", {"-t", "ed25519", "-N", ""}}),
                         [](const auto& test) { return test.param.name; });

class SshHostKeys : public ::testing::TestWithParam<std::string> {};

// All kinds of keys that servers have, and that one asked for of which the key is known.
TEST_P(SshHostKeys, AreKnownByTheirType) {
    SshServer server({}, {"ed25519", "rsa", "ecdsa"});
    SshClient client(server.port());
    client.trust("[127.0.0.1]:" + std::to_string(server.port()) + " " +
                 server.host_key(GetParam()));
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));

    auto session = client.open();

    EXPECT_TRUE(session.has_value()) << session.error().message;
}

INSTANTIATE_TEST_SUITE_P(Peers, SshHostKeys, ::testing::Values("ed25519", "rsa", "ecdsa"));

TEST(Ssh, TellsEachStage) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));

    ASSERT_TRUE(client.open().has_value());

    EXPECT_THAT(
        client.stages,
        ElementsAre(
            SshStage::connect, SshStage::handshake, SshStage::host_key, SshStage::authentication));
}

TEST(Ssh, KnowsAHostByItsHashedName) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    envkeep::testing::run_program(
        {"ssh-keygen", "-q", "-H", "-f", client.home / ".ssh/known_hosts"});
    ASSERT_THAT(client.home.content(".ssh/known_hosts"), HasSubstr("|1|"));
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));

    auto session = client.open();

    EXPECT_TRUE(session.has_value()) << session.error().message;
}

TEST(Ssh, KnowsAHostByItsAlias) {
    SshServer server;
    SshClient client(server.port());
    client.settings.host_key_alias = "gitbox";
    client.trust("gitbox " + server.host_key("ed25519"));
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));

    auto session = client.open();

    EXPECT_TRUE(session.has_value()) << session.error().message;
}

TEST(Ssh, BelievesAnUnknownHostWhereTheSettingsSaySo) {
    SshServer server;
    SshClient client(server.port());
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));
    client.settings.host_key_checking = HostKeyChecking::accept_new;

    auto session = client.open();

    EXPECT_TRUE(session.has_value()) << session.error().message;
    EXPECT_FALSE(client.home.exists(".ssh/known_hosts"));
}

TEST(Ssh, OffersKeyAfterKey) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    client.make_key("id_ed25519", {"-t", "ed25519", "-N", ""});
    client.make_key("id_ecdsa", {"-t", "ecdsa", "-N", ""});
    server.authorize(client.make_key("id_rsa", {"-t", "rsa", "-N", ""}));

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "~/.ssh/id_rsa");
}

TEST(Ssh, AServerThatTakesNoRsaKeysGetsTheOthers) {
    SshServer server("PubkeyAcceptedAlgorithms ssh-ed25519");
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_rsa", {"-t", "rsa", "-N", ""}));
    server.authorize(client.make_key("id_ed25519", {"-t", "ed25519", "-N", ""}));

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "~/.ssh/id_ed25519");
}

TEST(Ssh, SignsWithSha2ForAServerThatTakesRsaKeysSoOnly) {
    SshServer server("PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256");
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_rsa", {"-t", "rsa", "-N", ""}));

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "~/.ssh/id_rsa");
}

class SshCertificates : public SshKeys {};

TEST_P(SshCertificates, LetUsIn) {
    SshClient authority(0);
    authority.make_key("authority", {"-t", "ed25519", "-N", ""});
    SshServer server("TrustedUserCAKeys " + (authority.home / ".ssh/authority.pub"));
    SshClient client(server.port());
    client.trust(server.known_hosts());
    client.make_key("id_test", GetParam().options);
    envkeep::testing::run_program({"ssh-keygen",
                                   "-q",
                                   "-s",
                                   authority.home / ".ssh/authority",
                                   "-I",
                                   "me",
                                   "-n",
                                   "root",
                                   client.home / ".ssh/id_test.pub"});

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ(output_of(**session, "echo hello"), "hello\n");
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         SshCertificates,
                         ::testing::Values(KeyCase{"ed25519", {"-t", "ed25519", "-N", ""}},
                                           KeyCase{"ecdsa", {"-t", "ecdsa", "-N", ""}},
                                           KeyCase{"rsa", {"-t", "rsa", "-N", ""}}),
                         [](const auto& test) { return test.param.name; });

TEST(Ssh, CarriesMuchBothWays) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));
    auto session = client.open();
    ASSERT_TRUE(session.has_value()) << session.error().message;

    // More than the window on both streams, and on the way there.
    const std::size_t much = 12'000'000;
    ASSERT_TRUE(
        (*session)->run("head -c 12000000 | wc -c; head -c 12000000 /dev/zero | tr '\\0' x; "
                        "head -c 6000000 /dev/zero | tr '\\0' y >&2; echo end"));
    ASSERT_TRUE((*session)->write(std::string(much, 'z')));
    std::string got;
    std::string some(100'000, '\0');
    auto count = (*session)->read(some);
    while (count.has_value() && *count > 0) {
        got.append(some.data(), *count);
        count = (*session)->read(some);
    }

    ASSERT_TRUE(count.has_value()) << count.error().message;
    EXPECT_EQ(got, "12000000\n" + std::string(much, 'x') + "end\n");
    EXPECT_EQ((*session)->words(), std::string(64 * 1024, 'y'));
    EXPECT_EQ((*session)->exit_status(), 0);
}

TEST(Ssh, TellsACommandThatASignalEnded) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));
    auto session = client.open();
    ASSERT_TRUE(session.has_value()) << session.error().message;

    EXPECT_THAT(output_of(**session, "kill -9 $$"), IsEmpty());
    EXPECT_EQ((*session)->exit_status(), std::nullopt);
}

class SshAgents : public SshKeys {};

TEST_P(SshAgents, SignWithKeysThatNeedAPassphrase) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_test", GetParam().options));
    const envkeep::testing::Agent agent;
    agent.add(client.home / ".ssh/id_test");
    client.settings.identity_agent = agent.socket();

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "agent: ~/.ssh/id_test");
    EXPECT_EQ(output_of(**session, "echo hello"), "hello\n");
}

INSTANTIATE_TEST_SUITE_P(
    Peers,
    SshAgents,
    ::testing::Values(KeyCase{"ed25519", {"-t", "ed25519", "-N", "secret"}},
                      KeyCase{"ecdsa", {"-t", "ecdsa", "-N", "secret"}},
                      KeyCase{"rsa", {"-t", "rsa", "-b", "4096", "-N", "secret"}},
                      KeyCase{"rsa_pem", {"-t", "rsa", "-m", "PEM", "-N", "secret"}}),
    [](const auto& test) { return test.param.name; });

TEST(Ssh, AnAgentMayHoldKeysThatAreNoFile) {
    SshServer server;
    SshClient client(server.port());
    client.trust(server.known_hosts());
    SshClient elsewhere(0);
    server.authorize(elsewhere.make_key("id_far", {"-t", "ed25519", "-N", ""}));
    const envkeep::testing::Agent agent;
    agent.add(elsewhere.home / ".ssh/id_far");
    client.settings.identity_agent = agent.socket();

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "agent: me@laptop");

    client.settings.identities_only = true;
    const auto without = client.open();

    ASSERT_FALSE(without.has_value());
    EXPECT_EQ(without.error().failure, SshFailure::no_key);
    EXPECT_THAT(without.error().evidence,
                ::testing::Contains("not offered, since IdentitiesOnly is set: agent: me@laptop"));
}

}  // namespace
}  // namespace envkeep::git
