// SPDX-License-Identifier: MIT
#include "unit/cli/json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> faults(std::string_view schema, std::string_view document) {
    return JsonSchema(*Json::parse(schema)).faults_of(*Json::parse(document));
}

// The validator that the other tests rely on must itself be able to refuse.
TEST(JsonSchema, RefusesWhatDoesNotFit) {
    EXPECT_THAT(faults(R"({"type": "string"})", "1"),
                ElementsAre("$: must be of type \"string\", but is 1"));
    EXPECT_THAT(faults(R"({"type": ["object", "null"]})", "[]"), ElementsAre(HasSubstr("type")));
    EXPECT_THAT(faults(R"({"const": "plan"})", "\"verify\""), ElementsAre(HasSubstr("must be")));
    EXPECT_THAT(faults(R"({"enum": ["a", "b"]})", "\"c\""), ElementsAre(HasSubstr("one of")));
    EXPECT_THAT(faults(R"({"pattern": "^[0-7]{4}$"})", "\"644\""), ElementsAre(HasSubstr("match")));
    EXPECT_THAT(faults(R"({"minimum": 0})", "-1"), ElementsAre(HasSubstr("at least")));
    EXPECT_THAT(faults(R"({"maximum": 9})", "10"), ElementsAre(HasSubstr("at most")));
    EXPECT_THAT(faults(R"({"items": {"type": "integer"}})", R"([1, "2"])"),
                ElementsAre(HasSubstr("$[1]: must be of type")));
    EXPECT_THAT(faults(R"({"properties": {}, "additionalProperties": false})", R"({"a": 1})"),
                ElementsAre("$: has an unknown member 'a'"));
    EXPECT_THAT(faults(R"({"properties": {"a": {}}, "required": ["a"]})", "{}"),
                ElementsAre("$: lacks the member \"a\""));
    EXPECT_THAT(faults(R"({"$defs": {"x": {"type": "null"}}, "$ref": "#/$defs/x"})", "1"),
                ElementsAre(HasSubstr("type")));
    EXPECT_THAT(faults(R"({"oneOf": [{"type": "null"}, {"type": "string"}]})", "1"),
                ElementsAre("$: 0 of its forms fit instead of one"));
}

TEST(JsonSchema, RefusesASchemaThatItDoesNotUnderstand) {
    EXPECT_THAT(faults(R"({"minLength": 1})", "\"a\""),
                ElementsAre("$: unknown keyword 'minLength'"));
    EXPECT_THAT(faults(R"({"$defs": {}, "$ref": "#/$defs/x"})", "1"),
                ElementsAre("$: 'x' is not defined"));
}

TEST(JsonSchema, TakesWhatFits) {
    EXPECT_THAT(faults(R"({"properties": {"a": {"type": "number"}}, "required": ["a"]})",
                       R"({"a": 1, "b": null})"),
                IsEmpty());
}

}  // namespace
}  // namespace envkeep::testing
