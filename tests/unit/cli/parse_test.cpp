// SPDX-License-Identifier: MIT
#include "cli/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Result<Arguments> parsed(const std::vector<std::string>& words) {
    return parse(read_words(words));
}

std::string message_of(const Result<Arguments>& arguments) {
    return arguments ? "" : arguments.error().message;
}

std::string hint_of(const Result<Arguments>& arguments) {
    return arguments ? "" : arguments.error().hint;
}

TEST(Parse, GivesFlagsValuesAndOperands) {
    const auto arguments = parsed({"adopt", ".local", "--per", "python", "--copy", ".ssh"});

    ASSERT_TRUE(arguments) << message_of(arguments);
    EXPECT_TRUE(arguments->has("--copy"));
    EXPECT_EQ(arguments->value("--per"), "python");
    EXPECT_THAT(arguments->operands, ElementsAre(".local", ".ssh"));
}

TEST(Parse, TakesLettersAndEqualsSigns) {
    EXPECT_EQ(parsed({"log", "-n", "5"})->value("--number"), "5");
    EXPECT_EQ(parsed({"log", "-n5"})->value("--number"), "5");
    EXPECT_EQ(parsed({"log", "--number=5"})->value("--number"), "5");
}

TEST(Parse, KeepsEveryOperandAsItWasTyped) {
    const auto arguments = parsed({"adopt", "[a,b]", "--copy", "a b", "-", "{}", "--", "--copy"});

    EXPECT_THAT(arguments->operands, ElementsAre("[a,b]", "a b", "-", "{}", "--copy"));
}

TEST(Parse, KeepsEveryValueAsItWasTyped) {
    const auto arguments = parsed({"init", "--adopt", "[a,b]", "--adopt=x=y"});

    EXPECT_THAT(arguments->values("--adopt"), ElementsAre("[a,b]", "x=y"));
}

TEST(Parse, LetsMorePathsFollowTheFirst) {
    const auto arguments = parsed({"init", "--adopt", ".ssh", ".jupyter"});

    EXPECT_THAT(arguments->values("--adopt"), ElementsAre(".ssh"));
    EXPECT_THAT(arguments->operands, ElementsAre(".jupyter"));
}

TEST(Parse, NamesTheFlagThatWasProbablyMeant) {
    const auto arguments = parsed({"restore", "--strat"});

    EXPECT_EQ(message_of(arguments), "'restore' has no flag '--strat'");
    EXPECT_EQ(hint_of(arguments), "did you mean '--start'?");
    EXPECT_EQ(hint_of(parsed({"restore", "--verbos"})), "did you mean '--verbose'?");
    EXPECT_EQ(hint_of(parsed({"restore", "--xyzzyx"})), "see 'envkeep restore --help'");
}

TEST(Parse, KnowsWhatOtherProgramsCallIt) {
    EXPECT_THAT(hint_of(parsed({"restore", "--dry-run"})), HasSubstr("'envkeep plan'"));
    EXPECT_THAT(hint_of(parsed({"restore", "-n"})), HasSubstr("'envkeep plan'"));
    EXPECT_THAT(hint_of(parsed({"adopt", "--dry-run", ".x"})), HasSubstr("'envkeep undo'"));
    EXPECT_THAT(hint_of(parsed({"uninstall", "-n"})), Not(HasSubstr("'envkeep plan'")));
    EXPECT_THAT(hint_of(parsed({"restore", "-f"})), HasSubstr("nothing is forced"));
    EXPECT_THAT(hint_of(parsed({"restore", "-v"})), HasSubstr("'--verbose'"));
    EXPECT_TRUE(parsed({"gc", "--dry-run"}));
    EXPECT_THAT(hint_of(parsed({"snapshot", "my words"})), HasSubstr("'-m'"));
    EXPECT_THAT(hint_of(parsed({"snapshot", "list"})), HasSubstr("'envkeep snapshots'"));
}

TEST(Parse, RefusesAFlagOfAnotherCommand) {
    EXPECT_EQ(message_of(parsed({"plan", "--copy"})), "'plan' has no flag '--copy'");
}

TEST(Parse, RefusesAMissingValue) {
    EXPECT_EQ(message_of(parsed({"adopt", ".ssh", "--per"})), "'--per' needs a value");
    EXPECT_EQ(message_of(parsed({"adopt", ".ssh", "--per="})), "'--per' needs a value");
    EXPECT_EQ(message_of(parsed({"adopt", ".ssh", "--per", ""})), "'--per' needs a value");
}

TEST(Parse, RefusesAValueWhereNoneBelongs) {
    EXPECT_EQ(message_of(parsed({"restore", "--start=no"})), "'--start' takes no value");
}

TEST(Parse, RefusesAValueThatIsNoChoice) {
    EXPECT_EQ(message_of(parsed({"adopt", ".x", "--per", "ruby"})),
              "'--per ruby' is not one of python");
    EXPECT_EQ(message_of(parsed({"completion", "tcsh"})), "'tcsh' is not one of bash, zsh, fish");
}

TEST(Parse, RefusesTheSameValueFlagTwice) {
    EXPECT_EQ(message_of(parsed({"log", "-n", "1", "-n", "2"})), "'--number' is given twice");
}

TEST(Parse, RefusesTooFewAndTooManyOperands) {
    EXPECT_EQ(message_of(parsed({"adopt"})), "'adopt' needs a PATH");
    EXPECT_EQ(message_of(parsed({"undo", "one", "two"})), "'undo' does not take 'two'");
    EXPECT_EQ(message_of(parsed({"adopt", ""})), "'adopt' was given an empty word");
    EXPECT_EQ(hint_of(parsed({"manifest", "check", "new.yaml"})),
              "another manifest than the store's goes behind '--manifest'");
}

TEST(Parse, NeedsNoArguments) {
    EXPECT_THAT(parsed({"restore"})->operands, IsEmpty());
}

}  // namespace
}  // namespace envkeep::cli
