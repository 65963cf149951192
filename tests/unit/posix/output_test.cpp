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
#include <thread>

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
    EXPECT_FALSE(closed.failure().has_value());

    EXPECT_FALSE(closed.is_terminal());
    EXPECT_EQ(closed.width(), 80);
}

TEST(Output, TakesABrokenPipeForGranted) {
    testing::in_child([] {
        int ends[2] = {-1, -1};
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        ::close(ends[0]);
        ignore_signals_of_writes();
        Output broken(ends[1]);
        broken.write("text");
        EXPECT_FALSE(broken.failure().has_value());
    });
}

TEST(Output, WaitsForRoomInAPipeThatDoesNotBlock) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    ASSERT_EQ(::fcntl(writing.get(), F_SETFL, O_NONBLOCK), 0);
    const std::string text(1'000'000, 'x');

    std::string read;
    std::thread reader([&] {
        std::string some(65536, '\0');
        for (ssize_t count = 1; count > 0;) {
            count = ::read(reading.get(), some.data(), some.size());
            read += some.substr(0, static_cast<std::size_t>(count));
        }
    });
    Output output(writing.get());
    output.write(text);
    static_cast<void>(writing.close());
    reader.join();

    EXPECT_EQ(read, text);
    EXPECT_FALSE(output.failure().has_value());
}

TEST(Output, RemembersWhatCouldNotBeWritten) {
    const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    Output output(full.get());
    EXPECT_FALSE(output.failure().has_value());

    output.write("text");

    ASSERT_TRUE(output.failure().has_value());
    EXPECT_EQ(output.failure()->kind, ErrorKind::no_space);
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
