// SPDX-License-Identifier: MIT
#include "keep/resolve_glob.hpp"

#include <gtest/gtest.h>

namespace envkeep::keep::testing {
namespace {

struct MatchRow {
    std::string pattern;
    std::string name;
    bool matches;
};

class NameMatches : public ::testing::TestWithParam<MatchRow> {};

TEST_P(NameMatches, AsAShellWould) {
    EXPECT_EQ(name_matches(GetParam().pattern, GetParam().name), GetParam().matches)
        << GetParam().pattern << " and " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(All,
                         NameMatches,
                         ::testing::ValuesIn(std::vector<MatchRow>{
                             {"", "", true},
                             {"", "a", false},
                             {"a", "a", true},
                             {"a", "b", false},
                             {"a", "ab", false},
                             {"*", "", true},
                             {"*", "abc", true},
                             {"a*", "a", true},
                             {"*c", "abc", true},
                             {"*c", "abcd", false},
                             {"a*b*c", "a-b-b-c", true},
                             {"a*b*c", "a-c-b", false},
                             {"?", "a", true},
                             {"?", "", false},
                             {"a?c", "abc", true},
                             {"[abc]", "b", true},
                             {"[abc]", "d", false},
                             {"[a-c]x", "bx", true},
                             {"[!a-c]", "d", true},
                             {"[^a-c]", "b", false},
                             {"[]]", "]", true},
                             {"[a-]", "-", true},
                             {"[ab", "[ab", true},
                             {"\\*", "*", true},
                             {"\\*", "a", false},
                             {"*.json", "kaggle.json", true},
                             {"**", "abc", true},
                         }));

TEST(NameMatches, StaysQuickWithManyStars) {
    const std::string name(5'000, 'a');

    EXPECT_FALSE(name_matches("*a*a*a*a*a*a*a*a*b", name));
}

}  // namespace
}  // namespace envkeep::keep::testing
