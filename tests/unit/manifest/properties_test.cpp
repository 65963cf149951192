// SPDX-License-Identifier: MIT
#include "envkeep/manifest/edit.hpp"
#include "envkeep/manifest/show.hpp"
#include "manifest/marks.hpp"
#include "manifest/parse_yaml.hpp"
#include "manifest/path_rules.hpp"
#include "unit/manifest/data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace envkeep::manifest {
namespace {

using rc::gen::element;
using rc::gen::just;

template <typename T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> value) {
    return rc::gen::oneOf(just(std::optional<T>()), rc::gen::map(std::move(value), [](T one) {
                              return std::optional<T>(one);
                          }));
}

// Names that YAML readers stumble over.
rc::Gen<std::string> any_name() {
    return rc::gen::oneOf(element<std::string>(".ssh",
                                               "null",
                                               "12",
                                               "yes",
                                               "0x1f",
                                               "1e3",
                                               "-",
                                               "- a",
                                               "a: b",
                                               "a #b",
                                               "#x",
                                               "'",
                                               "\"",
                                               "it's",
                                               "\\",
                                               "a\nb",
                                               "\ttab",
                                               " lead",
                                               "trail ",
                                               "é",
                                               "日本",
                                               "\u2028",
                                               "\uFEFF",
                                               "\u0085",
                                               "&a",
                                               "!t",
                                               "%",
                                               "@x",
                                               "`",
                                               "[x]",
                                               "{",
                                               "}",
                                               ",",
                                               "?",
                                               "a=b",
                                               ":",
                                               "::",
                                               "2024-01-01",
                                               "12:30",
                                               "...",
                                               "---",
                                               "$$",
                                               "<<",
                                               "|",
                                               ">",
                                               "\x01",
                                               "\x7f"),
                          rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z')));
}

rc::Gen<std::string> any_text() {
    return rc::gen::suchThat(rc::gen::map(rc::gen::container<std::vector<std::string>>(any_name()),
                                          [](const std::vector<std::string>& names) {
                                              std::string text;
                                              for (const std::string& name : names) {
                                                  text += name;
                                              }
                                              return text;
                                          }),
                             [](const std::string& text) { return !text.empty(); });
}

rc::Gen<std::string> any_path() {
    return rc::gen::suchThat(rc::gen::map(rc::gen::container<std::vector<std::string>>(any_name()),
                                          [](const std::vector<std::string>& names) {
                                              std::string path;
                                              for (const std::string& name : names) {
                                                  path += (path.empty() ? "" : "/") + name;
                                              }
                                              return path;
                                          }),
                             [](const std::string& path) {
                                 const Result<std::string> normal = written_path(path);
                                 return normal && check_keep_path(*normal).has_value() &&
                                        check_exclusion(path).has_value() && !is_pattern(path);
                             });
}

rc::Gen<std::vector<std::string>> any_texts() {
    return rc::gen::container<std::vector<std::string>>(any_text());
}

rc::Gen<Condition> any_condition() {
    const auto made = rc::gen::build<Condition>(
        rc::gen::set(&Condition::platform,
                     rc::gen::container<std::vector<std::string>>(
                         element<std::string>("colab", "gradient", "run*"))),
        rc::gen::set(&Condition::host, any_texts()),
        rc::gen::set(&Condition::gpu, maybe(rc::gen::arbitrary<bool>())),
        rc::gen::set(
            &Condition::variable,
            rc::gen::container<std::vector<std::pair<std::string, std::optional<std::string>>>>(
                rc::gen::pair(element<std::string>("A", "B_1"), maybe(any_text())))),
        rc::gen::set(&Condition::file, rc::gen::container<std::vector<std::string>>(any_path())));
    return rc::gen::suchThat(made, [](const Condition& one) { return one != Condition{}; });
}

rc::Gen<Keep> any_keep() {
    return rc::gen::build<Keep>(
        rc::gen::set(&Keep::path, any_path()),
        rc::gen::set(&Keep::kind, element(KeepKind::any, KeepKind::folder)),
        rc::gen::set(&Keep::how, element(How::link, How::copy, How::packed)),
        rc::gen::set(&Keep::on_conflict,
                     element(OnConflict::by_table, OnConflict::store, OnConflict::home)),
        rc::gen::set(&Keep::preset, maybe(element(Preset::ssh, Preset::none))),
        rc::gen::set(&Keep::exclude, rc::gen::container<std::vector<std::string>>(any_path())),
        rc::gen::set(&Keep::when, maybe(any_condition())));
}

std::vector<Keep> without_doubles(const std::vector<Keep>& keeps) {
    std::set<std::string> seen;
    std::vector<Keep> different;
    for (const Keep& keep : keeps) {
        if (seen.insert(written_path(keep.path).value_or("")).second) {
            different.push_back(keep);
        }
    }
    return different;
}

rc::Gen<Manifest> any_manifest() {
    const auto variable = [](const std::string& name) {
        return rc::gen::map(rc::gen::pair(any_text(), maybe(any_condition())),
                            [name](const std::pair<std::string, std::optional<Condition>>& parts) {
                                return Variable{
                                    .name = name, .value = "v" + parts.first, .when = parts.second};
                            });
    };
    return rc::gen::build<Manifest>(
        rc::gen::set(
            &Manifest::keeps,
            rc::gen::map(rc::gen::container<std::vector<Keep>>(any_keep()), without_doubles)),
        rc::gen::set(
            &Manifest::modes,
            rc::gen::map(rc::gen::pair(any_path(), rc::gen::inRange<std::uint32_t>(0, 4096)),
                         [](const std::pair<std::string, std::uint32_t>& rule) {
                             return std::vector<ModeRule>{
                                 {.pattern = rule.first, .mode = rule.second}};
                         })),
        rc::gen::set(&Manifest::environment,
                     rc::gen::map(rc::gen::pair(variable("A"), variable("B")),
                                  [](const std::pair<Variable, Variable>& two) {
                                      return std::vector<Variable>{two.first, two.second};
                                  })),
        rc::gen::set(&Manifest::backup_limit_percent, rc::gen::inRange<std::uint32_t>(1, 100)));
}

RC_GTEST_PROP(Show, IsReadBackAsTheSameValues, ()) {
    const Manifest manifest = *rc::gen::resize(12, any_manifest());

    const Reading reading = read_text(show(manifest));

    RC_ASSERT(text_of(reading.problems) == std::string());
    RC_ASSERT(without_marks(reading.manifest) == manifest);
}

// What `manifest show` prints.
RC_GTEST_PROP(Show, OfWhatHoldsHereComesToTheSameAgain, ()) {
    Manifest written = *rc::gen::resize(12, any_manifest());
    for (Variable& variable : written.environment) {
        variable.value = *element<std::string>("", "/", "$$", "~/") + *variable.value;
    }
    const Manifest here = without_marks(evaluate(written, gradient()).manifest);

    const Reading reading = read_text(show(written_out(here)));
    const Reading again = evaluate(reading.manifest, gradient());

    RC_ASSERT(text_of(reading.problems) == std::string());
    RC_ASSERT(text_of(again.problems) == std::string());
    RC_ASSERT(without_marks(again.manifest) == here);
}

TEST(Show, WritesADollarSignThatIsNoVariable) {
    const Reading reading = read_text(
        "envkeep: 1\n"
        "keep: [{path: m$$x, to: home/m$$x}]\n"
        "modes: {$$a: \"0600\"}\n"
        "env: {A: /a$$b, B: b$$c, C: {append: $$d}}\n");

    const std::string shown = show(written_out(evaluate(reading.manifest, gradient()).manifest));

    EXPECT_THAT(shown, ::testing::HasSubstr("{path: m$$x, to: home/m$$x}"));
    EXPECT_THAT(shown, ::testing::HasSubstr("$$a: \"0600\""));
    EXPECT_THAT(shown, ::testing::HasSubstr("A: /a$$b"));
    EXPECT_THAT(shown, ::testing::HasSubstr("B: b$$c"));
    EXPECT_THAT(shown, ::testing::HasSubstr("append: $$d"));
}

RC_GTEST_PROP(AddKeep, IsUndoneByRemoveKeep, ()) {
    const Manifest manifest = *rc::gen::resize(12, any_manifest());
    const Keep keep = *rc::gen::resize(12, any_keep());
    RC_PRE(!manifest.keeps.empty());
    RC_PRE(std::ranges::none_of(manifest.keeps, [&](const Keep& there) {
        return without_doubles({there, keep}).size() < 2U;
    }));
    const std::string text = show(manifest);

    const Result<std::string> added = add_keep(text, keep);
    RC_PRE(added.has_value());
    const Result<std::string> removed = remove_keep(*added, keep.path);

    RC_ASSERT(read_text(*added).manifest.keeps.size() == manifest.keeps.size() + 1);
    RC_ASSERT(removed.has_value());
    RC_ASSERT(*removed == text);
}

// Lines that make lists, look like them or end them.
rc::Gen<std::string> any_line() {
    return element<std::string>("keep:",
                                "- a",
                                "- a",
                                "- b  # c",
                                "  - a",
                                "  - a",
                                "  - b",
                                "  b",
                                "  - {a: b}",
                                "  - {a: b, c: d}",
                                "- {a: b}",
                                "  - path: a",
                                "    kind: b",
                                "    kind: c",
                                "  - path: a  # d",
                                "- path: x",
                                "  kind: y",
                                "   kind: y",
                                "",
                                "# c",
                                "    # c",
                                "    more",
                                "x: |",
                                "x: >-",
                                "x: \"",
                                "\"",
                                "y: [",
                                "]",
                                "x: 'a",
                                "z: &a",
                                "  - *a",
                                "  - ~",
                                "  - null",
                                "---",
                                "...",
                                "- - a",
                                "-",
                                "  -",
                                "  - a: ",
                                "  - &b a",
                                "- ? a",
                                "env:",
                                "  A: b");
}

RC_GTEST_PROP(ParseYaml, GivesWhatTheParserGivesLineByLine, ()) {
    const auto lines =
        *rc::gen::resize(30, rc::gen::container<std::vector<std::string>>(any_line()));
    std::string text;
    for (const std::string& line : lines) {
        const int times = *element(1, 1, 2, 5);
        for (int i = 0; i < times; ++i) {
            text += line + "\n";
        }
    }
    const SourceText source(text);

    const Parsed parsed = parse_yaml(source);
    const Parsed in_full = parse_yaml_in_full(source);

    RC_ASSERT(parsed.tree.nodes.size() == in_full.tree.nodes.size());
    RC_ASSERT(
        std::equal(parsed.tree.nodes.begin(), parsed.tree.nodes.end(), in_full.tree.nodes.begin()));
    RC_ASSERT(parsed.tree.decoded == in_full.tree.decoded);
    RC_ASSERT(parsed.faults.size() == in_full.faults.size());
}

}  // namespace
}  // namespace envkeep::manifest
