// SPDX-License-Identifier: MIT
#include "envkeep/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace envkeep {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) {
        return failure(ErrorKind::usage, "odd", "take an even one");
    }
    return number / 2;
}

Result<int> quarter(int number) {
    ENVKEEP_TRY(const int once, half(number));
    ENVKEEP_TRY(const int twice, half(once));
    return twice;
}

Result<void> check_both(int one, int other) {
    ENVKEEP_CHECK(half(one));
    ENVKEEP_CHECK(half(other));
    return {};
}

Result<std::unique_ptr<int>> owned(int number) {
    ENVKEEP_TRY(auto made, Result<std::unique_ptr<int>>(std::make_unique<int>(number)));
    return made;
}

TEST(Error, SaysOutermostFirstWhatWasDone) {
    Error error = failure(ErrorKind::io, "disk on fire").value();
    error = std::move(error).while_doing("reading 'a'").while_doing("restoring");

    EXPECT_EQ(error.message, "restoring: reading 'a': disk on fire");
    EXPECT_EQ(error.kind, ErrorKind::io);
}

TEST(Try, GoesOnWithTheValue) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(*owned(3).value(), 3);
}

TEST(Try, LeavesWithTheFirstError) {
    const auto failed = quarter(6);

    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, ErrorKind::usage);
    EXPECT_EQ(failed.error().message, "odd");
    EXPECT_EQ(failed.error().hint, "take an even one");
}

TEST(Check, LeavesWithTheErrorOfEither) {
    EXPECT_TRUE(check_both(2, 4).has_value());
    EXPECT_FALSE(check_both(1, 4).has_value());
    EXPECT_FALSE(check_both(2, 3).has_value());
}

}  // namespace
}  // namespace envkeep
