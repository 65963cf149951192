// SPDX-License-Identifier: MIT
#include "envkeep/posix/fd.hpp"

#include "support/child.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace envkeep::posix {
namespace {

using testing::open_descriptors;

Fd open_null() {
    return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST(Fd, IsClosedUnlessGivenADescriptor) {
    EXPECT_FALSE(Fd().is_open());
    EXPECT_FALSE(Fd(-1).is_open());
    EXPECT_TRUE(open_null().is_open());
}

TEST(Fd, ClosesOnceAtItsEnd) {
    const int before = open_descriptors();
    {
        const Fd fd = open_null();
        EXPECT_EQ(open_descriptors(), before + 1);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(Fd, LeaksNothingWhenMoved) {
    const int before = open_descriptors();
    {
        Fd first = open_null();
        Fd second = open_null();
        first = std::move(second);
        EXPECT_TRUE(first.is_open());
        const Fd third = std::move(first);
        EXPECT_FALSE(first.is_open());
        EXPECT_TRUE(third.is_open());
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(Fd, StaysOpenWhenMovedToItself) {
    Fd fd = open_null();
    Fd& same = fd;
    fd = std::move(same);

    EXPECT_TRUE(fd.is_open());
    EXPECT_GE(::fcntl(fd.get(), F_GETFD), 0);
}

TEST(Fd, CanBeTakenAway) {
    Fd fd = open_null();
    const int taken = fd.release();

    EXPECT_FALSE(fd.is_open());
    EXPECT_EQ(::close(taken), 0);
}

TEST(Fd, SaysHowClosingWent) {
    Fd good = open_null();
    Fd bad(9999);

    EXPECT_EQ(good.close(), 0);
    EXPECT_FALSE(good.is_open());
    EXPECT_EQ(bad.close(), EBADF);
}

TEST(Fd, KeepsErrnoWhenItCloses) {
    errno = ENOSPC;
    {
        const Fd bad(9999);
    }

    EXPECT_EQ(errno, ENOSPC);
}

}  // namespace
}  // namespace envkeep::posix
