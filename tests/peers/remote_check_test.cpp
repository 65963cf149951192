// SPDX-License-Identifier: MIT
#include "envkeep/git/remote_check.hpp"

#include "peers/ssh_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <map>

namespace envkeep::git {
namespace {

using envkeep::testing::LoopbackServer;
using envkeep::testing::SshClient;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Names and ports of the world stand for ports of this machine.
class Signposts final : public system::Network {
  public:
    tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect(
        const std::string& host, std::uint16_t port, SteadyTime deadline) override {
        return real_.connect("127.0.0.1", ports.at(fmt::format("{}:{}", host, port)), deadline);
    }

    tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect_local(
        const std::string& path) override {
        return real_.connect_local(path);
    }

    std::map<std::string, std::uint16_t> ports;

  private:
    posix::Network real_;
};

// A port where nobody listens any more.
std::uint16_t shut_port() {
    return LoopbackServer([](const posix::Fd&) {}).port();
}

// What a check of GitHub finds where its port 22 is shut and its other one leads to that port.
model::Finding blocked_github(std::uint16_t other) {
    SshClient client(0);
    Signposts network;
    network.ports = {{"github.com:22", shut_port()}, {"ssh.github.com:443", other}};
    RemoteAccess access{.network = network,
                        .config = client.config(),
                        .http = {},
                        .pinned = {},
                        .mode_of = SshClient::mode_of,
                        .limits = client.limits,
                        .progress = {}};
    const CopyReport report =
        check_remote({.subject = "ssh git@github.com", .url = "git@github.com:me/d.git"}, access);
    EXPECT_THAT(report.answer, IsEmpty());
    EXPECT_THAT(report.findings, SizeIs(1));
    return report.findings.empty() ? model::Finding() : report.findings.front();
}

TEST(RemoteCheck, TellsOfPort443WhereAnSshServerGreetsThere) {
    const envkeep::testing::SshServer server;

    const model::Finding finding = blocked_github(server.port());

    EXPECT_EQ(finding.id, "git-host-refuses");
    EXPECT_EQ(finding.fix.text, "port 22 is blocked here; ssh.github.com answers on port 443");
    EXPECT_THAT(finding.fix.commands, Contains(HasSubstr("Port 443")));
    EXPECT_EQ(server.connections(), 1);
}

TEST(RemoteCheck, OffersNoPort443WhereNobodyListens) {
    const model::Finding finding = blocked_github(shut_port());

    EXPECT_THAT(finding.fix.commands, IsEmpty());
    EXPECT_THAT(finding.fix.text, HasSubstr("https URL"));
    EXPECT_THAT(finding.evidence, Contains("ssh.github.com port 443: no ssh either"));
}

TEST(RemoteCheck, OffersNoPort443WhereAWebServerAnswers) {
    const LoopbackServer web([](const posix::Fd& client) {
        constexpr std::string_view words = "HTTP/1.1 400 Bad Request\r\n\r\n";
        static_cast<void>(::write(client.get(), words.data(), words.size()));
    });

    EXPECT_THAT(blocked_github(web.port()).fix.commands, IsEmpty());
}

}  // namespace
}  // namespace envkeep::git
