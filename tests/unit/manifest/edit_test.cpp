// SPDX-License-Identifier: MIT
#include "envkeep/manifest/edit.hpp"

#include "unit/manifest/data.hpp"

#include <gtest/gtest.h>

namespace envkeep::manifest {
namespace {

std::string added(const std::string& text, const Keep& keep) {
    const Result<std::string> result = add_keep(text, keep);
    return result ? *result : "error: " + result.error().message + "\n" + result.error().hint;
}

std::string removed(const std::string& text, const std::string& path) {
    const Result<std::string> result = remove_keep(text, path);
    return result ? *result : "error: " + result.error().message + "\n" + result.error().hint;
}

const Keep ssh{.path = ".ssh"};
const Keep local{.path = ".local", .per_python = true};

// Texts before and after `.ssh` was added; taking it out again must lead back.
struct Change {
    std::string name;
    std::string before;
    std::string after;
};

class AddKeep : public ::testing::TestWithParam<Change> {};

TEST_P(AddKeep, ChangesNothingElse) {
    EXPECT_EQ(added(GetParam().before, ssh), GetParam().after);
}

class RemoveKeep : public ::testing::TestWithParam<Change> {};

TEST_P(RemoveKeep, UndoesAddKeep) {
    EXPECT_EQ(removed(GetParam().after, ".ssh"), GetParam().before);
}

std::string name_of(const ::testing::TestParamInfo<Change>& given) {
    return given.param.name;
}

const std::vector<Change> lists{
    {"Block", "envkeep: 1\nkeep:\n  - .a\n", "envkeep: 1\nkeep:\n  - .a\n  - .ssh\n"},
    {"BlockAtTheMargin", "envkeep: 1\nkeep:\n- .a\n", "envkeep: 1\nkeep:\n- .a\n- .ssh\n"},
    {"BlockFarIn",
     "envkeep: 1\nkeep:\n      - .a\nsave: off\n",
     "envkeep: 1\nkeep:\n      - .a\n      - .ssh\nsave: off\n"},
    {"CommentsAndBlankLines",
     "# mine\nenvkeep: 1\n\nkeep:   # things\n  # first\n  - .a   # why\n\n  # rest\n\nsave: off\n",
     "# mine\nenvkeep: 1\n\nkeep:   # things\n  # first\n  - .a   # why\n  - .ssh\n\n  # rest\n\n"
     "save: off\n"},
    {"EntryOverSeveralLines",
     "envkeep: 1\nkeep:\n  - path: .a\n    how: copy\n    # still of it\n    exclude:\n      - x\n"
     "save: off\n",
     "envkeep: 1\nkeep:\n  - path: .a\n    how: copy\n    # still of it\n    exclude:\n      - x\n"
     "  - .ssh\nsave: off\n"},
    {"DashOnALineOfItsOwn",
     "envkeep: 1\nkeep:\n  -\n    path: .a\n",
     "envkeep: 1\nkeep:\n  -\n    path: .a\n  - .ssh\n"},
    {"Crlf",
     "envkeep: 1\r\nkeep:\r\n  - .a\r\nsave: off\r\n",
     "envkeep: 1\r\nkeep:\r\n  - .a\r\n  - .ssh\r\nsave: off\r\n"},
    {"NoLastLineEnd", "envkeep: 1\nkeep:\n  - .a", "envkeep: 1\nkeep:\n  - .a\n  - .ssh"},
    {"CrlfWithoutTheLast",
     "envkeep: 1\r\nkeep:\r\n  - .a",
     "envkeep: 1\r\nkeep:\r\n  - .a\r\n  - .ssh"},
    {"ByteOrderMark",
     "\xEF\xBB\xBF"
     "envkeep: 1\nkeep:\n  - .a\n",
     "\xEF\xBB\xBF"
     "envkeep: 1\nkeep:\n  - .a\n  - .ssh\n"},
    {"Flow", "envkeep: 1\nkeep: [.a, .b]\n", "envkeep: 1\nkeep: [.a, .b, .ssh]\n"},
    {"FlowWithMaps",
     "envkeep: 1\nkeep: [.a, {path: '.b]', exclude: [\"x}\"]}] # c\n",
     "envkeep: 1\nkeep: [.a, {path: '.b]', exclude: [\"x}\"]}, .ssh] # c\n"},
    {"FlowWithALastComma", "envkeep: 1\nkeep: [.a, ]\n", "envkeep: 1\nkeep: [.a, .ssh, ]\n"},
    {"FlowOverLines",
     "envkeep: 1\nkeep: [\n    .a,\n    .b  # why\n  ]\nsave: off\n",
     "envkeep: 1\nkeep: [\n    .a,\n    .b,  # why\n    .ssh\n  ]\nsave: off\n"},
    {"FlowOverLinesWithALastComma",
     "envkeep: 1\nkeep: [\n  .a,\n  .b,  # why\n  ]\n",
     "envkeep: 1\nkeep: [\n  .a,\n  .b,  # why\n  .ssh,\n  ]\n"},
    {"FlowOverLinesClosedBesideTheLast",
     "envkeep: 1\nkeep: [.a,\n  .b]\n",
     "envkeep: 1\nkeep: [.a,\n  .b, .ssh]\n"},
    {"EmptyFlow", "envkeep: 1\nkeep: []\n", "envkeep: 1\nkeep: [.ssh]\n"},
    {"Json",
     "{\"envkeep\": 1, \"keep\": [\".a\"], \"save\": \"off\"}\n",
     "{\"envkeep\": 1, \"keep\": [\".a\", .ssh], \"save\": \"off\"}\n"},
    {"AnchorsStay",
     "envkeep: 1\nkeep:\n  - {path: .a, when: &w {gpu: true}}\n  - {path: .b, when: *w}\n",
     "envkeep: 1\nkeep:\n  - {path: .a, when: &w {gpu: true}}\n  - {path: .b, when: *w}\n"
     "  - .ssh\n"},
    {"EmptyKey", "envkeep: 1\nkeep:\nsave: off\n", "envkeep: 1\nkeep:\n  - .ssh\nsave: off\n"},
    {"EmptyKeyWithComment",
     "envkeep: 1\nkeep: # nothing yet\n# and so on\n",
     "envkeep: 1\nkeep: # nothing yet\n  - .ssh\n# and so on\n"},
    {"EmptyKeyAtTheEnd", "envkeep: 1\nkeep:", "envkeep: 1\nkeep:\n  - .ssh"},
    {"EmptyKeyBesideAnotherList",
     "envkeep: 1\nkeep:\nrepos:\n- {url: /x, dir: y}\n",
     "envkeep: 1\nkeep:\n- .ssh\nrepos:\n- {url: /x, dir: y}\n"},
};

INSTANTIATE_TEST_SUITE_P(Each, AddKeep, ::testing::ValuesIn(lists), name_of);
INSTANTIATE_TEST_SUITE_P(Each, RemoveKeep, ::testing::ValuesIn(lists), name_of);

// Here the way back leaves an empty `keep:`.
const std::vector<Change> without_list{
    {"NoKey", "envkeep: 1\nsave: off\n", "envkeep: 1\nsave: off\nkeep:\n  - .ssh\n"},
    {"NoKeyNoLastLineEnd", "envkeep: 1", "envkeep: 1\nkeep:\n  - .ssh"},
    {"NoKeyCrlf", "envkeep: 1\r\n", "envkeep: 1\r\nkeep:\r\n  - .ssh\r\n"},
    {"NoKeyIndented", "  envkeep: 1\n", "  envkeep: 1\n  keep:\n    - .ssh\n"},
    {"NoKeyInFlow", "{envkeep: 1}\n", "{envkeep: 1, keep: [.ssh]}\n"},
    {"WordForNothing", "envkeep: 1\nkeep: ~  # none\n", "envkeep: 1\nkeep:   # none\n  - .ssh\n"},
    {"EmptyKeyInFlow", "{envkeep: 1, keep: }\n", "{envkeep: 1, keep: [.ssh] }\n"},
    {"EmptyFlowWithComment",
     "envkeep: 1\nkeep: [  # none\n  ]\n",
     "envkeep: 1\nkeep: [.ssh  # none\n  ]\n"},
};

INSTANTIATE_TEST_SUITE_P(WithoutList, AddKeep, ::testing::ValuesIn(without_list), name_of);

TEST(AddKeepText, WritesMapsOnOneLine) {
    EXPECT_EQ(added("envkeep: 1\nkeep:\n  - .a\n", local),
              "envkeep: 1\nkeep:\n  - .a\n  - {path: .local, per: python}\n");
}

TEST(AddKeepText, QuotesWhatNeedsIt) {
    EXPECT_EQ(added("envkeep: 1\nkeep: [.a]\n", {.path = "my files, [new]"}),
              "envkeep: 1\nkeep: [.a, \"my files, [new]\"]\n");
}

TEST(AddKeepText, GivesTheSameTextIfThePathIsKeptInTheSameWay) {
    const std::string text = "envkeep: 1\nkeep: [~/.ssh/, {per: python, path: .local}]\n";

    EXPECT_EQ(added(text, ssh), text);
    EXPECT_EQ(added(text, local), text);
}

TEST(AddKeepText, RefusesAPathThatIsKeptInAnotherWay) {
    EXPECT_EQ(added("envkeep: 1\nkeep:\n  - .local\n", local),
              "error: cannot change the manifest: '.local' is kept twice\n"
              "it stands in line 3 already: take one out, or give them 'when' conditions that "
              "exclude each other");
}

TEST(AddKeepText, RefusesAPathThatCannotBeKept) {
    EXPECT_EQ(added("envkeep: 1\nkeep: [.a]\n", {.path = "~"}),
              "error: cannot change the manifest: this is the home itself\n"
              "keep what is in it one by one, such as .local, .ssh and .jupyter");
}

TEST(AddKeepText, RefusesANameThatYamlCannotHold) {
    const Result<std::string> result = add_keep("envkeep: 1\nkeep: [.a]\n", {.path = "a\xFFz"});

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message, "'a\\xffz' is no UTF-8, which YAML cannot hold");
}

TEST(AddKeepText, RefusesABrokenText) {
    const Result<std::string> result = add_keep("envkeep: 1\nkeep: [.a\n", ssh);

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::invalid_manifest);
    EXPECT_EQ(result.error().message,
              "cannot change the manifest: line 2: this '[' is never closed");
}

