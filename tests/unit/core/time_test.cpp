// SPDX-License-Identifier: MIT
#include "envkeep/core/time.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace envkeep {
namespace {

using namespace std::chrono_literals;

TEST(UtcText, IsWrittenAsTheStandardSays) {
    EXPECT_EQ(utc_text(WallTime(0s)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_text(WallTime(1'795'217'099s)), "2026-11-20T23:24:59Z");
}

TEST(UtcText, RoundsDownAlsoBefore1970) {
    EXPECT_EQ(utc_text(WallTime(999ms)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_text(WallTime(-1ms)), "1969-12-31T23:59:59Z");
}

TEST(AgeText, HasOneUnit) {
    EXPECT_EQ(age_text(-5s), "0 s");
    EXPECT_EQ(age_text(59s), "59 s");
    EXPECT_EQ(age_text(60s), "1 min");
    EXPECT_EQ(age_text(3599s), "59 min");
    EXPECT_EQ(age_text(1h), "1 h");
    EXPECT_EQ(age_text(47h), "47 h");
    EXPECT_EQ(age_text(48h), "2 d");
}

TEST(ParseDuration, ReadsNumberAndUnit) {
    EXPECT_EQ(parse_duration("500ms").value(), 500ms);
    EXPECT_EQ(parse_duration("15s").value(), 15s);
    EXPECT_EQ(parse_duration("2min").value(), 2min);
    EXPECT_EQ(parse_duration("2m").value(), 2min);
    EXPECT_EQ(parse_duration("1h").value(), 1h);
    EXPECT_EQ(parse_duration("30d").value(), 30 * 24h);
    EXPECT_EQ(parse_duration("2w").value(), 14 * 24h);
    EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(ParseDuration, RefusesWhatNoClockHolds) {
    EXPECT_EQ(parse_duration("106751d").value(), 106'751 * 24h);
    const auto refused = parse_duration("106752d");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_EQ(refused.error().message, "'106752d' is too long");
    EXPECT_EQ(refused.error().hint, "106751d is the most");
}

class ParseDurationRefuses : public ::testing::TestWithParam<const char*> {};

TEST_P(ParseDurationRefuses, WithTheFormToWrite) {
    const auto refused = parse_duration(GetParam());

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_NE(refused.error().hint, "");
}

INSTANTIATE_TEST_SUITE_P(Bad,
                         ParseDurationRefuses,
                         ::testing::Values("",
                                           "15",
                                           "s",
                                           "-1s",
                                           "+1s",
                                           "1.5h",
                                           " 1s",
                                           "1 s",
                                           "1s ",
                                           "1S",
                                           "1y",
                                           "99999999999999999999s",
                                           "9223372036854775807w"));

}  // namespace
}  // namespace envkeep
