// SPDX-License-Identifier: MIT
#include "cli/view.hpp"

#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

const std::vector<Row> rows{
    {.verb = "link", .subject = "~/.ssh", .detail = "-> /storage/ssh", .why = "not there yet"},
    {.verb = "set mode", .subject = "~/.ssh/id_rsa", .detail = "0644 -> 0600"},
    {.verb = "link",
     .subject = "~/a/very/long/path/that/is/wider/than/any/column",
     .detail = "-> /storage/x",
     .why = "not there yet"},
};

TEST(Rows, StandInColumns) {
    EXPECT_EQ(rows_text(rows, {}),
              "  link      ~/.ssh         -> /storage/ssh  (not there yet)\n"
              "  set mode  ~/.ssh/id_rsa  0644 -> 0600\n"
              "  link      ~/a/very/long/path/that/is/wider/than/any/column  -> /storage/x  (not "
              "there yet)\n");
}

TEST(Rows, BreakBetweenTheirPartsWhereTheTerminalIsNarrow) {
    EXPECT_EQ(rows_text(rows, {.width = 60}),
              "  link      ~/.ssh         -> /storage/ssh  (not there yet)\n"
              "  set mode  ~/.ssh/id_rsa  0644 -> 0600\n"
              "  link      ~/a/very/long/path/that/is/wider/than/any/column\n"
              "            -> /storage/x  (not there yet)\n");
}

TEST(Rows, ShowNotesBelow) {
    EXPECT_EQ(rows_text({{.verb = "failed", .subject = "~/x", .notes = {"no space"}}}, {}),
              "  failed  ~/x\n"
              "          no space\n");
}

TEST(Rows, AreColouredOnlyIfAsked) {
    const std::vector<Row> one{{.tone = Tone::good, .verb = "linked", .subject = "~/x"}};

    EXPECT_EQ(rows_text(one, {.colour = false}).find('\x1b'), std::string::npos);
    EXPECT_NE(rows_text(one, {.colour = true}).find("\x1b[32mlinked\x1b[0m"), std::string::npos);
}

TEST(Columns, CountLettersNotBytes) {
    EXPECT_EQ(columns_of("abc"), 3U);
    EXPECT_EQ(columns_of("caf\u00e9"), 4U);
    EXPECT_EQ(columns_of("\u65e5\u672c"), 4U);  // two wide letters
    EXPECT_EQ(columns_of("e\u0301"), 1U);       // a letter and its accent
    EXPECT_EQ(columns_of("\U0001f600"), 2U);
    EXPECT_EQ(columns_of("\xff"), 1U);
    EXPECT_EQ(columns_of("\xe6\x97"), 2U);  // cut short: each byte for itself
}

TEST(ViewPath, ShowsTheHomeAsATilde) {
    const View view{.home = "/root"};

    EXPECT_EQ(view.path("/root"), "~");
    EXPECT_EQ(view.path("/root/.ssh"), "~/.ssh");
    EXPECT_EQ(view.path("/rootless"), "/rootless");
    EXPECT_EQ(View{.home = "/"}.path("/etc"), "/etc");
}

TEST(ViewPath, ShowsNothingThatATerminalWouldObey) {
    EXPECT_EQ(View{.home = "/root"}.path("/root/\x1b[2J\n"), "~/\\x1b[2J\\x0a");
}

TEST(ViewSource, NamesTheStoreWhereAThingLivesInItsUsualPlace) {
    const View view{.home = "/root", .kept = "/storage/envkeep/home"};

    EXPECT_EQ(view.source("~/.ssh", "/storage/envkeep/home/.ssh"), "the store");
    EXPECT_EQ(view.source("~/.ssh", "/storage/cfg/.ssh"), "/storage/cfg/.ssh");
    EXPECT_EQ(view.source("~/.local/bin", "/storage/envkeep/home/.local/bin@3.11"),
              "/storage/envkeep/home/.local/bin@3.11");
    EXPECT_EQ(View{.home = "/root"}.source("~/.ssh", "/storage/envkeep/home/.ssh"),
              "/storage/envkeep/home/.ssh");
}

TEST(ViewLine, IsBrokenAtBlanksOnATerminalAndNotInALog) {
    const std::string text = "    one two three";

    EXPECT_EQ(View{.width = 12}.line(text, 6), "    one two\n      three\n");
    EXPECT_EQ(View{.width = 0}.line(text, 6), "    one two three\n");
    EXPECT_EQ(View{.width = 5}.line("averylongword two", 4), "averylongword\n    two\n");
}

TEST(ViewLine, DoesNotCountColours) {
    const View view{.colour = true, .width = 11};

    EXPECT_EQ(view.line(view.painted(Tone::error, "error") + ": here", 4),
              "\x1b[1;31merror\x1b[0m: here\n");
}

TEST(Wrapped, BreaksAtBlanksAndNowhereElse) {
    EXPECT_EQ(wrapped("one two three", 8, "  "), "  one\n  two\n  three\n");
    EXPECT_EQ(wrapped("one-very-long-word two", 8, ""), "one-very-long-word\ntwo\n");
}

}  // namespace
}  // namespace envkeep::cli