TEST(AddKeepText, RefusesAListItCannotReach) {
    EXPECT_EQ(added("envkeep: 1\nkeep: .a\n", ssh).substr(0, 6), "error:");
    EXPECT_EQ(added("- .a\n", ssh).substr(0, 6), "error:");
    EXPECT_EQ(added("", ssh).substr(0, 6), "error:");
    EXPECT_EQ(added("envkeep: 1\n...\n", ssh).substr(0, 6), "error:");
}

TEST(AddKeepText, WorksBesideOtherMistakes) {
    EXPECT_EQ(added("envkeep: 1\nkeep:\n  - {path: .x, hwo: copy}\nfoo: 1\n", ssh),
              "envkeep: 1\nkeep:\n  - {path: .x, hwo: copy}\n  - .ssh\nfoo: 1\n");
}

TEST(RemoveKeepText, TakesTheLineWithItsComment) {
    EXPECT_EQ(
        removed("envkeep: 1\nkeep:\n  # keys\n  - .ssh  # mine\n  # rest\n  - .a\n", "~/.ssh"),
        "envkeep: 1\nkeep:\n  # keys\n  # rest\n  - .a\n");
}

TEST(RemoveKeepText, TakesAllLinesOfAnEntry) {
    EXPECT_EQ(
        removed("envkeep: 1\nkeep:\n  - path: .ssh\n    exclude: [a,\n  b]\n    modes: ssh\n\n"
                "  - .a\n",
                ".ssh"),
        "envkeep: 1\nkeep:\n\n  - .a\n");
}

