// SPDX-License-Identifier: MIT
#include "posix/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

TEST(ErrorOf, SaysWhatFailedAndWhyInLowerCase) {
    EXPECT_EQ(error_of(EACCES, "cannot open '.bashrc'").message,
              "cannot open '.bashrc': permission denied");
    EXPECT_EQ(error_of(EIO, "cannot read 'a'").message, "cannot read 'a': input/output error");
    EXPECT_EQ(error_of(99999, "cannot read 'a'").message, "cannot read 'a': error 99999");
}

TEST(ErrorOf, KnowsTheKindsThatCallersTreatDifferently) {
    const auto kind = [](int code) { return error_of(code, "x").kind; };

    EXPECT_EQ(kind(ENOENT), ErrorKind::not_found);
    EXPECT_EQ(kind(ENOTDIR), ErrorKind::not_found);
    EXPECT_EQ(kind(EEXIST), ErrorKind::already_exists);
    EXPECT_EQ(kind(ENOTEMPTY), ErrorKind::already_exists);
    EXPECT_EQ(kind(EACCES), ErrorKind::permission_denied);
    EXPECT_EQ(kind(EPERM), ErrorKind::permission_denied);
    EXPECT_EQ(kind(ENOSPC), ErrorKind::no_space);
    EXPECT_EQ(kind(EDQUOT), ErrorKind::no_space);
    EXPECT_EQ(kind(EROFS), ErrorKind::read_only);
    EXPECT_EQ(kind(EXDEV), ErrorKind::cross_device);
    EXPECT_EQ(kind(ELOOP), ErrorKind::unsafe_path);
    EXPECT_EQ(kind(EBUSY), ErrorKind::busy);
    EXPECT_EQ(kind(ETIMEDOUT), ErrorKind::time_limit);
    EXPECT_EQ(kind(EOPNOTSUPP), ErrorKind::unsupported);
    EXPECT_EQ(kind(EIO), ErrorKind::io);
    EXPECT_EQ(kind(ESTALE), ErrorKind::io);
}

class ErrorWithACure : public ::testing::TestWithParam<int> {};

TEST_P(ErrorWithACure, NamesIt) {
    EXPECT_NE(error_of(GetParam(), "x").hint, "");
}

INSTANTIATE_TEST_SUITE_P(Errnos,
                         ErrorWithACure,
                         ::testing::Values(ENOSPC,
                                           EDQUOT,
                                           EROFS,
                                           EACCES,
                                           EPERM,
                                           ESTALE,
                                           ETIMEDOUT,
                                           EIO,
                                           EBUSY,
                                           EMFILE,
                                           ENFILE,
                                           ENAMETOOLONG,
                                           ELOOP));

TEST(LastError, IsThatOfTheCallThatJustFailed) {
    errno = EROFS;

    EXPECT_EQ(last_error("x").value().kind, ErrorKind::read_only);
}

}  // namespace
}  // namespace envkeep::posix
