// SPDX-License-Identifier: MIT
#include "unit/git/real_git.hpp"

#include <gmock/gmock.h>

#include <map>

namespace envkeep::git {
namespace {

using system::NetworkError;
using system::NetworkFailure;
using ::testing::ElementsAre;

// Answers each wish for a connection with the same error.
class NoWay final : public system::Network {
  public:
    tl::expected<std::unique_ptr<system::Connection>, NetworkError> connect(
        const std::string& host, std::uint16_t port, SteadyTime deadline) override {
        asked = host + " " + std::to_string(port);
        patience = deadline - std::chrono::steady_clock::now();
        return tl::unexpected(error);
    }

    tl::expected<std::unique_ptr<system::Connection>, NetworkError> connect_local(
        const std::string& /*path*/) override {
        return tl::unexpected(error);
    }

    NetworkError error;
    std::string asked;
    SteadyTime::duration patience{};
};

class SocketStreams : public testing::WithRealGit {
  protected:
    [[nodiscard]] CopyReport bring_from(const std::string& url) {
        const auto read = [](const std::string& absolute) -> Result<std::string> {
            return failure(ErrorKind::not_found, absolute);
        };
        const auto variable = [](std::string_view) { return std::optional<std::string>(); };
        const RemoteAccess access{
            .network = network,
            .config = {.read = read, .names_in = {}, .variable = variable, .home = tree_ / "home"},
            .http = {.variable = variable, .read = read, .home = tree_ / "home"},
            .limits = limits};
        Wish wanted = wish();
        wanted.url = url;
        return git::bring(wanted, access, local());
    }

    NoWay network;
    SshLimits limits{.connect = std::chrono::seconds(60)};
};

TEST_F(SocketStreams, GoToTheNetworkOfTheRemoteWithinItsLimit) {
    for (const auto& [url, asked] :
         std::map<std::string, std::string>{{"https://git.example/x.git", "git.example 443"},
                                            {"http://git.example/x.git", "git.example 80"},
                                            {"git://git.example/x.git", "git.example 9418"},
                                            {"git://git.example:99/x.git", "git.example 99"},
                                            {"ssh://git.example/x.git", "git.example 22"}}) {
        network.error = {.failure = NetworkFailure::lookup_failed, .message = "no name server"};

        const CopyReport report = bring_from(url);

        EXPECT_EQ(network.asked, asked);
        EXPECT_LE(network.patience, limits.connect) << url;
        EXPECT_THAT(testing::ids_of(report), ElementsAre("git-lookup-failed")) << url;
        EXPECT_TRUE(report.is_network_at_fault) << url;
    }
}

TEST_F(SocketStreams, TellEachFailureAsWhatItIs) {
    for (const auto& [failure, id] : std::map<NetworkFailure, std::string>{
             {NetworkFailure::no_such_name, "git-host-unknown"},
             {NetworkFailure::refused, "git-host-refuses"},
             {NetworkFailure::unreachable, "git-host-unreachable"},
             {NetworkFailure::timed_out, "git-host-silent"},
             {NetworkFailure::closed_by_peer, "git-connection-lost"},
             {NetworkFailure::other, "git-failed"}}) {
        network.error = {.failure = failure, .message = "as the network says"};

        const CopyReport report = bring_from("https://git.example/x.git");

        EXPECT_THAT(testing::ids_of(report), ElementsAre(id));
        EXPECT_EQ(report.findings.at(0).title, "as the network says");
    }
}

}  // namespace
}  // namespace envkeep::git
