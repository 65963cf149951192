// SPDX-License-Identifier: MIT
// SshSession against OpenSSH's server, and others: what fails, at which stage, and how it is told.
#include "peers/ssh_client.hpp"
#include "peers/ssh_server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using envkeep::testing::AtLimit;
using envkeep::testing::LoopbackServer;
using envkeep::testing::SshClient;
using envkeep::testing::SshServer;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Told {
    SshStage stage;
    SshFailure failure;

    friend bool operator==(const Told&, const Told&) = default;

    friend void PrintTo(const Told& told, std::ostream* out) {
        *out << "stage " << static_cast<int>(told.stage) << ", failure "
             << static_cast<int>(told.failure);
    }
};

Told told(const SshError& error) {
    return {error.stage, error.failure};
}

SshError error_of(SshClient& client) {
    const auto outcome = client.open();
    EXPECT_FALSE(outcome.has_value());
    return outcome ? SshError{} : outcome.error();
}

std::string fingerprint_of(const std::string& public_file) {
    const std::string line = envkeep::testing::run_program({"ssh-keygen", "-l", "-f", public_file});
    return line.substr(line.find("SHA256:"), 50);
}

// A server that has let us in before, and a client that has all that takes.
class SshFails : public ::testing::Test {
  protected:
    SshFails() {
        client.trust(server.known_hosts());
        server.authorize(client.make_key("id_test", {"-t", "ed25519", "-N", ""}));
    }

    SshServer server;
    SshClient client{server.port()};
};

TEST_F(SshFails, OnAKeyThatIsNotAccepted) {
    SshClient other(server.port());
    other.trust(server.known_hosts());
    other.make_key("id_rsa", {"-t", "rsa", "-N", ""});
    other.make_key("id_ed25519", {"-t", "ed25519", "-N", ""});

    const SshError error = error_of(other);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::key_refused}));
    EXPECT_EQ(error.message,
              fmt::format("root@127.0.0.1 port {} accepts none of the keys here", server.port()));
    EXPECT_THAT(error.evidence,
                Contains("offered: ~/.ssh/id_rsa " +
                         fingerprint_of(other.home / ".ssh/id_rsa.pub") + " (ssh-rsa)"));
    EXPECT_THAT(error.evidence,
                Contains("offered: ~/.ssh/id_ed25519 " +
                         fingerprint_of(other.home / ".ssh/id_ed25519.pub") + " (ssh-ed25519)"));
}

TEST_F(SshFails, OnAChangedHostKey) {
    SshServer before;
    std::string line = before.host_key("ed25519");
    client.trust(fmt::format("[127.0.0.1]:{} {}", server.port(), line));

    for (const HostKeyChecking checking :
         {HostKeyChecking::yes, HostKeyChecking::accept_new, HostKeyChecking::no}) {
        client.settings.host_key_checking = checking;
        const SshError error = error_of(client);

        EXPECT_EQ(told(error), (Told{SshStage::host_key, SshFailure::host_key_changed}));
        EXPECT_THAT(error.evidence, Contains(StartsWith("shown: ssh-ed25519 SHA256:")));
        EXPECT_THAT(error.evidence, Contains(StartsWith("expected: ssh-ed25519 SHA256:")));
    }
}

TEST_F(SshFails, OnAnUnknownHostAndNamesTheLineToAdd) {
    client.trust("");

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::host_key, SshFailure::host_key_unknown}));
    ASSERT_THAT(error.evidence, Contains(StartsWith("known_hosts line: ")));
    client.trust(error.evidence[1].substr(error.evidence[1].find(": ") + 2) + "\n");
    EXPECT_TRUE(client.open().has_value());
}

TEST_F(SshFails, OnARevokedHostKey) {
    client.trust("@revoked * " + server.host_key("ed25519"));
    client.settings.host_key_checking = HostKeyChecking::no;

    EXPECT_EQ(told(error_of(client)), (Told{SshStage::host_key, SshFailure::host_key_revoked}));
}

TEST_F(SshFails, WithoutAnyKey) {
    client.settings.identity_files = {client.home / ".ssh/id_none"};
    client.settings.has_own_identities = true;

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::no_key}));
    EXPECT_THAT(error.evidence, Contains("~/.ssh/id_none: no such file"));
}

TEST_F(SshFails, OnAKeyThatNeedsAPassphrase) {
    client.settings.identity_files.clear();
    server.authorize(client.make_key("id_locked", {"-t", "ed25519", "-N", "secret"}));
    server.authorize(client.make_key("id_pem", {"-t", "rsa", "-m", "PEM", "-N", "secret"}));
    server.authorize(client.make_key("id_pkcs8", {"-t", "rsa", "-m", "PKCS8", "-N", "secret"}));

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::key_encrypted}));
    for (const std::string name : {"id_locked", "id_pem", "id_pkcs8"}) {
        EXPECT_THAT(error.evidence,
                    Contains("~/.ssh/" + name + ": needs a passphrase, and no agent holds it"));
    }
}

