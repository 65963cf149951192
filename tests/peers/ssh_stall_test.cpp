// SPDX-License-Identifier: MIT
// A real sshd that falls silent within each stage of a clone: it ends at its limit, and the finding
// names the stage.
#include "peers/remote_copy.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::ids_of;
using testing::text_of;

class StallOfSsh : public envkeep::testing::RemoteCopy {
  protected:
    StallOfSsh() {
        shell("head -c 200000 /dev/urandom > other/large");
        git("other", "add . && git commit -qm large && git push -q origin main");
        serve_ssh();
        client_.settings.port = ssh_->port();
    }

    // The limit that ends it; the others are out of reach of a busy machine.
    enum class EndedBy { handshake, long_handshake, stall };

    void expect_stall(std::size_t after, EndedBy limit, const std::string& words) {
        SCOPED_TRACE(words);
        ssh_->interfere({.limit = after});
        client_.limits = {.connect = 60s,
                          .handshake = limit == EndedBy::handshake        ? 2s
                                       : limit == EndedBy::long_handshake ? 5s
                                                                          : 60s,
                          .stall = limit == EndedBy::stall ? 2s : 60s};

        const CopyReport report = bring();

        ASSERT_THAT(ids_of(report), ElementsAre("git-host-silent")) << text_of(report);
        EXPECT_EQ(report.findings.front().title,
                  fmt::format("127.0.0.1 port {} {}", ssh_->port(), words));
        EXPECT_EQ(shell("ls -A | grep copy; true"), "");
    }
};

TEST_F(StallOfSsh, IsToldWithItsStage) {
    std::size_t before_authentication = 0;
    client_.at_stage = [&](SshStage stage) {
        before_authentication = stage == SshStage::authentication ? sent() : before_authentication;
    };
    std::size_t before_command = 0;
    std::size_t before_output = 0;
    {
        auto session = client_.open();
        ASSERT_TRUE(session.has_value()) << session.error().message;
        before_command = sent();
        ASSERT_TRUE((*session)->run("cat"));
        before_output = sent();
    }
    ASSERT_EQ(bring().change, CopyChange::cloned);
    const std::size_t all = sent();
    ASSERT_GT(all, before_output + 200000);
    shell("rm -rf copy");

    expect_stall(0, EndedBy::handshake, "took the connection and says nothing");
    expect_stall(10, EndedBy::handshake, "no longer answers: agreeing on keys and ciphers stalled");
    expect_stall(
        300, EndedBy::handshake, "no longer answers: agreeing on keys and ciphers stalled");
    // The exchange of keys must be through by then, on a machine under load too.
    expect_stall(before_authentication,
                 EndedBy::long_handshake,
                 "no longer answers: authentication stalled");
    expect_stall(before_command, EndedBy::stall, "no longer answers: starting the command stalled");
    expect_stall(
        before_output - 1, EndedBy::stall, "no longer answers: starting the command stalled");
    expect_stall(
        before_output, EndedBy::stall, "no longer answers: the transfer stalled");  // advertisement
    expect_stall(before_output + 80,
                 EndedBy::stall,
                 "no longer answers: the transfer stalled");  // within it
    expect_stall(all - 100000, EndedBy::stall, "no longer answers: the transfer stalled");  // pack
}

}  // namespace
}  // namespace envkeep::git
