// SPDX-License-Identifier: MIT
#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace envkeep {
namespace {

TEST(Utf8Sequence, KnowsTheFourLengths) {
    EXPECT_EQ(utf8_sequence("az"), 1U);
    EXPECT_EQ(utf8_sequence("\xC2\x80z"), 2U);
    EXPECT_EQ(utf8_sequence("\xDF\xBF"), 2U);
    EXPECT_EQ(utf8_sequence("\xE0\xA0\x80"), 3U);
    EXPECT_EQ(utf8_sequence("\xED\x9F\xBF"), 3U);
    EXPECT_EQ(utf8_sequence("\xEF\xBF\xBF"), 3U);
    EXPECT_EQ(utf8_sequence("\xF0\x90\x80\x80"), 4U);
    EXPECT_EQ(utf8_sequence("\xF4\x8F\xBF\xBF"), 4U);
}

TEST(Utf8Sequence, RefusesWhatRfc3629Forbids) {
    EXPECT_EQ(utf8_sequence(""), 0U);
    EXPECT_EQ(utf8_sequence("\x80"), 0U);              // begins in the middle
    EXPECT_EQ(utf8_sequence("\xC0\xAF"), 0U);          // overlong
    EXPECT_EQ(utf8_sequence("\xE0\x9F\xBF"), 0U);      // overlong
    EXPECT_EQ(utf8_sequence("\xF0\x8F\xBF\xBF"), 0U);  // overlong
    EXPECT_EQ(utf8_sequence("\xED\xA0\x80"), 0U);      // surrogate
    EXPECT_EQ(utf8_sequence("\xF4\x90\x80\x80"), 0U);  // above U+10FFFF
    EXPECT_EQ(utf8_sequence("\xF5\x80\x80\x80"), 0U);
    EXPECT_EQ(utf8_sequence("\xC3"), 0U);  // cut short
    EXPECT_EQ(utf8_sequence("\xE2\x82"), 0U);
    EXPECT_EQ(utf8_sequence("\xE2\x82z"), 0U);
}

}  // namespace
}  // namespace envkeep
