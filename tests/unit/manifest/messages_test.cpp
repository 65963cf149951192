// SPDX-License-Identifier: MIT
#include "envkeep/manifest/show.hpp"
#include "unit/manifest/data.hpp"

#include <gtest/gtest.h>

// Every bad manifest of tests/data has all its messages beside it, every good one what it means.
// ENVKEEP_ACCEPT=1 writes them anew.
namespace envkeep::manifest {
namespace {

const std::string data = "tests/data/manifests/";

Reading read_data(const std::string& folder, const std::string& name) {
    const ReadFile read_file = [&](const std::string& file) {
        return read_source_file(data + folder + "/" + file);
    };
    return read(name + ".yaml", read_file).value_or(Reading{});
}

std::string name_of(const ::testing::TestParamInfo<std::string>& given) {
    return given.param;
}

class BadManifest : public ::testing::TestWithParam<std::string> {};

TEST_P(BadManifest, IsExplained) {
    const Reading reading = read_data("bad", GetParam());

    EXPECT_FALSE(reading.problems.empty());
    EXPECT_EQ(text_of(reading.problems),
              golden(data + "bad/" + GetParam() + ".txt", text_of(reading.problems)));
}

TEST_P(BadManifest, NamesTheCureOfEachProblem) {
    const Reading reading = read_data("bad", GetParam());

    for (const Problem& problem : reading.problems) {
        EXPECT_NE(problem.hint, "") << problem.message;
    }
}

INSTANTIATE_TEST_SUITE_P(Each, BadManifest, ::testing::ValuesIn(manifests_in(data + "bad")), name_of);

class GoodManifest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoodManifest, IsReadAsWhatItMeans) {
    const Reading reading = read_data("good", GetParam());

    EXPECT_EQ(text_of(reading.problems), "");
    EXPECT_EQ(show(reading.manifest),
              golden(data + "good/" + GetParam() + ".shown", show(reading.manifest)));
}

TEST_P(GoodManifest, MeansTheSameWhenItIsReadAsShown) {
    const std::string shown = show(read_data("good", GetParam()).manifest);

    const Reading again = read_text(shown);

    EXPECT_EQ(text_of(again.problems), "");
    EXPECT_EQ(show(again.manifest), shown);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         GoodManifest,
                         ::testing::ValuesIn(manifests_in(data + "good")),
                         name_of);

TEST(ProblemText, PointsAtTheColumnUnderWideText) {
    const Problem problem{.file = "m.yaml",
                          .line = 12,
                          .column = 3,
                          .message = "unknown key 'x'",
                          .hint = "did you mean 'y'?",
                          .snippet = "é x"};

    EXPECT_EQ(problem_text(problem),
              "m.yaml:12:3: error: unknown key 'x'\n"
              "   12 | é x\n"
              "      |   ^\n"
              "      = did you mean 'y'?\n");
}

TEST(AddProblems, PutsWhatEvaluationFindsInItsPlaceWithItsLine) {
    const std::string text =
        "envkeep: 1\nkeep:\n  - $NONE/x\n  - {path: y, kinde: file}\n  - .ssh\n  - /root/.ssh\n";
    Reading reading = read_text(text);
    Reading here = evaluate(reading.manifest, gradient());
    const ReadFile read_file = [&](const std::string&) { return text; };

    add_problems(reading.problems, std::move(here.problems), reading.manifest.files, read_file);

    EXPECT_EQ(text_of(reading.problems),
              "manifest.yaml:3:5: error: in '$NONE/x': the variable 'NONE' is not set\n"
              "    3 |   - $NONE/x\n"
              "      |     ^\n"
              "      = set it before the start line, or write ${NONE:-otherwise}\n"
              "manifest.yaml:4:15: error: unknown key 'kinde'\n"
              "    4 |   - {path: y, kinde: file}\n"
              "      |               ^\n"
              "      = did you mean 'kind'?\n"
              "manifest.yaml:6:5: error: '.ssh' is here what line 5 says already\n"
              "    6 |   - /root/.ssh\n"
              "      |     ^\n"
              "      = take one out, or give them 'when' conditions that exclude each other\n");
}

TEST(ProblemText, LeavesOutWhatItDoesNotHave) {
    EXPECT_EQ(problem_text({.file = "m.yaml", .line = 1, .column = 1, .message = "it is empty"}),
              "m.yaml:1:1: error: it is empty\n");
}

TEST(Read, FailsWhereTheFileItselfCannotBeRead) {
    const ReadFile read_file = [](const std::string&) -> Result<std::string> {
        return failure(ErrorKind::permission_denied, "cannot open 'm.yaml': permission denied");
    };

    const Result<Reading> reading = read("m.yaml", read_file);

    ASSERT_FALSE(reading.has_value());
    EXPECT_EQ(reading.error().kind, ErrorKind::permission_denied);
}

TEST(Read, RefusesAFileThatIsTooLarge) {
    const Reading reading =
        read_text("envkeep: 1\nkeep: [.ssh]\n#" + std::string(1U << 20U, 'x') + "\n");

    EXPECT_EQ(short_text_of(reading.problems), "1:1 the file is larger than 1.0 MiB\n");
    EXPECT_TRUE(reading.manifest.keeps.empty());
}

TEST(Read, StopsCountingProblemsAtSomePoint) {
    std::string text = "envkeep: 1\nkeep:\n";
    for (int i = 0; i < 2000; ++i) {
        text += "  - {path: a" + std::to_string(i) + ", x: y}\n";
    }

    const Reading reading = read_text(text);

    EXPECT_EQ(reading.problems.size(), 500U);
    EXPECT_EQ(reading.problems.back().message, "more than 499 problems");
}

TEST(Read, HidesThePasswordOfAUrl) {
    const Reading reading =
        read_text("envkeep: 1\ndotfiles: {url: \"https://me:hunter2@example.org/x\"}\n");

    EXPECT_EQ(text_of(reading.problems).find("hunter2"), std::string::npos)
        << text_of(reading.problems);
}

}  // namespace
}  // namespace envkeep::manifest
