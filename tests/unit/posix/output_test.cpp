// SPDX-License-Identifier: MIT
#include "envkeep/posix/output.hpp"

#include "envkeep/posix/fd.hpp"
#include "support/child.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

namespace envkeep::posix {
namespace {

TEST(Output, WritesAllOfIt) {
    testing::TempTree tree;
    const Fd file(::open((tree / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string text(300'000, 'x');

    Output output(file.get());
    output.write(text);
    output.write("end");

    EXPECT_EQ(tree.content("out"), text + "end");
    EXPECT_FALSE(output.is_terminal());
    EXPECT_EQ(output.width(), 80);
}

TEST(Output, TakesAClosedDescriptorForGranted) {
    Output closed(9999);
    closed.write("text");

    EXPECT_FALSE(closed.is_terminal());
    EXPECT_EQ(closed.width(), 80);
}

TEST(Output, TakesABrokenPipeForGranted) {
    testing::in_child([] {
        int ends[2] = {-1, -1};
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        ::close(ends[0]);
        ignore_broken_pipes();
        Output(ends[1]).write("text");
    });
}

TEST(Output, KnowsATerminalAndItsWidth) {
    const Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(master.is_open());
    ASSERT_EQ(::grantpt(master.get()), 0);
    ASSERT_EQ(::unlockpt(master.get()), 0);
    const Fd terminal(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    const Output output(terminal.get());

    struct ::winsize size{};
    size.ws_col = 123;
    ASSERT_EQ(::ioctl(terminal.get(), TIOCSWINSZ, &size), 0);
    EXPECT_TRUE(output.is_terminal());
    EXPECT_EQ(output.width(), 123);

    size.ws_col = 0;
    ASSERT_EQ(::ioctl(terminal.get(), TIOCSWINSZ, &size), 0);
    EXPECT_EQ(output.width(), 80);
}

}  // namespace
}  // namespace envkeep::posix
