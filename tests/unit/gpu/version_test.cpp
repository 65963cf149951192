// SPDX-License-Identifier: MIT
#include "envkeep/gpu/version.hpp"

#include <gtest/gtest.h>

namespace envkeep::gpu {
namespace {

Version of(std::string_view text) {
    return Version::parse(text).value();
}

TEST(Version, IsComparedByNumbers) {
    EXPECT_LT(of("525.60.13"), of("525.116.04"));
    EXPECT_LT(of("2.9"), of("2.10"));
    EXPECT_EQ(of("580"), of("580.0.0"));
    EXPECT_GT(of("580.65.06"), of("580"));
}

TEST(Version, EndsWhereTheNumbersEnd) {
    EXPECT_EQ(of("2.5.1+cu121").text(), "2.5.1");
    EXPECT_EQ(of("535.104.05").text(), "535.104.05");
    EXPECT_EQ(of("2.11.0a0+git").text(), "2.11.0");
    EXPECT_EQ(of("2.5.1").release().text(), "2.5");
    EXPECT_FALSE(Version::parse("unknown").has_value());
    EXPECT_FALSE(Version::parse("").has_value());
}

TEST(VersionRange, HoldsWhatItsLastVersionBegins) {
    const VersionRange range = VersionRange::parse("2.0-2.7").value();

    EXPECT_TRUE(range.holds(of("2.0")));
    EXPECT_TRUE(range.holds(of("2.7.1")));
    EXPECT_FALSE(range.holds(of("2.8")));
    EXPECT_FALSE(range.holds(of("1.13")));
    EXPECT_TRUE(VersionRange::parse("12").value().holds(of("12.8")));
    EXPECT_FALSE(VersionRange::parse("1").value().holds(of("12.8")));
    EXPECT_FALSE(VersionRange::parse("a-b").has_value());
}

}  // namespace
}  // namespace envkeep::gpu
