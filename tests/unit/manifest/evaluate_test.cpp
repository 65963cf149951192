// SPDX-License-Identifier: MIT
#include "envkeep/manifest/glob.hpp"
#include "unit/manifest/data.hpp"

#include <gtest/gtest.h>

namespace envkeep::manifest {
namespace {

using Texts = std::vector<std::string>;

Reading evaluated(const std::string& rest, const Facts& facts = gradient()) {
    const Reading reading = read_text("envkeep: 1\n" + rest);
    EXPECT_EQ(text_of(reading.problems), "");
    return evaluate(reading.manifest, facts);
}

// The paths that are kept with these entries.
Texts kept(const std::string& entries, const Facts& facts = gradient()) {
    Texts paths;
    for (const Keep& keep : evaluated("keep: [" + entries + "]\n", facts).manifest.keeps) {
        paths.push_back(keep.path);
    }
    return paths;
}

bool is_met(const std::string& condition) {
    return kept("{path: a, when: {" + condition + "}}") == Texts{"a"};
}

// What an entry of `env:` becomes.
std::string value_of(const std::string& written) {
    const Reading reading = evaluated("env: {A: " + written + "}\n");
    return reading.manifest.environment.empty()
               ? text_of(reading.problems)
               : reading.manifest.environment[0].value.value_or("none");
}

TEST(EvaluatePaths, GivesOneFormToAPathInTheHome) {
    EXPECT_EQ(kept("a/, ./b, ~/c, ~//d/./e, $HOME/f, '${HOME}/g', /root/h"),
              (Texts{"a", "b", "c", "d/e", "f", "g", "h"}));
}

TEST(EvaluatePaths, LeavesAPathOutsideTheHomeAbsolute) {
    EXPECT_EQ(kept("/notebooks//storage/, /rooted"), (Texts{"/notebooks/storage", "/rooted"}));
}

TEST(EvaluatePaths, ExpandsVariables) {
    EXPECT_EQ(kept("$WORK/a, '${WORK}b', '${NONE:-/other}/c', '${EMPTY:-/e}/d', 'a$$b'"),
              (Texts{"/work/a", "/workb", "/other/c", "/e/d", "a$b"}));
}

TEST(EvaluatePaths, TakesTheHomeFromTheFactsWhateverTheVariableSays) {
    Facts facts = gradient();
    facts.home = "/home/me/";
    facts.variable = [](std::string_view) { return "/wrong"; };

    EXPECT_EQ(kept("$HOME/a, /home/me/b, ~/c", facts), (Texts{"a", "b", "c"}));
}

TEST(EvaluatePaths, KnowsAHomeThatIsTheRoot) {
    Facts facts = gradient();
    facts.home = "/";

    EXPECT_EQ(kept("/notebooks/x, ~/y", facts), (Texts{"notebooks/x", "y"}));
}

TEST(EvaluatePaths, LeavesOutAnEntryWhoseVariableIsMissing) {
    const Reading reading = evaluated("keep: [.a, $NONE/x, $EMPTY/x, .b]\n");

    EXPECT_EQ(short_text_of(reading.problems),
              "2:12 in '$NONE/x': the variable 'NONE' is not set\n"
              "2:21 in '$EMPTY/x': the variable 'EMPTY' is empty\n");
    EXPECT_EQ(reading.manifest.keeps.size(), 2U);
}

TEST(EvaluatePaths, ChecksAgainWhatVariablesBringIn) {
    Facts facts = gradient();
    facts.variable = [](std::string_view name) -> std::optional<std::string> {
        return name == "UP"     ? "/a/../b"
               : name == "STAR" ? "/x*"
               : name == "OWN"  ? "/root/.envkeep-aside"
                                : "/root";
    };

    const Reading reading =
        evaluated("keep: [$UP, $STAR/x, $OWN, $H]\nmodes: {$STAR: '0600'}\n", facts);

    EXPECT_EQ(short_text_of(reading.problems),
              "2:8 path '/a/../b' climbs with '..'\n"
              "2:13 in '$STAR/x': the value of 'STAR' would be taken for a pattern: '/x*'\n"
              "2:22 '.envkeep-aside' is envkeep's own\n"
              "2:28 this is the home itself\n"
              "3:9 in '$STAR': the value of 'STAR' would be taken for a pattern: '/x*'\n");
    EXPECT_TRUE(reading.manifest.keeps.empty());
}

TEST(EvaluatePaths, FindsWhatIsTheSameOnceExpanded) {
    const Reading reading = evaluated(
        "keep: [/root/.ssh, .ssh, {path: /work, when: {gpu: true}}, {path: $WORK, when: {host: "
        "n1}}]\n");

    EXPECT_EQ(short_text_of(reading.problems),
              "2:20 '.ssh' is here what line 2 says already\n"
              "2:60 '/work' is here what line 2 says already\n");
}

TEST(EvaluatePaths, NamesTheFileOfWhatStandsInAnother) {
    const ReadFile read_file = [](const std::string& path) -> Result<std::string> {
        return path == "/m/b.yaml" ? "envkeep: 1\nkeep:\n  - .x\n"
                                   : "envkeep: 1\ninclude: b.yaml\nkeep: [/root/.x]\n";
    };
    const Reading reading = read("/m/a.yaml", read_file).value();
    ASSERT_EQ(text_of(reading.problems), "");

    const Reading result = evaluate(reading.manifest, gradient());

    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems[0].message, "'.x' is here what /m/b.yaml:3 says already");
}

TEST(EvaluatePaths, ExpandsTheStoreSide) {
    const Reading reading = evaluated(
        "keep:\n"
        "  - {path: a, to: $WORK/./a}\n"
        "  - {path: b, to: home/b/}\n"
        "  - {path: c, to: ~/kept/c}\n"
        "  - {path: d, to: $NONE}\n");

    ASSERT_EQ(reading.manifest.keeps.size(), 3U);
    EXPECT_EQ(reading.manifest.keeps[0].to, "/work/a");
    EXPECT_EQ(reading.manifest.keeps[1].to, "home/b");
    EXPECT_EQ(reading.manifest.keeps[2].to, "/root/kept/c");
    EXPECT_EQ(reading.problems.size(), 1U);
}

TEST(EvaluatePaths, ExpandsModesDotfilesAndRepositories) {
    const Reading reading = evaluated(
        "modes: {~/bin/*: '0755', $WORK/x: '0600'}\n"
        "dotfiles: {url: /g, link: {bashrc: ~/.bashrc}}\n"
        "repos: [{url: /h, dir: $WORK/h}]\n");

    EXPECT_EQ(text_of(reading.problems), "");
    EXPECT_EQ(reading.manifest.modes.at(0).pattern, "bin/*");
    EXPECT_EQ(reading.manifest.modes.at(1).pattern, "/work/x");
    EXPECT_EQ(reading.manifest.dotfiles->links.at(0).second, ".bashrc");
    EXPECT_EQ(reading.manifest.repositories.at(0).dir, "/work/h");
}

TEST(EvaluateEnvironment, ExpandsWhatBeginsAsAPath) {
    EXPECT_EQ(value_of("~/x"), "/root/x");
    EXPECT_EQ(value_of("\"~\""), "/root");
    EXPECT_EQ(value_of("/a/$WORK/b"), "/a//work/b");
    EXPECT_EQ(value_of("$WORK"), "/work");
    EXPECT_EQ(value_of("$$x"), "$x");
}

TEST(EvaluateEnvironment, LeavesOtherTextAlone) {
    EXPECT_EQ(value_of("pa$WORK"), "pa$WORK");
    EXPECT_EQ(value_of("a:~/x"), "a:~/x");
    EXPECT_EQ(value_of("~x"), "~x");
}

TEST(EvaluateEnvironment, ExpandsEachElement) {
    const Reading reading =
        evaluated("env: {P: {prepend: [~/bin, plain], append: ['${NONE:-/opt}/bin']}}\n");

    EXPECT_EQ(reading.manifest.environment.at(0).prepend, (Texts{"/root/bin", "plain"}));
    EXPECT_EQ(reading.manifest.environment.at(0).append, Texts{"/opt/bin"});
}

TEST(EvaluateEnvironment, ChoosesAmongValuesByCondition) {
    const Reading reading =
        evaluated("env: {M: [{set: fast, when: {gpu: true}}, {set: slow, when: {gpu: false}}]}\n");

    ASSERT_EQ(reading.manifest.environment.size(), 1U);
    EXPECT_EQ(reading.manifest.environment[0].value, "fast");
    EXPECT_EQ(reading.manifest.environment[0].when, std::nullopt);
}

TEST(EvaluateConditions, ComparesFactsWithPatterns) {
    EXPECT_TRUE(is_met("platform: gradient"));
    EXPECT_TRUE(is_met("platform: [colab, grad*]"));
    EXPECT_FALSE(is_met("platform: [colab, container]"));
    EXPECT_TRUE(is_met("image: '*fastai*'"));
    EXPECT_TRUE(is_met("image: [debian-*, x-1]"));
    EXPECT_FALSE(is_met("image: debian-*"));
    EXPECT_TRUE(is_met("host: 'n[0-9]'"));
    EXPECT_FALSE(is_met("host: 'n[!0-9]'"));
    EXPECT_TRUE(is_met("gpu: true"));
    EXPECT_FALSE(is_met("gpu: false"));
}

TEST(EvaluateConditions, AsksForVariables) {
    EXPECT_TRUE(is_met("variable: WORK"));
    EXPECT_TRUE(is_met("variable: EMPTY"));
    EXPECT_FALSE(is_met("variable: NONE"));
    EXPECT_TRUE(is_met("variable: [NONE, WORK]"));
    EXPECT_TRUE(is_met("variable: WORK=/w*"));
    EXPECT_FALSE(is_met("variable: WORK=w*"));
    EXPECT_TRUE(is_met("variable: EMPTY="));
}

TEST(EvaluateConditions, AsksForFiles) {
    EXPECT_TRUE(is_met("file: /datasets"));
    EXPECT_FALSE(is_met("file: ~/datasets"));
    EXPECT_FALSE(is_met("file: [/datasets, /other]"));
}

TEST(EvaluateConditions, WantsAllOfThemAndNoneOfNot) {
    EXPECT_TRUE(is_met("platform: gradient, gpu: true"));
    EXPECT_FALSE(is_met("platform: gradient, gpu: false"));
    EXPECT_TRUE(is_met("not: {platform: colab}"));
    EXPECT_FALSE(is_met("not: [{platform: colab}, {gpu: true}]"));
    EXPECT_TRUE(is_met("not: {not: {gpu: true}}"));
}

TEST(EvaluateConditions, LeavesOutWhatCannotBeDecided) {
    const Reading reading = evaluated("keep: [{path: a, when: {file: $NONE/x}}, b]\n");

    EXPECT_EQ(reading.manifest.keeps.size(), 1U);
    EXPECT_EQ(short_text_of(reading.problems),
              "2:8 in '$NONE/x': the variable 'NONE' is not set\n");
}

TEST(Evaluate, KeepsSettingsAndDropsConditions) {
    const Reading reading = evaluated(
        "keep: [{path: a, when: {gpu: true}}]\n"
        "dotfiles: {url: /d, when: {gpu: false}}\n"
        "start: {limit: 3s}\nsave: off\nbackups: {limit: 7%, expire: 3d}\n"
        "gpu: {expect: none}\npackages: {apt: keep}\n");

    EXPECT_EQ(reading.manifest.keeps.at(0).when, std::nullopt);
    EXPECT_EQ(reading.manifest.dotfiles, std::nullopt);
    EXPECT_EQ(reading.manifest.start_limit, std::chrono::seconds(3));
    EXPECT_EQ(reading.manifest.save_every, std::nullopt);
    EXPECT_EQ(reading.manifest.backup_limit_percent, 7U);
    EXPECT_EQ(reading.manifest.backup_expiry, std::chrono::hours(72));
    EXPECT_TRUE(reading.manifest.gpu.has_value());
    EXPECT_TRUE(reading.manifest.packages.has_value());
}

TEST(Evaluate, MakesTheFoldersOfTheDoctorAbsolute) {
    const Reading reading = evaluated("doctor: {search: [~/a/, b, $WORK/c, $NONE/d, /e]}\n");

    EXPECT_EQ(reading.manifest.doctor->search,
              (std::vector<std::string>{"/root/a", "/root/b", "/work/c", "/e"}));
    EXPECT_EQ(short_text_of(reading.problems),
              "2:9 in '$NONE/d': the variable 'NONE' is not set\n");
}

struct GlobCase {
    std::string pattern;
    std::string text;
    bool fits = false;
};

class Glob : public ::testing::TestWithParam<GlobCase> {};

TEST_P(Glob, FitsOrNot) {
    EXPECT_EQ(fits(GetParam().pattern, GetParam().text), GetParam().fits)
        << GetParam().pattern << " and " << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    Glob,
    ::testing::Values(GlobCase{"", "", true},
                    GlobCase{"", "a", false},
                    GlobCase{"*", "", true},
                    GlobCase{"**", "a/b", true},
                    GlobCase{"a*c", "abc", true},
                    GlobCase{"a*c", "abcd", false},
                    GlobCase{"a*b*c", "axbxbxc", true},
                    GlobCase{"?", "", false},
                    GlobCase{"?b", "ab", true},
                    GlobCase{"[a-c]x", "bx", true},
                    GlobCase{"[!a-c]x", "bx", false},
                    GlobCase{"[]]", "]", true},
                    GlobCase{"[!]]", "a", true},
                    GlobCase{"[-a]", "-", true},
                    GlobCase{"[a", "[a", true},
                    GlobCase{"\\*", "*", true},
                    GlobCase{"\\*", "a", false},
                    GlobCase{"a\\", "a\\", true},
                    GlobCase{std::string(40, '*') + "b", std::string(2000, 'a'), false}));

}  // namespace
}  // namespace envkeep::manifest
