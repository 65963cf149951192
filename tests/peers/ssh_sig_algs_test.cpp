// SPDX-License-Identifier: MIT
// A server that says by server-sig-algs which signatures it takes, which OpenSSH's does not: it
// names all that it was built with.
#include "peers/ssh_client.hpp"
#include "peers/ssh_server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <optional>
#include <string>

namespace envkeep::git {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view all_of_rsa = "rsa-sha2-512,rsa-sha2-256,ssh-rsa";

class ServerSigAlgs : public ::testing::Test {
  protected:
    void serve(std::string_view refused) {
        if (!server) {
            envkeep::testing::run_program(
                {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", files / "host"});
            client.make_key("id_rsa", {"-t", "rsa", "-b", "2048", "-N", ""});
        }
        server.emplace(std::vector<std::string>{"/usr/bin/python3",
                                                ENVKEEP_TESTS_DIR "/peers/ssh_sig_algs.py",
                                                files / "host",
                                                client.home / ".ssh/id_rsa.pub",
                                                std::string(refused)});
        client.settings.port = static_cast<std::uint16_t>(std::stoi(server->first_line()));
        client.trust(
            fmt::format("[127.0.0.1]:{} {}", server->first_line(), files.content("host.pub")));
    }

    SshError error() {
        auto session = client.open();
        return session ? SshError{} : session.error();
    }

    envkeep::testing::TempTree files;
    envkeep::testing::SshClient client{0};
    std::optional<envkeep::testing::RunningProgram> server;
};

TEST_F(ServerSigAlgs, OfRsaWithOneSha2AreSignedWithThatOne) {
    for (const std::string_view refused : {"rsa-sha2-512,ssh-rsa", "rsa-sha2-256,ssh-rsa"}) {
        serve(refused);

        const auto session = client.open();

        ASSERT_TRUE(session.has_value()) << refused << ": " << session.error().message;
        EXPECT_EQ((*session)->key_used(), "~/.ssh/id_rsa");
    }
}

TEST_F(ServerSigAlgs, OfRsaWithSha1AloneAreToldAsSha1) {
    serve("rsa-sha2-512,rsa-sha2-256");

    const SshError failed = error();

    EXPECT_EQ(failed.failure, SshFailure::no_common_algorithm) << failed.message;
    EXPECT_THAT(failed.message, HasSubstr("takes RSA keys only with SHA-1 signatures"));
    EXPECT_THAT(failed.evidence, Contains(HasSubstr("~/.ssh/id_rsa SHA256:")));
}

TEST_F(ServerSigAlgs, WithoutRsaAreToldAsThatAndAnotherKeyIsTaken) {
    serve(all_of_rsa);

    const SshError failed = error();

    EXPECT_EQ(failed.failure, SshFailure::key_refused) << failed.message;
    EXPECT_THAT(failed.evidence, Contains(HasSubstr("the server takes no keys of this type")));
}

}  // namespace
}  // namespace envkeep::git
