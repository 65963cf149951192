// SPDX-License-Identifier: MIT
#include "cli/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Words read(const std::vector<std::string>& arguments) {
    return read_words(arguments);
}

std::string message_of(const Words& words) {
    return words.error ? words.error->message : "";
}

std::string hint_of(const Words& words) {
    return words.error ? words.error->hint : "";
}

TEST(Words, FindTheCommandBehindFlagsThatTakeAValue) {
    const Words words = read({"--store", "/mnt", "--home=/root", "restore", "--start"});

    ASSERT_NE(words.command, nullptr);
    EXPECT_EQ(words.command->name, "restore");
    EXPECT_EQ(words.globals.options.store, "/mnt");
    EXPECT_EQ(words.globals.options.home, "/root");
    EXPECT_THAT(words.rest, ElementsAre("--start"));
}

TEST(Words, TakeTheSameFlagsBehindTheCommand) {
    const Words words = read({"plan", "--json", "--quiet", "--no-network", "--manifest", "m.yaml"});

    EXPECT_TRUE(words.globals.json);
    EXPECT_TRUE(words.globals.quiet);
    EXPECT_TRUE(words.globals.options.no_network);
    EXPECT_EQ(words.globals.options.manifest, "m.yaml");
    EXPECT_THAT(words.rest, IsEmpty());
}

TEST(Words, PutTheTwoWordsOfAFamilyTogether) {
    const Words words = read({"hook", "--store", "/mnt", "print", "--for", "profile"});

    ASSERT_NE(words.command, nullptr);
    EXPECT_EQ(words.command->name, "hook print");
    EXPECT_THAT(words.rest, ElementsAre("--for", "profile"));
}

TEST(Words, LeaveWhatStandsBehindTwoDashesAlone) {
    const Words words = read({"adopt", "--", "--json", "-x"});

    EXPECT_FALSE(words.globals.json);
    EXPECT_THAT(words.operands, ElementsAre("--json", "-x"));
}

TEST(Words, NameTheCommandThatWasProbablyMeant) {
    const Words words = read({"restroe"});

    EXPECT_EQ(message_of(words), "there is no command 'restroe'");
    EXPECT_EQ(hint_of(words), "did you mean 'restore'?");
}

TEST(Words, NameTheWordOfAFamilyThatWasProbablyMeant) {
    EXPECT_EQ(hint_of(read({"manifest", "chek"})), "did you mean 'manifest check'?");
    EXPECT_EQ(hint_of(read({"hook", "zzzzzzz"})), "'hook' takes one of: print, install, remove");
}

TEST(Words, SayThatAFamilyNeedsOneWordMore) {
    EXPECT_EQ(message_of(read({"hook"})), "'hook' needs one word more");
}

TEST(Words, RefuseAValueThatIsEmptyOrMissing) {
    EXPECT_EQ(message_of(read({"plan", "--store", ""})), "'--store' needs a value");
    EXPECT_EQ(message_of(read({"plan", "--home="})), "'--home' needs a value");
    EXPECT_EQ(message_of(read({"plan", "--root"})), "'--root' needs a value");
}

TEST(Words, RefuseTwoDifferentValuesOfOneFlag) {
    EXPECT_EQ(message_of(read({"--store", "/a", "plan", "--store", "/b"})),
              "'--store' is given twice");
    EXPECT_EQ(message_of(read({"--store", "/a", "plan", "--store", "/a"})), "");
}

TEST(Words, RefuseAValueForAFlagThatTakesNone) {
    EXPECT_EQ(message_of(read({"plan", "--json=no"})), "'--json' takes no value");
}

TEST(Words, RefuseQuietAndVerboseTogether) {
    EXPECT_THAT(message_of(read({"plan", "--quiet", "--verbose"})), HasSubstr("exclude"));
}

TEST(Words, LetOnlyWhatLooksRunOnACapturedMachine) {
    for (const char* const command : {"plan", "status", "verify", "diff", "snapshots", "doctor"}) {
        EXPECT_EQ(message_of(read({command, "--root", "/captured"})), "");
    }
    const Words words = read({"restore", "--root", "/captured"});
    EXPECT_EQ(message_of(words), "'restore' does not run with '--root'");
    EXPECT_THAT(hint_of(words), HasSubstr("plan, status, verify, diff, snapshots and doctor"));
}

TEST(Words, RefuseAFlagOfACommandWhereNoCommandIs) {
    EXPECT_EQ(message_of(read({"--start"})), "'--start' stands before no command");
}

TEST(Words, AskForHelpWhateverElseIsThere) {
    EXPECT_TRUE(read({"restore", "--help"}).wants_help);
    EXPECT_TRUE(read({"-h"}).wants_help);
    EXPECT_TRUE(read({"help", "restore"}).wants_help);
    EXPECT_EQ(read({"help", "restore"}).command->name, "restore");
}

TEST(Words, TakeATopicOfHelp) {
    EXPECT_EQ(read({"help", "platforms"}).topic, "platforms");
    EXPECT_EQ(read({"help", "snapshots"}).topic, "snapshots");
    EXPECT_EQ(read({"help", "snapshots"}).command->name, "snapshots");
    EXPECT_EQ(read({"help", "manifest"}).family, "manifest");
    EXPECT_EQ(read({"help", "manifest", "check"}).command->name, "manifest check");
    EXPECT_EQ(message_of(read({"platforms"})), "there is no command 'platforms'");
}

TEST(Words, NameTheTopicThatWasMeant) {
    const Words words = read({"help", "plattforms"});

    EXPECT_EQ(message_of(words), "there is neither a topic nor a command 'plattforms'");
    EXPECT_EQ(hint_of(words), "did you mean 'envkeep help platforms'?");
    EXPECT_THAT(hint_of(read({"help", "qqqqqq"})), HasSubstr("envkeep help"));
}

TEST(Words, TakeVersionAsAFlagToo) {
    EXPECT_EQ(read({"--version"}).command->name, "version");
}

// The word behind it is its value, and no command.
TEST(Words, NameTheFlagThatIsMeantWhereOneBeforeTheCommandIsMisspelt) {
    for (const std::vector<std::string>& typed :
         {std::vector<std::string>{"--stor", "/x", "plan"}, {"--stor", "/x"}, {"--stor"}}) {
        EXPECT_EQ(message_of(read(typed)), "there is no flag '--stor'");
        EXPECT_EQ(hint_of(read(typed)), "did you mean '--store'?");
    }
    EXPECT_EQ(message_of(read({"--number", "2", "log"})), "there is no command '2'");
    EXPECT_EQ(hint_of(read({"-z", "2", "log"})), "see 'envkeep --help'");
}

TEST(Words, NeedACommandForADocument) {
    EXPECT_EQ(message_of(read({"--json"})), "'--json' stands before no command");
    EXPECT_EQ(message_of(read({"help", "--json"})), "");
    EXPECT_EQ(message_of(read({"--json", "plan", "--help"})), "");
}

}  // namespace
}  // namespace envkeep::cli