TEST(RemoveKeepText, TakesTheFirstTheMiddleAndTheLastOfAFlowList) {
    const std::string text = "envkeep: 1\nkeep: [.a, {path: .b}, '.c']\n";

    EXPECT_EQ(removed(text, ".a"), "envkeep: 1\nkeep: [{path: .b}, '.c']\n");
    EXPECT_EQ(removed(text, ".b"), "envkeep: 1\nkeep: [.a, '.c']\n");
    EXPECT_EQ(removed(text, ".c"), "envkeep: 1\nkeep: [.a, {path: .b}]\n");
}

TEST(RemoveKeepText, TakesALineOfAFlowListOverLines) {
    const std::string text = "envkeep: 1\nkeep: [\n  .a,\n  .b,  # why\n  .c\n]\n";

    EXPECT_EQ(removed(text, ".b"), "envkeep: 1\nkeep: [\n  .a,\n  .c\n]\n");
    EXPECT_EQ(removed(text, ".c"), "envkeep: 1\nkeep: [\n  .a,\n  .b  # why\n]\n");
}

TEST(RemoveKeepText, LeavesAnEmptyList) {
    EXPECT_EQ(removed("envkeep: 1\nkeep:\n  - .ssh\n", ".ssh"), "envkeep: 1\nkeep:\n");
    EXPECT_EQ(removed("envkeep: 1\nkeep: [.ssh]\n", ".ssh"), "envkeep: 1\nkeep: []\n");
    EXPECT_EQ(removed("envkeep: 1\nkeep: [.ssh,]\n", ".ssh"), "envkeep: 1\nkeep: []\n");
}

