// SPDX-License-Identifier: MIT
#include "packages/json_scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Members = std::vector<std::pair<std::string, std::string>>;

Members members_of(std::string_view text) {
    Members out;
    EXPECT_TRUE(scan_members(text, [&](const std::string& name, std::string_view value) {
        out.emplace_back(name, std::string(value));
        return true;
    }));
    return out;
}

bool is_sound(std::string_view text) {
    return scan_members(text, [](const std::string&, std::string_view) { return true; })
        .has_value();
}

TEST(JsonScan, GivesTheMembersOfTheOutermostObjectOnly) {
    const Members members = members_of(
        R"({ "files": ["a", {"name": "no"}], "in": {"name": "no", "x": [1]}, "name":"yes" , "n": -1.5 })");

    EXPECT_THAT(members,
                ElementsAre(Pair("files", R"(["a", {"name": "no"}])"),
                            Pair("in", R"({"name": "no", "x": [1]})"),
                            Pair("name", R"("yes")"),
                            Pair("n", "-1.5")));
}

TEST(JsonScan, IsNotFooledByWhatStandsInStrings) {
    const Members members =
        members_of(R"({"a": "}\", \"name\": \"no", "b\"c": ["]", "\\"], "name": "\u0041\\"})");

    EXPECT_THAT(members,
                ElementsAre(Pair("a", R"("}\", \"name\": \"no")"),
                            Pair("b\"c", R"(["]", "\\"])"),
                            Pair("name", R"("\u0041\\")")));
    EXPECT_EQ(string_of(members[2].second), "A\\");
}

TEST(JsonScan, TakesAnEmptyObjectAndLineEndsOfAnySort) {
    EXPECT_THAT(members_of("{}"), ElementsAre());
    EXPECT_THAT(members_of("\r\n{\r\n\t\"a\":\r\n1\r\n}"), ElementsAre(Pair("a", "1")));
}

TEST(JsonScan, RefusesWhatIsBrokenOrCut) {
    for (const char* const text : {"",
                                   "[]",
                                   "{",
                                   "{\"a\"",
                                   "{\"a\":",
                                   "{\"a\":}",
                                   "{\"a\":1",
                                   "{\"a\":1,",
                                   "{\"a\":1,}",
                                   "{\"a\":\"x",
                                   "{\"a\":\"x\\\"",
                                   "{\"a\":[1}}",
                                   "{\"a\":[\"]}",
                                   "{a:1}",
                                   "{\"a\" 1}",
                                   "{\"a\":1 \"b\":2}"}) {
        EXPECT_FALSE(is_sound(text)) << text;
    }
    EXPECT_FALSE(is_sound("{\"a\":" + std::string(100'000, '[')));
}

TEST(JsonScan, StopsWhereItIsToldTo) {
    int seen = 0;
    const auto scanned =
        scan_members(R"({"a":1,"b":2,broken)", [&](const std::string&, std::string_view) {
            ++seen;
            return false;
        });

    EXPECT_TRUE(scanned);
    EXPECT_EQ(seen, 1);
}

TEST(JsonScan, GivesTheElementsOfAnArray) {
    std::vector<std::string> out;
    const auto scanned = scan_elements(R"(["a,b", ["c"], 7])", [&](std::string_view value) {
        out.emplace_back(value);
        return true;
    });

    EXPECT_TRUE(scanned);
    EXPECT_THAT(out, ElementsAre("\"a,b\"", "[\"c\"]", "7"));
}

TEST(JsonScan, TakesNothingButStringsForText) {
    EXPECT_EQ(string_of("7"), "");
    EXPECT_EQ(string_of("\""), "");
    EXPECT_EQ(string_of("\"\\q\""), "");
    EXPECT_EQ(string_of("\"plain\""), "plain");
}

}  // namespace
}  // namespace envkeep::packages
