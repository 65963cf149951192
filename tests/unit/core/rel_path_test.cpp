// SPDX-License-Identifier: MIT
#include "envkeep/core/rel_path.hpp"

#include "envkeep/core/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace envkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RelPath path(std::string_view text) {
    return RelPath::parse(text).value();
}

TEST(RelPath, IsNormalizedWhenRead) {
    EXPECT_EQ(path("a/b").text(), "a/b");
    EXPECT_EQ(path("./a//b/./").text(), "a/b");
    EXPECT_EQ(path("...").text(), "...");
    EXPECT_EQ(path("a\xFF\n b").text(), "a\xFF\n b");
}

TEST(RelPath, IsTheRootWhenNothingIsNamed) {
    EXPECT_TRUE(path("").is_root());
    EXPECT_TRUE(path("./.").is_root());
    EXPECT_TRUE(RelPath().is_root());
    EXPECT_FALSE(path("a").is_root());
}

class RelPathRefuses : public ::testing::TestWithParam<std::string> {};

TEST_P(RelPathRefuses, WhatCouldLeaveTheRoot) {
    const auto refused = RelPath::parse(GetParam());

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_path);
    EXPECT_THAT(refused.error().message, HasSubstr(envkeep::quoted(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(
    Bad,
    RelPathRefuses,
    ::testing::Values("/", "/a", "..", "a/..", "a/../b", "./..", std::string("a\0b", 3)));

TEST(RelPath, KnowsItsLastNameAndWhatIsAbove) {
    EXPECT_EQ(path("a/b/c").name(), "c");
    EXPECT_EQ(path("a/b/c").parent(), path("a/b"));
    EXPECT_EQ(path("a").name(), "a");
    EXPECT_TRUE(path("a").parent().is_root());
    EXPECT_EQ(RelPath().name(), "");
    EXPECT_TRUE(RelPath().parent().is_root());
}

TEST(RelPath, GrowsDownwards) {
    EXPECT_EQ(RelPath().child("a"), path("a"));
    EXPECT_EQ(path("a").child("b"), path("a/b"));
    EXPECT_EQ(path("a").joined(path("b/c")), path("a/b/c"));
    EXPECT_EQ(path("a").joined({}), path("a"));
    EXPECT_EQ(RelPath().joined(path("a")), path("a"));
}

TEST(RelPath, IsWithinItselfAndWhatIsAbove) {
    EXPECT_TRUE(path("a/b").is_within(path("a")));
    EXPECT_TRUE(path("a/b").is_within(path("a/b")));
    EXPECT_TRUE(path("a/b").is_within({}));
    EXPECT_FALSE(path("a").is_within(path("a/b")));
    EXPECT_FALSE(path("ab").is_within(path("a")));
    EXPECT_FALSE(RelPath().is_within(path("a")));
}

TEST(RelPath, TellsWhatRemainsBelow) {
    EXPECT_EQ(path("a/b/c").below(path("a")), path("b/c"));
    EXPECT_EQ(path("a/b").below({}), path("a/b"));
    EXPECT_TRUE(path("a/b").below(path("a/b")).is_root());
}

TEST(RelPath, FallsIntoItsNames) {
    EXPECT_THAT(path("a/b/c").components(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(RelPath().components(), IsEmpty());
}

RC_GTEST_PROP(RelPath, NeverHoldsAWayOut, ()) {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "a", "b.c", "..", ".", "/", "//", "", "...", std::string(1, '\0')));
    std::string text;
    for (const std::string& piece : pieces) {
        text += piece;
    }
    const auto read = RelPath::parse(text);
    if (!read) {
        RC_ASSERT(text.starts_with('/') || text.find("..") != std::string::npos ||
                  text.find('\0') != std::string::npos);
        return;
    }
    for (const std::string_view part : read->components()) {
        RC_ASSERT(!part.empty() && part != "." && part != "..");
        RC_ASSERT(part.find('\0') == std::string_view::npos);
    }
    RC_ASSERT(RelPath::parse(read->text()).value() == *read);
    RC_ASSERT(read->is_root() || read->parent().child(read->name()) == *read);
}

}  // namespace
}  // namespace envkeep