TEST(RemoveKeepText, SaysThatThereIsNone) {
    const Result<std::string> result = remove_keep("envkeep: 1\nkeep: [.a]\n", ".ssh");

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
}

TEST(RemoveKeepText, LeavesTheChoiceBetweenTwoToTheUser) {
    const Result<std::string> result = remove_keep(
        "envkeep: 1\nkeep:\n  - {path: a, when: {gpu: true}}\n  - {path: a, when: {gpu: false}}\n",
        "a");

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::conflict);
}

TEST(RemoveKeepText, RefusesToTakeAnAnchorThatOthersNeed) {
    const Result<std::string> result = remove_keep(
        "envkeep: 1\nkeep:\n  - {path: a, when: &w {gpu: true}}\n  - {path: b, when: *w}\n", "a");

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::invalid_manifest);
}

std::string changed(const std::string& text, const std::string& path, const KeepChange& change) {
    const Result<std::string> result = change_keep(text, path, change);
    return result ? *result : "error: " + result.error().message + "\n" + result.error().hint;
}

const KeepChange as_copy{.how = How::copy};
const KeepChange for_python{.per_python = true};

class ChangeKeep : public ::testing::TestWithParam<Change> {};

TEST_P(ChangeKeep, SetsOnlyWhatIsMeantWhereItStands) {
    EXPECT_EQ(changed(GetParam().before, "a", as_copy), GetParam().after);
    EXPECT_EQ(changed(GetParam().after, "a", as_copy), GetParam().after);
}

