// SPDX-License-Identifier: MIT
#include "keep/merge_text.hpp"

#include "envkeep/core/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::keep {
namespace {

using std::string_view_literals::operator""sv;

std::string numbered(int from, int to) {
    std::string lines;
    for (int i = from; i < to; ++i) {
        lines += "make " + std::to_string(i % 5) + "\n" + "run " + std::to_string(i) + "\n";
    }
    return lines;
}

// Of all shells, mixed, and noise.
std::string any_lines() {
    std::string text;
    for (int count = *rc::gen::inRange(0, 12); count > 0; --count) {
        text += *rc::gen::element<std::string>("ls\n",
                                               "cd\n",
                                               "#1700000000\n",
                                               "#1700000001\n",
                                               ": 1700000000:0;ls\n",
                                               "for i\\\n",
                                               "- cmd: ls\n",
                                               "  when: 1700000000\n",
                                               "#99999999999999999999\n",
                                               "\n",
                                               "\\",
                                               "\xff\xfe\n");
    }
    return text;
}

std::set<std::string_view> lines_in(std::string_view text) {
    const std::vector<std::string_view> lines = split(text, '\n');
    return {lines.begin(), lines.end()};
}

std::vector<std::string_view> sorted_lines(std::string_view text) {
    std::vector<std::string_view> lines = split(text, '\n');
    std::sort(lines.begin(), lines.end());
    return lines;
}

TEST(MergeText, AddsWhatWasAppendedOnBothSides) {
    EXPECT_EQ(united({.before = "ls\n", .store = "ls\ntheirs\n", .home = "ls\nmine\nls\n"}),
              "ls\ntheirs\nmine\nls\n");
}

TEST(MergeText, LeavesTheStoresBytesWhereNothingIsNew) {
    EXPECT_EQ(united({.before = "ls\ncd\n", .store = "ls\ncd\n\xff\xfe", .home = "cd\n"}),
              "ls\ncd\n\xff\xfe");
}

TEST(MergeText, BringsNoOldEntryBackThatTheStoreHasDropped) {
    EXPECT_EQ(united({.before = "a\nb\nc\n", .store = "c\ntheirs\n", .home = "a\nb\nc\nmine\n"}),
              "c\ntheirs\nmine\n");
}

TEST(MergeText, KnowsAHistoryThatWasCutAtItsBeginning) {
    const std::string before = numbered(0, 500);
    const std::string cut = numbered(100, 500) + "make 3\nrun 499\nnew\n";

    EXPECT_EQ(united({.before = before, .store = before + "theirs\n", .home = cut}),
              before + "theirs\nmake 3\nrun 499\nnew\n");
}

TEST(MergeText, CountsEqualEntriesWhereTheFileWasRewritten) {
    EXPECT_EQ(
        united({.before = "a\nb\na\nc\n", .store = "a\nb\na\nc\nt\n", .home = "b\nc\na\nx\n"}),
        "a\nb\na\nc\nt\nx\n");
}

TEST(MergeText, TakesTheStoreForWhatWasBeforeWhereThatIsNotKnown) {
    EXPECT_EQ(united({.before = {}, .store = "a\nb\n", .home = "b\nmine\n"}), "a\nb\nmine\n");
}

TEST(MergeText, KeepsBytesOfAnyEncoding) {
    EXPECT_EQ(united({.before = "", .store = "\xe4\n", .home = "\xff\x80\n"}), "\xe4\n\xff\x80\n");
}

TEST(MergeText, EndsALineThatHadNoEnd) {
    EXPECT_EQ(united({.before = "a", .store = "a\ntheirs", .home = "a\nmine"}),
              "a\ntheirs\nmine\n");
}

TEST(MergeText, OrdersCommandsOfBashByTheirTimes) {
    EXPECT_EQ(
        united({.before = "#1700000000\nls\n",
                .store = "#1700000000\nls\n#1700000020\ntheirs\n",
                .home = "#1700000000\nls\n#1700000010\nfor i in 1\ndo\ndone\n#1700000030\nx\n"}),
        "#1700000000\nls\n#1700000010\nfor i in 1\ndo\ndone\n#1700000020\ntheirs\n"
        "#1700000030\nx\n");
}

TEST(MergeText, TakesTheSameCommandOfTheSameTimeOnce) {
    EXPECT_EQ(united({.before = "",
                      .store = "#1700000020\nls\n",
                      .home = "#1700000020\nls\n#1700000021\nls\n"}),
              "#1700000020\nls\n#1700000021\nls\n");
}

TEST(MergeText, PutsWhatHasNoTimeBehindWhatHas) {
    EXPECT_EQ(united({.before = "", .store = "#1700000020\ntheirs\n", .home = "mine\n"}),
              "#1700000020\ntheirs\nmine\n");
}

TEST(MergeText, ReadsExtendedHistoriesOfZsh) {
    EXPECT_EQ(united({.before = ": 1700000000:0;ls\n",
                      .store = ": 1700000000:0;ls\n: 1700000020:3;theirs\n",
                      .home = ": 1700000000:0;ls\n: 1700000010:0;for i\\\ndo\\\ndone\n"}),
              ": 1700000000:0;ls\n: 1700000010:0;for i\\\ndo\\\ndone\n: 1700000020:3;theirs\n");
}

TEST(MergeText, ReadsHistoriesOfFish) {
    EXPECT_EQ(united({.before = "- cmd: ls\n  when: 1700000000\n",
                      .store = "- cmd: ls\n  when: 1700000000\n- cmd: b\n  when: 1700000020\n",
                      .home = "- cmd: ls\n  when: 1700000000\n- cmd: cat a\n  when: 1700000010\n"
                              "  paths:\n    - a\n"}),
              "- cmd: ls\n  when: 1700000000\n- cmd: cat a\n  when: 1700000010\n"
              "  paths:\n    - a\n- cmd: b\n  when: 1700000020\n");
}

TEST(MergeText, ReadsHistoriesOfNode) {
    EXPECT_EQ(united({.before = "old\n",
                      .store = "theirs\nold\n",
                      .home = "mine 2\nmine 1\nold\n",
                      .is_newest_first = true}),
              "mine 2\nmine 1\ntheirs\nold\n");
}

TEST(MergeText, UnitesThreeInAnyOrderWithoutLossOrDoubles) {
    const std::string before = "a\n";
    const std::string one = united({.before = before, .store = before, .home = "a\none\n"});
    const std::string two = united({.before = before, .store = one, .home = "a\ntwo\n"});

    EXPECT_EQ(united({.before = before, .store = two, .home = "a\nthree\n"}),
              "a\none\ntwo\nthree\n");
}

RC_GTEST_PROP(MergeText, LosesNoLine, ()) {
    const std::string before = any_lines();
    const std::string store = any_lines();
    const std::string home = *rc::gen::arbitrary<bool>() ? before + any_lines() : any_lines();

    const std::string all = united({.before = before, .store = store, .home = home});

    const std::set<std::string_view> held = lines_in(all);
    const std::set<std::string_view> known = lines_in(before);
    for (const std::string_view line : lines_in(store)) {
        RC_ASSERT(line.empty() || held.contains(line));
    }
    for (const std::string_view line : lines_in(home)) {
        RC_ASSERT(line.empty() || known.contains(line) || held.contains(line));
    }
}

RC_GTEST_PROP(MergeText, DoublesNoLine, ()) {
    const auto commands = [] {
        std::string text;
        for (int count = *rc::gen::inRange(0, 12); count > 0; --count) {
            text += *rc::gen::element<std::string>("ls\n", "cd\n", "make\n", "\xff\n");
        }
        return text;
    };
    const std::string before = commands();
    const std::string one = commands();
    const std::string two = commands();

    const std::string all = united({.before = before, .store = before + one, .home = before + two});

    RC_ASSERT(sorted_lines(all) == sorted_lines(before + one + two));
}

TEST(MergeText, TellsWhetherAllIsHeld) {
    EXPECT_TRUE(holds_all("a\nb\na\n", "a\na\n"));
    EXPECT_FALSE(holds_all("a\nb\n", "a\na\n"));
    EXPECT_TRUE(holds_all("#1700000000\na\nb\n", "#1700000000\na\n"));
}

TEST(MergeText, TakesOnlyLinesForAHistory) {
    EXPECT_TRUE(is_history("\xff\n"));
    EXPECT_FALSE(is_history("a\0b"sv));
    EXPECT_FALSE(is_history(std::string(1'000'001, '\n')));
}

}  // namespace
}  // namespace envkeep::keep
