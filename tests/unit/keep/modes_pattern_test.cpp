// SPDX-License-Identifier: MIT
#include "keep/modes_pattern.hpp"

#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

ModePattern::States after(const ModePattern& pattern, std::string_view path) {
    return pattern.after_path(ModePattern::start(), path);
}

bool is_match(std::string_view pattern, std::string_view path) {
    const ModePattern compiled = ModePattern::parse(pattern, "/root").value();
    return compiled.matches(after(compiled, path));
}

bool goes_below(std::string_view pattern, std::string_view path) {
    const ModePattern compiled = ModePattern::parse(pattern, "/root").value();
    return compiled.may_match_below(after(compiled, path));
}

TEST(AModePattern, MatchesTheVeryPath) {
    EXPECT_TRUE(is_match(".local/bin", "/root/.local/bin"));
    EXPECT_FALSE(is_match(".local/bin", "/root/.local"));
    EXPECT_FALSE(is_match(".local/bin", "/root/.local/bin/x"));
    EXPECT_FALSE(is_match(".local/bin", "/home/.local/bin"));
}

TEST(AModePattern, MayBeAbsolute) {
    EXPECT_TRUE(is_match("/root/.local/*", "/root/.local/bin"));
    EXPECT_TRUE(is_match("/notebooks/*", "/notebooks/storage"));
    EXPECT_FALSE(is_match("/notebooks/*", "/root/notebooks/storage"));
}

TEST(AModePattern, MatchesHiddenNamesToo) {
    EXPECT_TRUE(is_match("*", "/root/.netrc"));
    EXPECT_TRUE(is_match(".local/?in/*", "/root/.local/bin/.hidden"));
}

TEST(AModePattern, StaysInsideAComponent) {
    EXPECT_FALSE(is_match(".local/*", "/root/.local/bin/pip"));
    EXPECT_TRUE(is_match("[.x]local/b[!a]n", "/root/.local/bin"));
}

TEST(AModePattern, SpansFoldersWithTwoStars) {
    EXPECT_TRUE(is_match(".local/**/pip", "/root/.local/pip"));
    EXPECT_TRUE(is_match(".local/**/pip", "/root/.local/a/b/pip"));
    EXPECT_TRUE(is_match(".local/**/b/**/pip", "/root/.local/a/b/c/b/pip"));
    EXPECT_FALSE(is_match(".local/**/pip", "/root/.local/a/pip3"));
    EXPECT_TRUE(is_match("**", "/root/a/b"));
}

TEST(AModePattern, MeansWhatIsInsideWithTwoStarsAtTheEnd) {
    EXPECT_TRUE(is_match(".config/**", "/root/.config/a"));
    EXPECT_TRUE(is_match(".config/**", "/root/.config/a/b"));
    EXPECT_FALSE(is_match(".config/**", "/root/.config"));
}

TEST(AModePattern, TakesTheHomeAsItIsWritten) {
    const ModePattern pattern = ModePattern::parse("x", "/home/[a]*").value();

    EXPECT_TRUE(pattern.matches(after(pattern, "/home/[a]*/x")));
    EXPECT_FALSE(pattern.matches(after(pattern, "/home/ab/x")));
}

TEST(AModePattern, TakesAnEscapedCharacterAsItIs) {
    EXPECT_TRUE(is_match("a\\*b", "/root/a*b"));
    EXPECT_FALSE(is_match("a\\*b", "/root/axb"));
    EXPECT_TRUE(is_match("a\\b*", "/root/abc"));
    EXPECT_TRUE(is_match("a\\ b", "/root/a b"));
}

TEST(AModePattern, LeadsOnlyToWhereItCanMatch) {
    EXPECT_TRUE(goes_below(".local/bin/*", "/root/.local"));
    EXPECT_TRUE(goes_below(".local/bin/*", "/root/.local/bin"));
    EXPECT_FALSE(goes_below(".local/bin/*", "/root/.local/lib"));
    EXPECT_FALSE(goes_below(".local/bin/*", "/root/.local/bin/x"));
    EXPECT_TRUE(goes_below(".local/**", "/root/.local/a/b/c"));
}

TEST(AModePattern, FollowsItsNamesOneByOne) {
    const ModePattern pattern = ModePattern::parse(".local/bin/*", "/root").value();
    const ModePattern::States home = after(pattern, "/root");

    EXPECT_EQ(pattern.only_name(home), ".local");
    EXPECT_EQ(pattern.only_name(after(pattern, "/root/.local")), "bin");
    EXPECT_EQ(pattern.only_name(after(pattern, "/root/.local/bin")), "");
}

TEST(AModePattern, HasNoOnlyNameBehindTwoStars) {
    const ModePattern pattern = ModePattern::parse("a/**/x", "/root").value();

    EXPECT_EQ(pattern.only_name(after(pattern, "/root/a")), "");
}

TEST(AModePattern, KnowsWhetherItNamesOneThing) {
    EXPECT_TRUE(ModePattern::parse("*/bin", "/root")->names_exactly());
    EXPECT_FALSE(ModePattern::parse("bin/*", "/root")->names_exactly());
    EXPECT_FALSE(ModePattern::parse("bin/**", "/root")->names_exactly());
}

TEST(AModePattern, IsRefusedWhereItClimbs) {
    const auto pattern = ModePattern::parse("../etc/*", "/root");

    ASSERT_FALSE(pattern.has_value());
    EXPECT_EQ(pattern.error().kind, ErrorKind::unsafe_path);
    EXPECT_EQ(pattern.error().message, "pattern '../etc/*' climbs with '..'");
}

TEST(AModePattern, IsRefusedWhereItHasTooManyParts) {
    std::string text;
    for (int i = 0; i < 63; ++i) {
        text += "a/";
    }

    EXPECT_FALSE(ModePattern::parse(text, "/root").has_value());
}

}  // namespace
}  // namespace envkeep::keep
