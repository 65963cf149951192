// SPDX-License-Identifier: MIT
// Networks that lead nowhere: name spaces of the test's own, with routes of all kinds.
#include "peers/remote_copy.hpp"
#include "support/child.hpp"

#include <gmock/gmock.h>

#include <sched.h>

#include <string>

namespace envkeep::git {
namespace {

using namespace std::chrono_literals;
using envkeep::testing::run_program;
using ::testing::ElementsAre;
using testing::ids_of;
using testing::text_of;

class NoRoute : public envkeep::testing::RemoteCopy,
                public ::testing::WithParamInterface<std::string> {
  protected:
    // In a process of its own, on a network with a loopback and this route to 192.0.2.1 ("": none).
    void expect_from(const std::string& route, const std::string& id) {
        envkeep::testing::in_child([&] {
            ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
            run_program({"ip", "link", "set", "lo", "up"});
            if (!route.empty()) {
                run_program({"sh", "-c", "ip route add " + route});
            }
            base_ = GetParam() + "://192.0.2.1/";
            // Nothing here is ever answered, so that only what swallows comes to this limit.
            client_.limits.connect = 100ms;

            const CopyReport report = bring();

            EXPECT_THAT(ids_of(report), ElementsAre(id)) << route << ": " << text_of(report);
            EXPECT_TRUE(report.is_network_at_fault);
            EXPECT_FALSE(tree_.exists("copy"));
        });
    }
};

TEST_P(NoRoute, IsToldAsItIs) {
    expect_from("", "git-host-unreachable");
    expect_from("unreachable 192.0.2.1", "git-host-unreachable");
    expect_from("prohibit 192.0.2.1", "git-host-unreachable");
    expect_from("blackhole 192.0.2.1", "git-host-unreachable");
    expect_from("local 192.0.2.1 dev lo", "git-host-refuses");
}

// A loopback takes what is for somebody else, and says nothing.
TEST_P(NoRoute, ThatSwallowsEndsAtTheLimit) {
    expect_from("192.0.2.1 dev lo", "git-host-silent");
}

INSTANTIATE_TEST_SUITE_P(Peers,
                         NoRoute,
                         ::testing::Values("ssh", "https", "git"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace envkeep::git
