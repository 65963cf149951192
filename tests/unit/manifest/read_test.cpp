// SPDX-License-Identifier: MIT
#include "unit/manifest/data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::manifest {
namespace {

using namespace std::chrono_literals;

// The one entry of a manifest with just this below `keep:`.
Keep keep_in(const std::string& entry) {
    const Reading reading = read_text("envkeep: 1\nkeep:\n  - " + entry + "\n");
    EXPECT_EQ(text_of(reading.problems), "");
    return reading.manifest.keeps.empty() ? Keep{} : reading.manifest.keeps.front();
}

Manifest manifest_of(const std::string& rest) {
    const Reading reading = read_text("envkeep: 1\n" + rest);
    EXPECT_EQ(text_of(reading.problems), "");
    return reading.manifest;
}

std::vector<std::string> paths_of(const Manifest& manifest) {
    std::vector<std::string> paths;
    for (const Keep& keep : manifest.keeps) {
        paths.push_back(keep.path);
    }
    return paths;
}

using Texts = std::vector<std::string>;

TEST(ReadDotfiles, TakesAFileOfTheRepository) {
    const Manifest manifest = manifest_of("dotfiles: {url: /d, link: etc/links.yaml}\n");

    ASSERT_TRUE(manifest.dotfiles.has_value());
    EXPECT_FALSE(manifest.dotfiles->link_auto);
    EXPECT_EQ(manifest.dotfiles->link_file, "etc/links.yaml");
    EXPECT_TRUE(manifest.dotfiles->links.empty());
}

TEST(ReadLinkFile, TakesPathsOfTheHome) {
    const Links links = read_link_file("vimrc: ~/.vimrc\n\"a b\": ./x//y/\n", "links.yaml");
    const std::vector<std::pair<std::string, std::string>> expected{{"vimrc", ".vimrc"},
                                                                    {"a b", "x/y"}};

    EXPECT_EQ(text_of(links.problems), "");
    EXPECT_EQ(links.links, expected);
}

TEST(ReadLinkFile, SaysWhatIsWrongAndWhere) {
    const Links links = read_link_file("a: /etc/x\nb: [c]\nd: .d\n/e: .e\n", "links.yaml");

    ASSERT_EQ(links.links.size(), 1U);
    EXPECT_EQ(links.links[0].second, ".d");
    ASSERT_EQ(links.problems.size(), 3U);
    EXPECT_EQ(links.problems[0].message, "'/etc/x' is no path in the home");
    EXPECT_EQ(links.problems[0].line, 1U);
    EXPECT_EQ(links.problems[0].column, 4U);
    EXPECT_EQ(links.problems[1].line, 2U);
    EXPECT_EQ(links.problems[2].line, 4U);
}

TEST(ReadLinkFile, TakesNoise) {
    EXPECT_TRUE(read_link_file("", "l").links.empty());
    EXPECT_FALSE(read_link_file("- a\n", "l").problems.empty());
    EXPECT_FALSE(read_link_file("a: {", "l").problems.empty());
    EXPECT_FALSE(read_link_file(std::string("\0\1\xff", 3), "l").problems.empty());
}

TEST(ReadKeep, TakesAPlainText) {
    const Keep expected{.path = ".ssh", .mark = {.file = 0, .line = 3, .column = 5}};

    EXPECT_EQ(keep_in(".ssh"), expected);
}

TEST(ReadKeep, TakesEachKey) {
    const Keep keep = keep_in(
        "{path: ~/.x, to: /s/x, kind: folder, how: copy, on_conflict: home, modes: secrets, "
        "exclude: [a, b/*], when: {gpu: true}}");

    const Keep expected{.path = "~/.x",
                        .to = "/s/x",
                        .kind = KeepKind::folder,
                        .how = How::copy,
                        .on_conflict = OnConflict::home,
                        .preset = Preset::secrets,
                        .exclude = {"a", "b/*"},
                        .when = Condition{.gpu = true},
                        .mark = {.file = 0, .line = 3, .column = 5}};
    EXPECT_EQ(keep, expected);
}

TEST(ReadKeep, TakesChildrenAndPerPython) {
    EXPECT_TRUE(keep_in("{path: .config, children: true}").children);
    EXPECT_FALSE(keep_in("{path: .config, children: false}").children);
    EXPECT_TRUE(keep_in("{path: .local, per: python}").per_python);
}

TEST(ReadKeep, TakesAStoreSideInTheHome) {
    EXPECT_EQ(keep_in("{path: /notebooks/x, to: ~/SageMaker/x}").to, "~/SageMaker/x");
}

TEST(ReadKeep, LeavesOutOnlyTheEntryThatIsWrong) {
    const Reading reading =
        read_text("envkeep: 1\nkeep:\n  - .a\n  - {path: .b, hwo: copy}\n  - .c\n");

    EXPECT_EQ(paths_of(reading.manifest), (Texts{".a", ".c"}));
    EXPECT_EQ(short_text_of(reading.problems), "4:16 unknown key 'hwo'\n");
}

TEST(ReadKeep, LetsPathsStandTwiceWithDifferentConditions) {
    const Manifest manifest = manifest_of(
        "keep:\n"
        "  - {path: a, to: /x, when: {platform: gradient}}\n"
        "  - {path: a, to: /y, when: {platform: colab}}\n");

    EXPECT_EQ(paths_of(manifest), (Texts{"a", "a"}));
}

TEST(ReadCondition, TakesEachKey) {
    const Keep keep = keep_in(
        "{path: a, when: {platform: vast, image: [y, z*], host: h, gpu: false, variable: [A, "
        "B=c=d], "
        "file: [/f, g], not: [{host: i}, {gpu: true}]}}");

    const Condition expected{.platform = {"vast"},
                             .image = {"y", "z*"},
                             .host = {"h"},
                             .gpu = false,
                             .variable = {{"A", std::nullopt}, {"B", "c=d"}},
                             .file = {"/f", "g"},
                             .none_of = {Condition{.host = {"i"}}, Condition{.gpu = true}}};
    EXPECT_EQ(keep.when, expected);
}

TEST(ReadModes, TakesOctalDigitsInQuotes) {
    const Manifest manifest = manifest_of("modes:\n  a/*: \"0755\"\n  b: '600'\n");

    ASSERT_EQ(manifest.modes.size(), 2U);
    EXPECT_EQ(manifest.modes[0],
              (ModeRule{.pattern = "a/*", .mode = 0755, .mark = {.line = 3, .column = 3}}));
    EXPECT_EQ(manifest.modes[1].mode, 0600U);
}

TEST(ReadEnvironment, TakesValuesAsTheyAreWritten) {
    const Manifest manifest =
        manifest_of("env:\n  A: 010\n  B: no\n  C: \"\"\n  D: 1.10\n  E: a b  # comment\n");

    Texts values;
    for (const Variable& variable : manifest.environment) {
        values.push_back(variable.value.value_or("none"));
    }
    EXPECT_EQ(values, (Texts{"010", "no", "", "1.10", "a b"}));
}

TEST(ReadEnvironment, TakesListsOneByOne) {
    const Manifest manifest = manifest_of(
        "env:\n  PATH: {prepend: [~/bin, /opt/bin], append: /last, when: {gpu: true}}\n");

    const Variable expected{.name = "PATH",
                            .prepend = {"~/bin", "/opt/bin"},
                            .append = {"/last"},
                            .when = Condition{.gpu = true},
                            .mark = {.line = 3, .column = 9}};
    ASSERT_EQ(manifest.environment.size(), 1U);
    EXPECT_EQ(manifest.environment[0], expected);
}

TEST(ReadGit, TakesDotfilesWithDefaults) {
    const Manifest manifest = manifest_of("dotfiles: {url: git@example.org:me/d.git}\n");

    const Dotfiles expected{.url = "git@example.org:me/d.git", .mark = {.line = 2, .column = 11}};
    EXPECT_EQ(manifest.dotfiles, expected);
}

TEST(ReadGit, TakesLinksOfDotfiles) {
    const Manifest manifest = manifest_of(
        "dotfiles:\n  url: /storage/git/d\n  link: {bashrc: .bashrc}\n  push: on-sync\n");

    ASSERT_TRUE(manifest.dotfiles.has_value());
    EXPECT_FALSE(manifest.dotfiles->link_auto);
    EXPECT_EQ(manifest.dotfiles->links,
              (std::vector<std::pair<std::string, std::string>>{{"bashrc", ".bashrc"}}));
    EXPECT_EQ(manifest.dotfiles->push, Push::on_sync);
}

TEST(ReadGit, TakesRepositories) {
    const Manifest manifest = manifest_of(
        "repos:\n  - {url: 'https://x.org/y', dir: /n/y, branch: b, shallow: true, submodules: "
        "true, subfolder: s, push: on-snapshot}\n");

    const Repository expected{.url = "https://x.org/y",
                              .dir = "/n/y",
                              .branch = "b",
                              .subfolder = "s",
                              .shallow = true,
                              .submodules = true,
                              .push = Push::on_snapshot,
                              .mark = {.line = 3, .column = 5}};
    ASSERT_EQ(manifest.repositories.size(), 1U);
    EXPECT_EQ(manifest.repositories[0], expected);
}

TEST(ReadSettings, HasDefaults) {
    const Manifest manifest = manifest_of("");

    EXPECT_EQ(manifest.start_limit, 15s);
    EXPECT_EQ(manifest.save_every, 60s);
    EXPECT_EQ(manifest.backup_limit_percent, 10U);
    EXPECT_EQ(manifest.backup_expiry, std::nullopt);
    EXPECT_EQ(manifest.packages, std::nullopt);
    EXPECT_EQ(manifest.gpu, std::nullopt);
    EXPECT_EQ(manifest.doctor, std::nullopt);
}

TEST(ReadSettings, TakesEachKey) {
    const Manifest manifest = manifest_of(
        "packages: {apt: keep, npm: off}\n"
        "gpu: {expect: required, cuda: '>=11.8, <13', frameworks: [torch], memory: 15 GiB, "
        "notebook_notice: true}\n"
        "doctor: {search: /opt/mine}\n"
        "start: {limit: 100s}\n"
        "save: off\n"
        "backups: {limit: 100%, expire: 2w}\n");

    ASSERT_TRUE(manifest.packages.has_value());
    EXPECT_EQ(manifest.packages->apt, PackagePolicy::keep);
    EXPECT_EQ(manifest.packages->npm, PackagePolicy::off);
    ASSERT_TRUE(manifest.gpu.has_value());
    EXPECT_EQ(manifest.gpu->expect, GpuExpectation::required);
    EXPECT_EQ(manifest.gpu->cuda, ">=11.8, <13");
    EXPECT_EQ(manifest.gpu->memory, std::uint64_t{15} << 30U);
    EXPECT_TRUE(manifest.gpu->notebook_notice);
    ASSERT_TRUE(manifest.doctor.has_value());
    EXPECT_EQ(manifest.doctor->search, (Texts{"/opt/mine"}));
    EXPECT_EQ(manifest.start_limit, 100s);
    EXPECT_EQ(manifest.save_every, std::nullopt);
    EXPECT_EQ(manifest.backup_limit_percent, 100U);
    EXPECT_EQ(manifest.backup_expiry, 24h * 14);
}

TEST(ReadBrokenText, KeepsWhatStandsBeforeTheBreakButItsLastEntry) {
    const Reading reading =
        read_text("envkeep: 1\nkeep:\n  - .a\n  - .b\n  - path: .c\n     how: copy\nenv: {A: b}\n");

    EXPECT_EQ(paths_of(reading.manifest), (Texts{".a", ".b"}));
    EXPECT_EQ(reading.problems.size(), 1U);
}

TEST(ReadBrokenText, KeepsWhatStandsBeforeATab) {
    const Reading reading = read_text("envkeep: 1\nkeep:\n  - .a\n  - .b\nenv:\n\tA: b\n");

    EXPECT_EQ(paths_of(reading.manifest), (Texts{".a", ".b"}));
    EXPECT_EQ(short_text_of(reading.problems), "6:1 a tab in the indentation\n");
}

TEST(ReadBrokenText, GivesNothingForANewerVersion) {
    const Reading reading = read_text("envkeep: 7\nkeep: [.a]\nsurprise: {}\n");

    EXPECT_EQ(reading.problems.size(), 1U);
    EXPECT_TRUE(reading.manifest.keeps.empty());
}

TEST(ReadKeeps, TakesABracketThatIsEscaped) {
    const Reading reading = read_text("envkeep: 1\nkeep: ['a\\[b', 'c[']\n");

    EXPECT_EQ(paths_of(reading.manifest), Texts{"a\\[b"});
    EXPECT_EQ(reading.problems.size(), 1U);
}

TEST(ReadIncludes, PutsWhatIsIncludedFirst) {
    const Reading reading =
        read_texts_of("/m/main.yaml",
                      {{"/m/main.yaml",
                        "envkeep: 1\ninclude: [a.yaml, sub/b.yaml]\n"
                        "keep: [.main]\nstart: {limit: 5s}\n"},
                       {"/m/a.yaml",
                        "envkeep: 1\nkeep: [.a]\nstart: {limit: 9s}\n"
                        "save: off\n"},
                       {"/m/sub/b.yaml", "envkeep: 1\ninclude: ../c.yaml\nkeep: [.b]\n"},
                       {"/m/c.yaml", "envkeep: 1\nkeep: [.c]\n"}});

    EXPECT_EQ(text_of(reading.problems), "");
    EXPECT_EQ(paths_of(reading.manifest), (Texts{".a", ".c", ".b", ".main"}));
    EXPECT_EQ(reading.manifest.files,
              (Texts{"/m/main.yaml", "/m/a.yaml", "/m/sub/b.yaml", "/m/c.yaml"}));
    EXPECT_EQ(reading.manifest.keeps[1].mark, (Mark{.file = 3, .line = 2, .column = 8}));
    EXPECT_EQ(reading.manifest.start_limit, 5s);
    EXPECT_EQ(reading.manifest.save_every, std::nullopt);
}

TEST(ReadIncludes, NamesBothFilesOfWhatIsKeptTwice) {
    const Reading reading =
        read_texts_of("/m/main.yaml",
                      {{"/m/main.yaml", "envkeep: 1\ninclude: a.yaml\nkeep: [.x, .y]\n"},
                       {"/m/a.yaml", "envkeep: 1\nkeep: [.x]\n"}});

    ASSERT_EQ(reading.problems.size(), 1U);
    EXPECT_EQ(reading.problems[0].file, "/m/main.yaml");
    EXPECT_EQ(reading.problems[0].message, "'.x' is kept twice");
    EXPECT_NE(reading.problems[0].hint.find("/m/a.yaml:2"), std::string::npos);
    EXPECT_EQ(paths_of(reading.manifest), (Texts{".x", ".y"}));
}

TEST(ReadIncludes, ReadsAFileOnceThatTwoInclude) {
    const Reading reading = read_texts_of("/main",
                                          {{"/main", "envkeep: 1\ninclude: [a, b]\n"},
                                           {"/a", "envkeep: 1\ninclude: c\n"},
                                           {"/b", "envkeep: 1\ninclude: ./c\n"},
                                           {"/c", "envkeep: 1\nkeep: [.c]\n"}});

    EXPECT_EQ(text_of(reading.problems), "");
    EXPECT_EQ(paths_of(reading.manifest), Texts{".c"});
}

TEST(ReadIncludes, EndsACircle) {
    const Reading reading = read_texts_of("/main",
                                          {{"/main", "envkeep: 1\ninclude: a\nkeep: [.m]\n"},
                                           {"/a", "envkeep: 1\ninclude: x/../main\nkeep: [.a]\n"}});

    EXPECT_EQ(short_text_of(reading.problems), "2:10 '/main' includes itself\n");
    EXPECT_EQ(paths_of(reading.manifest), (Texts{".a", ".m"}));
}

TEST(ReadIncludes, EndsWhereTheyAreTooLargeTogether) {
    std::map<std::string, std::string> files{
        {"/main", "envkeep: 1\ninclude: [a, b, c]\nkeep: [.m]\n"}};
    for (const std::string name : {"a", "b", "c"}) {
        files["/" + name] = "envkeep: 1\nkeep: [." + name + "]\n#" + std::string(400U << 10U, 'x');
    }

    const Reading reading = read_texts_of("/main", files);

    ASSERT_EQ(reading.problems.size(), 1U);
    EXPECT_EQ(reading.problems[0].message, "what is included is larger than 1.0 MiB together");
    EXPECT_EQ(paths_of(reading.manifest), (Texts{".a", ".b", ".m"}));
}

TEST(ReadIncludes, EndsAChainThatIsTooLong) {
    std::map<std::string, std::string> files;
    for (int i = 0; i < 40; ++i) {
        files["/" + std::to_string(i)] = "envkeep: 1\ninclude: '" + std::to_string(i + 1) + ".x'\n";
        files["/" + std::to_string(i) + ".x"] = files["/" + std::to_string(i)];
    }

    const Reading reading = read_texts_of("/0", files);

    ASSERT_EQ(reading.problems.size(), 1U);
    EXPECT_EQ(reading.problems[0].message, "more than 16 files include one another");
}

// Linux gives a program 128 KiB in one word, and a shell would take none of them.
TEST(Read, RefusesVariablesThatNoShellTakesAtOnce) {
    const std::string long_value(40'000, 'x');
    const auto problems_of = [&](std::string_view text) {
        return read("m.yaml",
                    [&](const std::string&) -> Result<std::string> { return std::string(text); })
            .value()
            .problems;
    };

    EXPECT_THAT(problems_of("envkeep: 1\nenv: {A: " + long_value + "}\n"), ::testing::IsEmpty());
    const auto problems =
        problems_of("envkeep: 1\nenv: {A: " + long_value + ", B: " + long_value + "}\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems[0].message, ::testing::HasSubstr("longer than 64 KiB together"));
}

}  // namespace
}  // namespace envkeep::manifest
