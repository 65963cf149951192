// SPDX-License-Identifier: MIT
#include "envkeep/core/time.hpp"

#include <gtest/gtest.h>

namespace envkeep {
namespace {

TEST(Utc, ReadsItsOwnFormOnly) {
    EXPECT_EQ(utc_text(*parse_utc("2026-11-20T23:24:59Z")), "2026-11-20T23:24:59Z");
    EXPECT_EQ(parse_utc("2026-02-30T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-20 23:24:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-2aT23:24:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-20T-1:24:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc("-026-11-20T00:24:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-20T24:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-20T23:60:00Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-20T23:59:60Z"), std::nullopt);
    EXPECT_EQ(parse_utc(""), std::nullopt);
}

TEST(Utc, EndsWhereNanosecondsDo) {
    EXPECT_EQ(utc_text(*parse_utc("1970-01-01T00:00:00Z")), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_text(*parse_utc("2261-12-31T23:59:59Z")), "2261-12-31T23:59:59Z");
    EXPECT_EQ(parse_utc("1969-12-31T23:59:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2262-01-01T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_utc("9999-01-01T00:00:00Z"), std::nullopt);
}

}  // namespace
}  // namespace envkeep