TEST_F(SshFails, OnFilesThatAreNoKeys) {
    client.settings.identity_files = {client.home / ".ssh/a", client.home / ".ssh/b"};
    client.home.file(".ssh/a", "PuTTY-User-Key-File-3: ssh-ed25519\n", 0600);
    client.home.file(".ssh/b", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", 0600);

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::key_unreadable}));
    EXPECT_THAT(error.evidence, Contains("~/.ssh/a: in PuTTY's format, which ssh does not read"));
    EXPECT_THAT(error.evidence, Contains("~/.ssh/b: not a private key, or damaged"));
}

TEST_F(SshFails, OnADamagedKeyAndGoesOnWithTheNext) {
    const std::string good = client.settings.identity_files[0];
    std::string text = client.home.content(".ssh/id_test");
    text.replace(text.find("\n-----END") - 60, 20, "AAAAAAAAAAAAAAAAAAAA");
    client.home.file(".ssh/id_damaged", text, 0600);
    client.settings.identity_files = {client.home / ".ssh/id_damaged", good};

    auto session = client.open();

    ASSERT_TRUE(session.has_value()) << session.error().message;
    EXPECT_EQ((*session)->key_used(), "~/.ssh/id_test");
}

TEST_F(SshFails, NotOnTheModeOfAKeyButTellsIt) {
    client.settings.user = "stranger";  // who may not come in
    client.home.mode(".ssh/id_test", 0644);

    const SshError error = error_of(client);

    EXPECT_EQ(error.failure, SshFailure::key_refused);
    EXPECT_THAT(error.evidence,
                Contains("~/.ssh/id_test: mode 0644, which ssh itself refuses: chmod 600 "
                         "~/.ssh/id_test"));
}

TEST_F(SshFails, OnAnAgentThatHangsAndGoesOnWithTheFiles) {
    const std::string path = client.home / "agent";
    const posix::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct ::sockaddr_un here{};
    here.sun_family = AF_UNIX;
    path.copy(here.sun_path, sizeof here.sun_path - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<struct ::sockaddr*>(&here), sizeof here), 0);
    ASSERT_EQ(::listen(listener.get(), 4), 0);
    client.settings.identity_agent = path;

    auto session = client.open();
    client.settings.user = "stranger";
    const SshError error = error_of(client);

    EXPECT_TRUE(session.has_value()) << session.error().message;
    EXPECT_THAT(error.evidence, Contains(StartsWith("the agent does not help: the socket '")));
}

TEST_F(SshFails, AfterTooManyKeysInTheServersWords) {
    SshServer strict("MaxAuthTries 2");
    SshClient other(strict.port());
    other.trust(strict.known_hosts());
    for (const std::string name : {"a", "b", "c", "d"}) {
        other.make_key(name, {"-t", "ed25519", "-N", ""});
    }

    const SshError error = error_of(other);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::key_refused}));
    EXPECT_THAT(error.message, HasSubstr("Too many authentication failures"));
    EXPECT_THAT(error.evidence, Contains(StartsWith("offered: ~/.ssh/a ")));
}

TEST_F(SshFails, OnTheFirstKeyWhereTheServerEndsThere) {
    SshServer strict("MaxAuthTries 1");
    SshClient other(strict.port());
    other.trust(strict.known_hosts());
    other.make_key("only", {"-t", "ed25519", "-N", ""});

    const SshError error = error_of(other);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::key_refused}));
    EXPECT_THAT(error.evidence, Contains(StartsWith("offered: ~/.ssh/only SHA256:")));
}

TEST_F(SshFails, OnASettingThatWouldChangeTheMeaning) {
    client.settings.unsupported = {"ProxyJump bastion (~/.ssh/config:2)"};

    const SshError error = error_of(client);

    EXPECT_EQ(error.failure, SshFailure::unsupported_setting);
    EXPECT_EQ(server.connections(), 0);
}

TEST(SshFailsSha1, OnAServerWhoseKeyExchangeIsOfYesterday) {
    SshServer server("KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1");
    SshClient client(server.port());
    client.trust(server.known_hosts());

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::handshake, SshFailure::no_common_algorithm}));
    EXPECT_THAT(error.evidence,
                Contains(StartsWith("key exchange: it offers only diffie-hellman-group1-sha1")));
    EXPECT_THAT(error.evidence, Contains(StartsWith("server: SSH-2.0-OpenSSH_")));
}

TEST(SshFailsSha1, OnAServerThatSignsWithSha1) {
    SshServer server("HostKeyAlgorithms ssh-rsa", {"rsa"});
    SshClient client(server.port());
    client.trust(server.known_hosts());

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::handshake, SshFailure::no_common_algorithm}));
    EXPECT_THAT(error.evidence, Contains("host keys: it offers only ssh-rsa"));
}

