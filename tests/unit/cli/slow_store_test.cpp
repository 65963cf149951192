// SPDX-License-Identifier: MIT
#include "cli/slow_store.hpp"

#include "support/child.hpp"
#include "unit/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>
#include <future>

namespace envkeep::cli {
namespace {

using std::chrono::milliseconds;

TEST(SlowStore, IsNamedOnce) {
    testing::Written err;
    std::promise<std::string> said;
    err.at_each_write = [&](std::string_view text) { said.set_value(std::string(text)); };

    const SlowStore slow(err, "/my storage", milliseconds(0));

    EXPECT_EQ(said.get_future().get(),
              "envkeep: still waiting after 0 s: the store at '/my storage' answers slowly or not "
              "at all\n");
}

TEST(SlowStore, TakesTheLineOfProgressAwayOnATerminal) {
    testing::Written err;
    err.become_terminal(80);
    std::promise<std::string> said;
    err.at_each_write = [&](std::string_view text) { said.set_value(std::string(text)); };

    const SlowStore slow(err, "", milliseconds(0));

    EXPECT_EQ(said.get_future().get(),
              "\r\x1b[Kenvkeep: still waiting after 0 s: the store answers slowly or not at all\n");
}

TEST(SlowStore, ThatAnswersInTimeIsNotNamed) {
    testing::Written err;
    {
        const SlowStore slow(err, "/storage", std::chrono::hours(1));
    }
    EXPECT_EQ(err.text(), "");
}

TEST(SlowStore, IsNotNamedWhereNoThreadMayStart) {
    testing::with_refused_calls(
        {{.number = SYS_clone3, .code = EAGAIN}, {.number = SYS_clone, .code = EAGAIN}}, [] {
            testing::Written err;
            EXPECT_NO_THROW(SlowStore(err, "/storage", milliseconds(0)));
            EXPECT_EQ(err.text(), "");
        });
}

}  // namespace
}  // namespace envkeep::cli