const std::vector<Change> changes{
    {"PlainText",
     "envkeep: 1\nkeep:\n  - x\n  - a   # mine\n  # rest\n  - z\n",
     "envkeep: 1\nkeep:\n  - x\n  - {path: a, how: copy}   # mine\n  # rest\n  - z\n"},
    {"QuotedText", "envkeep: 1\nkeep:\n  - 'a'\n", "envkeep: 1\nkeep:\n  - {path: a, how: copy}\n"},
    {"PlainTextInFlow",
     "envkeep: 1\nkeep: [x, a, z]  # all\n",
     "envkeep: 1\nkeep: [x, {path: a, how: copy}, z]  # all\n"},
    {"FlowMap",
     "envkeep: 1\nkeep:\n"
     "  - {path: a, to: /x/a, modes: secrets, exclude: [tmp], when: {gpu: false}}   # mine\n"
     "  - z\n",
     "envkeep: 1\nkeep:\n"
     "  - {path: a, to: /x/a, modes: secrets, exclude: [tmp], when: {gpu: false}, how: copy}   # "
     "mine\n"
     "  - z\n"},
    {"FlowMapWithALastComma",
     "envkeep: 1\nkeep: [{path: a, to: /x/a,}, z]\n",
     "envkeep: 1\nkeep: [{path: a, to: /x/a, how: copy,}, z]\n"},
    {"FlowMapOverLines",
     "envkeep: 1\nkeep:\n  - {path: a,  # why\n     to: '/x/a'  # there\n    }\n",
     "envkeep: 1\nkeep:\n  - {path: a,  # why\n     to: '/x/a', how: copy  # there\n    }\n"},
    {"FlowMapThatSaysIt",
     "envkeep: 1\nkeep: [{how: link, path: a}]\n",
     "envkeep: 1\nkeep: [{how: copy, path: a}]\n"},
    {"BlockMap",
     "envkeep: 1\nkeep:\n  - path: a   # mine\n    exclude:\n      - tmp\n\n  - z\n",
     "envkeep: 1\nkeep:\n  - path: a   # mine\n    how: copy\n    exclude:\n      - tmp\n\n  - "
     "z\n"},
    {"BlockMapUnderItsDash",
     "envkeep: 1\nkeep:\n-\n   to: /x/a\n   path: a",
     "envkeep: 1\nkeep:\n-\n   to: /x/a\n   path: a\n   how: copy"},
    {"BlockMapThatSaysIt",
     "envkeep: 1\nkeep:\n  - path: a\n    how: link  # as ever\n",
     "envkeep: 1\nkeep:\n  - path: a\n    how: copy  # as ever\n"},
    {"Crlf",
     "envkeep: 1\r\nkeep:\r\n  - path: a\r\n    to: /x/a\r\n",
     "envkeep: 1\r\nkeep:\r\n  - path: a\r\n    how: copy\r\n    to: /x/a\r\n"},
    {"ByteOrderMark",
     "\xEF\xBB\xBF"
     "envkeep: 1\nkeep: [a]\n",
     "\xEF\xBB\xBF"
     "envkeep: 1\nkeep: [{path: a, how: copy}]\n"},
    {"AliasOfAPath",
     "envkeep: 1\nkeep: [{path: z, to: &p a}, *p]\n",
     "envkeep: 1\nkeep: [{path: z, to: &p a}, {path: a, how: copy}]\n"},
};

INSTANTIATE_TEST_SUITE_P(Each, ChangeKeep, ::testing::ValuesIn(changes), name_of);

TEST(ChangeKeepText, SetsPerPython) {
    EXPECT_EQ(changed("envkeep: 1\nkeep:\n  - {path: .local, to: /s/cfg/.local}  # old\n",
                      "~/.local",
                      for_python),
              "envkeep: 1\nkeep:\n  - {path: .local, to: /s/cfg/.local, per: python}  # old\n");
}

TEST(ChangeKeepText, RefusesWhatCannotStandTogether) {
    EXPECT_EQ(changed("envkeep: 1\nkeep: [{path: a, children: true}]\n", "a", for_python),
              "error: cannot change the manifest: 'per: python' links the parts of a folder by "
              "itself\ntake out 'children' and 'how'");
}

