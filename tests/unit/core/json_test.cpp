// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace envkeep {
namespace {

using ::testing::HasSubstr;

std::string any_bytes() {
    const auto numbers =
        *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
    return {numbers.begin(), numbers.end()};
}

Json example() {
    Json json = Json::object();
    json.set("name", "x").set("number", 7).set("flag", true).set("nothing", nullptr);
    json.set("list", Json::Array{1, "two", 2.5});
    return json;
}

TEST(Json, IsWrittenInTheOrderInWhichItWasMade) {
    EXPECT_EQ(example().compact(),
              R"({"name":"x","number":7,"flag":true,"nothing":null,"list":[1,"two",2.5]})");
}

TEST(Json, IsIndentedForPeople) {
    EXPECT_EQ(Json::object().set("a", Json::Array{1}).pretty(), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, ReadsWhatItWrote) {
    const auto back = Json::parse(example().compact());

    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, example());
}

TEST(Json, ShowsBytesThatAreNoTextAsReplacementCharacters) {
    EXPECT_EQ(Json("a\xFF").compact(), "\"a\xEF\xBF\xBD\"");
}

TEST(Json, HoldsNothingThatATerminalWouldObey) {
    const std::string odd = "\x1b\x7f\u009b1m\u202e\u2028\u061c \u00e9\u20ac";

    EXPECT_EQ(Json(odd).compact(),
              R"("\u001b\u007f\u009b1m\u202e\u2028\u061c )"
              "\u00e9\u20ac\"");
    EXPECT_EQ(Json::parse(Json(odd).compact()).value(), Json(odd));
    EXPECT_EQ(Json::parse(Json(odd).pretty()).value(), Json(odd));
}

TEST(Json, KeepsTheLargestNumbers) {
    const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    const std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

    EXPECT_EQ(Json::parse(Json(largest).compact()).value(), Json(largest));
    EXPECT_EQ(Json::parse(Json(smallest).compact()).value(), Json(smallest));
}

TEST(Json, FindsMembersOfObjectsOnly) {
    const Json json = example();

    ASSERT_NE(json.find("name"), nullptr);
    EXPECT_EQ(*json.find("name"), Json("x"));
    EXPECT_EQ(json.find("absent"), nullptr);
    EXPECT_EQ(Json(1).find("name"), nullptr);
}

TEST(Json, GivesTheDefaultForMissingMembersAndOtherTypes) {
    const Json json = example();

    EXPECT_EQ(json.text_or("name", "d"), "x");
    EXPECT_EQ(json.text_or("number", "d"), "d");
    EXPECT_EQ(json.text_or("absent", "d"), "d");
    EXPECT_EQ(json.number_or("number", 1), 7);
    EXPECT_EQ(json.number_or("name", 1), 1);
    EXPECT_EQ(json.number_or("absent", 1), 1);
    EXPECT_TRUE(json.flag_or("flag", false));
    EXPECT_TRUE(json.flag_or("name", true));
    EXPECT_TRUE(json.flag_or("absent", true));
}

TEST(Json, BecomesObjectOrArrayByWhatIsAdded) {
    Json object;
    Json array;
    object.set("a", 1);
    array.add(1).add(2);

    EXPECT_EQ(object.compact(), R"({"a":1})");
    EXPECT_EQ(array.compact(), "[1,2]");
}

class JsonRefuses : public ::testing::TestWithParam<const char*> {};

TEST_P(JsonRefuses, WhatIsNoDocument) {
    const auto json = Json::parse(GetParam());

    ASSERT_FALSE(json.has_value());
    EXPECT_EQ(json.error().kind, ErrorKind::io);
}

INSTANTIATE_TEST_SUITE_P(
    Bad,
    JsonRefuses,
    ::testing::Values("", "{", "{\"a\":1", "{\"a\"}", "[1,]", "{} {}", "nul", "\"\xFF\"", "'a'"));

TEST(Json, RefusesADocumentThatWouldExhaustTheStack) {
    EXPECT_TRUE(Json::parse(std::string(200, '[') + std::string(200, ']')).has_value());

    const auto deep = Json::parse(std::string(201, '[') + std::string(201, ']'));
    ASSERT_FALSE(deep.has_value());
    EXPECT_THAT(deep.error().message, HasSubstr("200 levels"));
    EXPECT_FALSE(Json::parse(std::string(1'000'000, '[')).has_value());
}

TEST(Json, DoesNotCountBracketsInStrings) {
    const std::string text = "\"" + std::string(300, '[') + "\\\"" + std::string(300, '{') + "\"";

    EXPECT_TRUE(Json::parse(text).has_value());
}

TEST(Json, TakesTheLastOfMembersWithOneName) {
    EXPECT_EQ(
        Json::parse(R"({"a": 1, "b": {"x": [1], "x": [2, 3]}, "a": 4, "c": 5, "a": 6})")->compact(),
        R"({"a":6,"b":{"x":[2,3]},"c":5})");
}

// Would take hours if each member looked at all before it.
TEST(Json, ReadsAndWritesObjectsOfVeryManyMembers) {
    Json many = Json::object();
    for (int i = 0; i < 300'000; ++i) {
        many.set(std::to_string(i), i);
    }

    const auto read = Json::parse(many.compact());

    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, many);
}

TEST(JsonBytes, LeavesTextAsItIs) {
    EXPECT_EQ(json_bytes("caf\xC3\xA9 a/b"), "caf\xC3\xA9 a/b");
}

TEST(JsonBytes, EscapesOtherBytesAndItsOwnMark) {
    EXPECT_EQ(json_bytes(std::string("\xFF\0\\", 3)), R"(\xff\x00\x5c)");
}

TEST(JsonBytes, ReadsWhatIsNoEscapeAsItStands) {
    EXPECT_EQ(bytes_of_json(R"(\x4 \xzz \y \)"), R"(\x4 \xzz \y \)");
}

RC_GTEST_PROP(JsonBytes, GivesBackEveryByteThroughADocument, ()) {
    const std::string bytes = any_bytes();
    const auto read = Json::parse(Json(json_bytes(bytes)).compact());

    RC_ASSERT(read.has_value());
    RC_ASSERT(bytes_of_json(*read->as_string()) == bytes);
}

}  // namespace
}  // namespace envkeep