// It does not say so: it names all algorithms that it was built with, and refuses.
TEST(SshFailsSha1, OnAServerThatTakesRsaKeysOnlyWithSha1) {
    SshServer server("PubkeyAcceptedAlgorithms ssh-rsa");
    SshClient client(server.port());
    client.trust(server.known_hosts());
    server.authorize(client.make_key("id_rsa", {"-t", "rsa", "-N", ""}));

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::authentication, SshFailure::key_refused}));
    EXPECT_THAT(error.evidence, Contains(StartsWith("offered: ~/.ssh/id_rsa SHA256:")));
}

TEST_F(SshFails, WhereNobodyListens) {
    {
        const LoopbackServer gone([](const posix::Fd&) {});
        client.settings.port = gone.port();
    }

    EXPECT_EQ(told(error_of(client)), (Told{SshStage::connect, SshFailure::refused}));
}

TEST_F(SshFails, OnWhatIsNotSsh) {
    const LoopbackServer web([](const posix::Fd& client) {
        std::array<char, 512> request{};
        ::recv(client.get(), request.data(), request.size(), 0);
        constexpr std::string_view answer = "HTTP/1.1 400 Bad\x1b[2J Request\r\n\r\n";
        ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    });
    client.settings.port = web.port();

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::handshake, SshFailure::not_ssh}));
    EXPECT_THAT(error.evidence, Contains("it says: HTTP/1.1 400 Bad\\x1b[2J Request"));
}

TEST_F(SshFails, NotForComingWithTooManyOthers) {
    server.turn_away(2);

    EXPECT_TRUE(client.open().has_value());
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(SshFails, OnAServerThatTakesNobodyForTooLong) {
    server.turn_away(1000);
    client.limits.handshake = 1s;

    const SshError error = error_of(client);

    EXPECT_EQ(told(error), (Told{SshStage::handshake, SshFailure::closed_by_peer}));
    EXPECT_THAT(error.message, HasSubstr("takes no more connections just now"));
    EXPECT_THAT(error.evidence, Contains("it says: Exceeded MaxStartups"));
}

TEST_F(SshFails, OnWhatTalksWithoutEnd) {
    const LoopbackServer talker([](const posix::Fd& client) {
        while (::send(client.get(), "hello\r\n", 7, MSG_NOSIGNAL) > 0) {
        }
    });
    client.settings.port = talker.port();

    EXPECT_EQ(told(error_of(client)), (Told{SshStage::handshake, SshFailure::not_ssh}));
}

// How many bytes the server has sent when each stage begins: the same in each session, since the
// kinds of keys are.
class SshInterferes : public SshFails {
  protected:
    std::size_t sent_before(SshStage wanted) {
        std::size_t sent = 0;
        client.at_stage = [&](SshStage stage) {
            if (stage == wanted) {
                sent = server.sent();
            }
        };
        EXPECT_TRUE(client.open().has_value());
        client.at_stage = nullptr;
        return sent;
    }

    // What goes before the stall must be through within the limit, on a machine under load too.
    Told stalled_after(std::size_t bytes, std::chrono::milliseconds limit = 100ms) {
        server.interfere({.limit = bytes, .then = AtLimit::stall});
        client.limits = {.connect = 60s, .handshake = limit, .stall = 100ms};
        return told(error_of(client));
    }
};

TEST_F(SshInterferes, ByStallingAfterItHasAccepted) {
    EXPECT_EQ(stalled_after(0), (Told{SshStage::handshake, SshFailure::timed_out}));
}

TEST_F(SshInterferes, ByStallingWithinItsGreeting) {
    EXPECT_EQ(stalled_after(10), (Told{SshStage::handshake, SshFailure::timed_out}));
}

TEST_F(SshInterferes, ByStallingInTheKeyExchange) {
    EXPECT_EQ(stalled_after(300), (Told{SshStage::handshake, SshFailure::timed_out}));
}

TEST_F(SshInterferes, ByStallingInTheAuthentication) {
    const std::size_t sent = sent_before(SshStage::authentication);

    EXPECT_EQ(stalled_after(sent, 3s), (Told{SshStage::authentication, SshFailure::timed_out}));
}

TEST_F(SshInterferes, ByStallingInTheTransfer) {
    client.limits.stall = 2s;
    auto session = client.open();
    ASSERT_TRUE(session.has_value());
    ASSERT_TRUE((*session)->run("cat"));
    std::array<char, 16> into{};

    const auto outcome = (*session)->read(into);

    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(told(outcome.error()), (Told{SshStage::transfer, SshFailure::timed_out}));
}

TEST_F(SshInterferes, ByCuttingTheConnectionAtAnyByte) {
    const std::size_t all = sent_before(SshStage::authentication) + 40;

    for (std::size_t limit = 0; limit <= all; limit += limit < 64 ? 7 : 97) {
        server.interfere({.limit = limit, .then = AtLimit::cut});
        const SshError error = error_of(client);
        EXPECT_THAT(error.failure, AnyOf(SshFailure::closed_by_peer, SshFailure::not_ssh)) << limit;
        EXPECT_THAT(error.stage, AnyOf(SshStage::handshake, SshStage::authentication)) << limit;
    }
}

}  // namespace
}  // namespace envkeep::git
