// SPDX-License-Identifier: MIT
#include "manifest/parse_yaml.hpp"

#include "manifest/simple_lines.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace envkeep::manifest {
namespace {

// A tree as text: `word`, "quoted", null, [list], {map}.
std::string text_of(const Value& value) {
    if (value.is_null()) {
        return "null";
    }
    if (value.is_text()) {
        return value.is_plain() ? std::string(value.text()) : fmt::format("\"{}\"", value.text());
    }
    std::string inside;
    for (const Value& child : value.children()) {
        inside += (inside.empty() ? "" : " ") + text_of(child);
    }
    return fmt::format("{}{}{}", value.is_list() ? "[" : "{", inside, value.is_list() ? "]" : "}");
}

std::string parsed(const std::string& text) {
    const SourceText source(text);
    const Parsed parsed = parse_yaml(source);
    const std::optional<Value> root = parsed.tree.root();
    std::string shown = root ? text_of(*root) : "nothing";
    for (const Fault& fault : parsed.faults) {
        const Spot spot = source.spot(fault.position);
        shown += fmt::format(" | {}:{} {}", spot.line, spot.column, fault.message);
    }
    return shown;
}

// How many lines the YAML parser was spared.
std::size_t spared_lines(const std::string& text) {
    const SourceText source(text);
    const SimpleLines lines(source);
    const SourceText shortened(lines.shortened());
    return source.line_count() - shortened.line_count();
}

std::string repeated(const std::string& line, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) {
        text += line;
    }
    return text;
}

TEST(ParseYaml, MakesATree) {
    EXPECT_EQ(parsed("a: 1\nb: [x, \"y\", ~]\nc:\n  d: {e: f}\n"),
              "{a 1 b [x \"y\" null] c {d {e f}}}");
    EXPECT_EQ(parsed(""), "nothing");
    EXPECT_EQ(parsed("# c\n"), "nothing");
}

TEST(ParseYaml, ShowsWhatAnAliasStandsFor) {
    EXPECT_EQ(parsed("a: &x {b: c}\nd: *x\ne: &y 1\nf: [*y, *x]\n"),
              "{a {b c} d {b c} e 1 f [1 {b c}]}");
}

TEST(ParseYaml, FindsAQuoteThatIsNeverClosed) {
    EXPECT_EQ(parsed("a: b\nc: \"d\n"), "{a b} | 2:4 this quote is never closed");
    EXPECT_EQ(parsed("a: b\nc: 'it''s\n"), "{a b} | 2:4 this quote is never closed");
}

TEST(ParseYaml, CountsCharactersNotBytes) {
    EXPECT_EQ(parsed("é: \"日本\" x\n"), "{} | 1:9 this fits nothing above it");
}

TEST(ParseYaml, IsSparedRunsOfSimpleEntries) {
    EXPECT_EQ(spared_lines("k:\n" + repeated("  - a\n", 10)), 9U);
    EXPECT_EQ(spared_lines("k:\n" + repeated("  - {a: b, c: d}  # e\n", 10)), 9U);
    EXPECT_EQ(spared_lines("k:\n" + repeated("- a: b\n  c: d\n", 10)), 18U);
    EXPECT_EQ(spared_lines("k:\r\n" + repeated("- a\r\n", 10)), 9U);
}

TEST(ParseYaml, IsNotSparedWhatIsNotSimple) {
    EXPECT_EQ(spared_lines(repeated("- a b\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("- 'a'\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("- {a: b\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("- {a: [b]}\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("- a:b\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("- ~\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("-   path: a\n  x: b\n", 10)), 0U);
    EXPECT_EQ(spared_lines(repeated("- " + std::string(2000, 'a') + "\n", 10)), 0U);
}

TEST(ParseYaml, ReadsARunAsEntriesOfItsList) {
    const std::string text = "k:\n  - a\n  - {b: c}  # d\n  - e: f\n    g: h\n  - i\n  - j\nl: m\n";

    EXPECT_GT(spared_lines(text), 0U);
    EXPECT_EQ(parsed(text), "{k [a {b c} {e f g h} i j] l m}");
}

TEST(ParseYaml, ReadsLinesOfATextBlockAsText) {
    const std::string text = "k: |\n" + repeated("  - a\n", 5) + "l:\n" + repeated("- b\n", 5);

    EXPECT_EQ(parsed(text), "{k \"- a\n- a\n- a\n- a\n- a\n\" l [b b b b b]}");
}

TEST(ParseYaml, ReadsWhatFollowsTheLastEntryAsPartOfIt) {
    EXPECT_EQ(parsed("k:\n" + repeated("- a: b\n", 5) + "\n  c: d\n"),
              "{k [{a b} {a b} {a b} {a b} {a b c d}]}");
    EXPECT_EQ(parsed("k:\n" + repeated("- a\n", 5) + "  more\n"), "{k [a a a a a more]}");
}

TEST(ParseYaml, RefusesWhatGrowsWithoutBound) {
    EXPECT_EQ(parsed("a: " + repeated("[", 1000)), "{a []} | 1:36 nested deeper than 64 levels");
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i) {
        bomb += fmt::format("a{0}: &a{0} [{1}]\n", i, repeated(fmt::format("*a{}, ", i - 1), 10));
    }
    EXPECT_NE(parsed(bomb).find("the aliases stand for more than 100000 values"),
              std::string::npos);
}

}  // namespace
}  // namespace envkeep::manifest
