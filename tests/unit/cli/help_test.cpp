// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/globals.hpp"
#include "cli/topics.hpp"
#include "cli/view.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/find.hpp"
#include "unit/cli/command_line.hpp"
#include "unit/cli/golden.hpp"
#include "unit/cli/platforms_page.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

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

TEST(Topics, FitEightyColumns) {
    for (const Topic& topic : all_topics()) {
        EXPECT_THAT(general_help(), HasSubstr(fmt::format("  {} ", topic.name)));
        const std::string text = topic_text(topic.name);
        for (const std::string_view line : split(text, '\n')) {
            EXPECT_TRUE(topic.name == "man" || columns_of(line) <= 80U) << line;
        }
    }
}

TEST(Topics, NameCommandsThatThereAre) {
    constexpr std::string_view program = "envkeep ";
    for (const Topic& topic : all_topics()) {
        const std::string text(topic.text);
        for (std::size_t at = text.find(program); at != std::string::npos;
             at = text.find(program, at + 1)) {
            if (at > 0 && text[at - 1] == '/') {
                continue;  // a folder
            }
            const std::string_view rest = std::string_view(text).substr(at + program.size());
            const std::string_view word = rest.substr(0, rest.find_first_of(" '\n"));
            const std::string two(rest.substr(0, rest.find_first_of(" '\n", word.size() + 1)));
            EXPECT_TRUE(find_command(word) != nullptr || find_command(two) != nullptr)
                << topic.name << ": " << two;
        }
    }
}

TEST(Topics, OfTheManifestHaveEachOfItsKeys) {
    const std::string text = topic_text("manifest");
    const auto schema = Json::parse(
        testing::content_of(std::string(ENVKEEP_SOURCE_DIR) + "/templates/manifest.schema.json"));
    ASSERT_TRUE(schema.has_value());
    const Json* const keys = schema->find("properties");
    ASSERT_NE(keys, nullptr);
    for (const auto& [key, value] : *keys->as_object()) {
        EXPECT_THAT(text, HasSubstr("\n  " + key + ":"));
    }
}

TEST(Topics, AreShownBesideTheCommandOfThatName) {
    CommandLine command_line;

    const testing::Answer answer = command_line.run({"help", "undo"});

    EXPECT_EQ(answer.out, help_of(undo_command) + "\n" + topic_text("undo"));
    EXPECT_EQ(command_line.run({"help", "exit-codes"}).out, topic_text("exit-codes"));
}

TEST(Topics, OfPlatformsAreThoseOfTheDocument) {
    const std::string text = in_one_line(topic_text("platforms"));
    for (const store::Platform& platform : store::all_platforms()) {
        EXPECT_THAT(text, HasSubstr(platform.name + ": "));
        EXPECT_THAT(text, HasSubstr(std::string(platform.advice.where)));
    }
    expect_file("docs/platforms.md", testing::platforms_page());
}

TEST(ManualPage, HasEveryCommandAndTopic) {
    CommandLine command_line;
    const std::string page = command_line.run({"help", "man"}).out;

    EXPECT_TRUE(page.starts_with(".TH ENVKEEP 1\n"));
    for (const Command* command : all_commands()) {
        EXPECT_THAT(page, HasSubstr(fmt::format("\n.SS {}\n.B envkeep ", command->name)));
    }
    for (const Topic& topic : all_topics()) {
        const bool has_part = page.find(fmt::format("\n.SS {}\n", topic.name)) != std::string::npos;
        EXPECT_EQ(has_part, topic.name != "man" && topic.name != "exit-codes") << topic.name;
    }
}

// A line that begins so would be read as an order to the formatter, or be lost.
TEST(ManualPage, HasNoOtherOrdersThanItsOwn) {
    constexpr auto own = std::to_array<std::string_view>(
        {".TH", ".nh", ".SH", ".SS", ".B", ".I", ".PP", ".TP", ".nf", ".fi", ".sp"});
    const std::string page = topic_text("man");
    for (const std::string_view line : split(page, '\n')) {
        EXPECT_FALSE(line.starts_with('\'')) << line;
        if (line.starts_with('.')) {
            EXPECT_NE(std::ranges::find(own, line.substr(0, line.find(' '))), own.end()) << line;
        }
    }
}

}  // namespace
}  // namespace envkeep::cli
