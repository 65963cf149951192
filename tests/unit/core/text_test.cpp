// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

namespace envkeep {
namespace {

using ::testing::ElementsAre;

TEST(Printable, LeavesReadableTextAsItIs) {
    EXPECT_EQ(printable("a b/c \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
              "a b/c \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST(Printable, ShowsControlCharactersAsNumbers) {
    EXPECT_EQ(printable("a\nb\x1B[31m\x7F"), R"(a\x0ab\x1b[31m\x7f)");
    EXPECT_EQ(printable(std::string_view("\0", 1)), R"(\x00)");
    EXPECT_EQ(printable("\xC2\x9B"), R"(\xc2\x9b)");
}

TEST(Printable, ShowsBytesThatAreNoTextAsNumbers) {
    EXPECT_EQ(printable("a\xFFz"), R"(a\xffz)");
    EXPECT_EQ(printable("\xE2\x82"), R"(\xe2\x82)");
}

TEST(Printable, ShowsWhatWouldTurnOrBreakTheLineAsNumbers) {
    EXPECT_EQ(printable("\u202Etxt.exe"), R"(\xe2\x80\xaetxt.exe)");
    EXPECT_EQ(printable("\u2066"), R"(\xe2\x81\xa6)");
    EXPECT_EQ(printable("\u200F"), R"(\xe2\x80\x8f)");
    EXPECT_EQ(printable("\u061C"), R"(\xd8\x9c)");
    EXPECT_EQ(printable("\u2028"), R"(\xe2\x80\xa8)");
    EXPECT_EQ(printable("\u202F"), "\u202F");
}

TEST(Quoted, PutsTheSameInQuotes) {
    EXPECT_EQ(quoted("a\n"), R"('a\x0a')");
    EXPECT_EQ(quoted(""), "''");
}

TEST(ShellQuoted, LeavesPlainWordsAsTheyAre) {
    EXPECT_EQ(shell_quoted("/a/b-c_d.e:f=g@h%i+j,k"), "/a/b-c_d.e:f=g@h%i+j,k");
}

TEST(ShellQuoted, QuotesEverythingElse) {
    EXPECT_EQ(shell_quoted(""), "''");
    EXPECT_EQ(shell_quoted("a b"), "'a b'");
    EXPECT_EQ(shell_quoted("it's"), R"('it'\''s')");
    EXPECT_EQ(shell_quoted("~"), "'~'");
    EXPECT_EQ(shell_quoted("$(x)`y`\\"), R"('$(x)`y`\')");
}

TEST(Nearest, FindsATypingSlip) {
    const std::vector<std::string_view> words{"restore", "release", "status"};

    EXPECT_EQ(nearest("restroe", words), "restore");
    EXPECT_EQ(nearest("relase", words), "release");
    EXPECT_EQ(nearest("status", words), "status");
}

TEST(Nearest, TakesTwoLettersTheWrongWayRoundForOneSlip) {
    EXPECT_EQ(nearest("adpot", {"adopt", "plan"}), "adopt");
    EXPECT_EQ(nearest("snyc", {"save", "sync"}), "sync");
    EXPECT_EQ(nearest("lgo", {"plan", "log"}), "log");
    EXPECT_EQ(nearest("ac", {"cba"}), "");
}

TEST(Nearest, DoesNotGuessWildly) {
    EXPECT_EQ(nearest("banana", {"restore", "status"}), "");
    EXPECT_EQ(nearest("x", {"y"}), "");
    EXPECT_EQ(nearest("", {"y"}), "");
    EXPECT_EQ(nearest("word", {}), "");
    EXPECT_EQ(nearest(std::string(65, 'a'), {"aaaa"}), "");
}

TEST(HumanSize, TakesTheUnitThatFits) {
    EXPECT_EQ(human_size(0), "0 B");
    EXPECT_EQ(human_size(1023), "1023 B");
    EXPECT_EQ(human_size(1024), "1.0 KiB");
    EXPECT_EQ(human_size(1536), "1.5 KiB");
    EXPECT_EQ(human_size(1024 * 1024 - 1), "1.0 MiB");
    EXPECT_EQ(human_size(std::numeric_limits<std::uint64_t>::max()), "16384.0 PiB");
}

TEST(Counted, TakesTheSingularForOne) {
    EXPECT_EQ(counted(0, "file"), "0 files");
    EXPECT_EQ(counted(1, "file"), "1 file");
    EXPECT_EQ(counted(2, "file"), "2 files");
}

TEST(Octal, HasFourDigits) {
    EXPECT_EQ(octal(0), "0000");
    EXPECT_EQ(octal(0755), "0755");
    EXPECT_EQ(octal(04755), "4755");
}

TEST(Split, GivesOnePartMoreThanSeparators) {
    EXPECT_THAT(split("a:b", ':'), ElementsAre("a", "b"));
    EXPECT_THAT(split(":a:", ':'), ElementsAre("", "a", ""));
    EXPECT_THAT(split("", ':'), ElementsAre(""));
}

TEST(Trimmed, TakesBlanksFromBothEnds) {
    EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
    EXPECT_EQ(trimmed(""), "");
}

// Through a real shell: it must read back the very bytes.
TEST(FolderOf, IsWhatStandsBeforeTheLastSlash) {
    EXPECT_EQ(folder_of("/a/b/c"), "/a/b");
    EXPECT_EQ(folder_of("a/b"), "a");
    EXPECT_EQ(folder_of("/a"), "");
    EXPECT_EQ(folder_of("a"), "");
}

TEST(ShellQuoted, IsOneWordForAShell) {
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    const std::string command = "LC_ALL=C printf %s " + shell_quoted(all);
    std::FILE* const shell = ::popen(command.c_str(), "r");
    ASSERT_NE(shell, nullptr);
    std::array<char, 512> back{};
    const std::size_t length = std::fread(back.data(), 1, back.size(), shell);

    EXPECT_EQ(::pclose(shell), 0);
    EXPECT_EQ(std::string(back.data(), length), all);
}

RC_GTEST_PROP(Printable, HoldsNoControlCharacter, (const std::string& text)) {
    for (const char c : printable(text)) {
        RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
}

}  // namespace
}  // namespace envkeep
