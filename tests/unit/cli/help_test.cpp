// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/globals.hpp"
#include "cli/view.hpp"
#include "envkeep/core/text.hpp"
#include "unit/cli/command_line.hpp"
#include "unit/cli/golden.hpp"
#include "unit/cli/man_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

using testing::CommandLine;
using testing::expect_file;
using testing::expect_golden;
using ::testing::HasSubstr;

// The words of a help text's line breaks joined again.
std::string in_one_line(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter != ' ' && letter != '\n') {
            out += letter;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    return out;
}

class HelpOf : public ::testing::TestWithParam<const Command*> {};

INSTANTIATE_TEST_SUITE_P(EveryCommand,
                         HelpOf,
                         ::testing::ValuesIn(all_commands().begin(), all_commands().end()),
                         [](const auto& tested) {
                             std::string name(tested.param->name);
                             std::replace(name.begin(), name.end(), ' ', '_');
                             return name;
                         });

TEST_P(HelpOf, TellsFlagsExamplesAndExitStatuses) {
    const Command& command = *GetParam();
    const std::string help = in_one_line(help_of(command));

    EXPECT_THAT(help, HasSubstr("Usage: envkeep " + std::string(command.name)));
    EXPECT_THAT(help, HasSubstr(command.details));
    for (const std::span<const Flag> flags : {command.flags, global_flags()}) {
        for (const Flag& flag : flags) {
            EXPECT_THAT(help, HasSubstr(label_of(flag) + " " + std::string(flag.help)));
        }
    }
    ASSERT_FALSE(command.examples.empty());
    for (const Example& example : command.examples) {
        EXPECT_THAT(example.line, HasSubstr("envkeep " + std::string(command.name)));
        EXPECT_THAT(help, HasSubstr(example.line));
    }
    ASSERT_FALSE(command.exits.empty());
    for (const ExitUse& use : command.exits) {
        EXPECT_THAT(help, HasSubstr(std::to_string(use.code) + " " + std::string(use.meaning)));
        EXPECT_NE(std::ranges::find(exit_codes(), use.code, &ExitCode::code), exit_codes().end());
    }
}

TEST_P(HelpOf, FitsEightyColumns) {
    const std::string help = help_of(*GetParam());

    for (const std::string_view line : split(help, '\n')) {
        EXPECT_LE(columns_of(line), 80U) << line;
    }
}

TEST_P(HelpOf, IsPrintedForTheFlag) {
    CommandLine command_line;
    std::vector<std::string> words;
    for (const std::string_view word : split(GetParam()->name, ' ')) {
        words.emplace_back(word);
    }
    words.emplace_back("--help");

    const testing::Answer answer = command_line.run(words);

    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.out, help_of(*GetParam()));
    EXPECT_EQ(answer.err, "");
}

TEST(HelpTexts, NameEveryCommand) {
    for (const Command* command : all_commands()) {
        EXPECT_THAT(general_help(), HasSubstr("  " + std::string(command->name) + " "))
            << command->name;
    }
}

TEST(HelpTexts, AreAsAccepted) {
    expect_golden("help", general_help());
    expect_golden("help_short", short_help());
    expect_golden("help_restore", help_of(restore_command));
}

TEST(HelpTexts, AreShortWithoutACommand) {
    CommandLine command_line;

    const testing::Answer answer = command_line.run({});

    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.out, short_help());
}

TEST(HelpTexts, OfAFamilyNameItsCommands) {
    CommandLine command_line;

    const testing::Answer answer = command_line.run({"hook", "--help"});

    EXPECT_EQ(answer.status, 0);
    expect_golden("help_hook", answer.out);
}

TEST(HelpTexts, MakeTheManualPage) {
    expect_file("docs/envkeep.1", testing::man_page());
}

}  // namespace
}  // namespace envkeep::cli
