// SPDX-License-Identifier: MIT
#include "cli/utc.hpp"

#include "envkeep/core/time.hpp"

#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

TEST(Utc, ReadsItsOwnFormOnly) {
    EXPECT_EQ(utc_text(*parse_utc("2026-11-20T23:24:59Z")), "2026-11-20T23:24:59Z");
    EXPECT_EQ(parse_utc("2026-02-30T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-20 23:24:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc("2026-11-2aT23:24:59Z"), std::nullopt);
    EXPECT_EQ(parse_utc(""), std::nullopt);
}

}  // namespace
}  // namespace envkeep::cli