TEST(ChangeKeepText, RefusesToChangeWhatAnAliasSharesWithAnother) {
    const std::string text = "envkeep: 1\nkeep:\n  - &k {path: a, when: {gpu: true}}\nrepos: []\n";

    EXPECT_EQ(changed(text, "a", as_copy),
              "envkeep: 1\nkeep:\n  - &k {path: a, when: {gpu: true}, how: copy}\nrepos: []\n");
    EXPECT_EQ(changed("envkeep: 1\nkeep:\n  - {path: a, how: &h link}\n  - {path: b, how: *h}\n",
                      "b",
                      as_copy),
              "envkeep: 1\nkeep:\n  - {path: a, how: &h link}\n  - {path: b, how: copy}\n");
    EXPECT_EQ(changed("envkeep: 1\nkeep:\n  - {path: a, how: &h link}\n  - {path: b, how: *h}\n",
                      "a",
                      as_copy)
                  .substr(0, 6),
              "error:");
}

TEST(ChangeKeepText, LeavesTheChoiceBetweenTwoToTheUser) {
    EXPECT_EQ(changed("envkeep: 1\nkeep:\n  - {path: a, when: {gpu: true}}\n  - {path: a, when: "
                      "{gpu: false}}\n",
                      "a",
                      as_copy),
              "error: 'a' is kept by 2 entries with conditions, in lines 3 and 4\n"
              "change by hand those that are meant");
}

TEST(ChangeKeepText, SaysThatThereIsNone) {
    EXPECT_EQ(changed("envkeep: 1\nkeep: [.a]\n", "a", as_copy),
              "error: 'a' is not kept by this manifest\n"
              "an entry of an included file: change it there");
}

TEST(KeepText, IsAnEntryAsWrittenByHand) {
    EXPECT_EQ(keep_text(ssh), "- .ssh");
    EXPECT_EQ(keep_text(local), "- {path: .local, per: python}");
    EXPECT_EQ(keep_text({.path = "12"}), "- \"12\"");
    EXPECT_EQ(keep_text({.path = "a",
                         .to = "/s/a",
                         .kind = KeepKind::file,
                         .how = How::copy,
                         .on_conflict = OnConflict::stop,
                         .preset = Preset::none,
                         .exclude = {"x", "y"},
                         .when = Condition{.platform = {"p"}, .gpu = false}}),
              "- {path: a, to: /s/a, kind: file, how: copy, on_conflict: stop, modes: none, "
              "exclude: [x, y], when: {platform: p, gpu: false}}");
}

TEST(RemoveVariable, TakesItsLineAloneWhateverEndsLines) {
    EXPECT_EQ(remove_variable("envkeep: 1\r\nenv:\r\n  A: x\r\n  B: y  # why\r\n", "B").value(),
              "envkeep: 1\r\nenv:\r\n  A: x\r\n");
    EXPECT_EQ(remove_variable("envkeep: 1\nenv:\n  # of A\n  A: x\n  B: y", "B").value(),
              "envkeep: 1\nenv:\n  # of A\n  A: x");
    EXPECT_EQ(remove_variable("\xEF\xBB\xBF"
                              "envkeep: 1\nenv:\n  A: x\n  B: y\n",
                              "A")
                  .value(),
              "\xEF\xBB\xBF"
              "envkeep: 1\nenv:\n  B: y\n");
}

TEST(RemoveVariable, LeavesWhatIsOnMoreOrLessThanALineOfItsOwn) {
    for (const char* const text :
         {"envkeep: 1\nenv:\n  A: x\n  B: >-\n    y\n    z\n",
          "envkeep: 1\nenv:\n  A: x\n  B:\n    y\n",
          "envkeep: 1\nenv: {B: y, A: x}\n",
          "envkeep: 1\nenv:\n  A: x\n  B: \"y\n    z\"\nkeep:\n  - .a\n"}) {
        EXPECT_FALSE(remove_variable(text, "B")) << text;
    }
}

}  // namespace
}  // namespace envkeep::manifest
