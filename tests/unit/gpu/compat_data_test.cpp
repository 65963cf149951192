// SPDX-License-Identifier: MIT
#include "envkeep/gpu/compat_data.hpp"

#include "envkeep/core/json.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace envkeep::gpu {
namespace {

Version of(std::string_view text) {
    return Version::parse(text).value();
}

std::string text_of_the_tree() {
    std::ifstream in(ENVKEEP_SOURCE_DIR "/agent/gpu/data/compat.json", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The rows without a source, each with its table. A table may name one source for all its rows.
std::vector<std::string> rows_without_source(const Json& json) {
    std::vector<std::string> without;
    for (const auto& [table, value] : *json.as_object()) {
        const Json* const inner = value.find("rows");
        const Json::Array* const rows = inner != nullptr ? inner->as_array() : value.as_array();
        const bool is_told_once = value.find("source") != nullptr;
        for (std::size_t i = 0; rows != nullptr && i < rows->size(); ++i) {
            if (!is_told_once && (*rows)[i].text_or("source", "").empty()) {
                without.push_back(table + ' ' + std::to_string(i));
            }
        }
    }
    return without;
}

TEST(CompatData, HasASourceInEachRow) {
    const auto json = Json::parse(text_of_the_tree());

    ASSERT_TRUE(json.has_value());
    EXPECT_THAT(rows_without_source(*json), ::testing::IsEmpty());
}

// Each part of a row that a reader of the data may ask for, as text.
std::string text_of(const TorchBuild& one) {
    std::string text;
    for (const Version* const part : {&one.torch,
                                      &one.cuda,
                                      &one.cudnn,
                                      &one.least_driver,
                                      &one.pythons.first,
                                      &one.pythons.last,
                                      &one.first}) {
        text += part->text() + ' ';
    }
    for (const std::string& code : one.code) {
        text += code + ' ';
    }
    return text + one.moniker + (one.is_default ? " default" : "");
}

std::string text_of(const TorchRecommendation& one) {
    return one.least_driver.text() + ' ' + one.below_driver.value_or(Version()).text() + ' ' +
           one.least.text() + ' ' + one.most.text() + ' ' + one.index + ' ' + one.torch + ' ' +
           one.why;
}

std::string text_of(const TorchCompanions& one) {
    return one.torch.text() + ' ' + one.torchvision + ' ' + one.torchaudio + ' ' + one.triton;
}

std::string text_of(const TensorFlowBuild& one) {
    return one.releases.first.text() + ' ' + one.releases.last.text() + ' ' + one.cuda.text() +
           ' ' + one.pythons.first.text() + ' ' + one.pythons.last.text();
}

std::string text_of(const JaxWheel& one) {
    return one.extra + ' ' + one.least.text();
}

std::string text_of(const ErrorCode& one) {
    return std::to_string(one.code) + ' ' + one.name + ' ' + one.meaning;
}

template <typename Row>
std::vector<std::string> texts_of(const std::vector<Row>& rows) {
    std::vector<std::string> texts;
    std::ranges::transform(
        rows, std::back_inserter(texts), [](const Row& row) { return text_of(row); });
    return texts;
}

TEST(CompatData, IsTheSameInTheProgramAsInTheTree) {
    const CompatData tree = parse_compat_data(text_of_the_tree()).value();
    const CompatData& built_in = built_in_compat_data();

    EXPECT_EQ(built_in.compiled, tree.compiled);
    EXPECT_TRUE(std::ranges::equal(
        built_in.cards, tree.cards, [](const CardModel& one, const CardModel& other) {
            return one.device == other.device && one.chip == other.chip && one.name == other.name &&
                   one.capability == other.capability;
        }));
    EXPECT_EQ(texts_of(built_in.torch_builds), texts_of(tree.torch_builds));
    EXPECT_EQ(texts_of(built_in.companions), texts_of(tree.companions));
    EXPECT_EQ(texts_of(built_in.recommendations), texts_of(tree.recommendations));
    EXPECT_LE(built_in.conda_torches.size(), tree.conda_torches.size());
    for (const auto& [package, code] : tree.conda_torches) {
        EXPECT_EQ(built_in.code_of_condas(package), code) << package;
    }
    EXPECT_EQ(texts_of(built_in.tensorflow_builds), texts_of(tree.tensorflow_builds));
    EXPECT_EQ(texts_of(built_in.jax_wheels), texts_of(tree.jax_wheels));
    EXPECT_EQ(texts_of(built_in.cuda_codes), texts_of(tree.cuda_codes));
    EXPECT_EQ(texts_of(built_in.nvml_codes), texts_of(tree.nvml_codes));
}

TEST(CompatData, KnowsTheCardsOfPaperspace) {
    const CompatData& data = built_in_compat_data();

    EXPECT_EQ(data.card(0x13f1)->capability, (Capability{5, 2}));
    EXPECT_EQ(data.architecture_of(*data.card(0x13f1)), "Maxwell");
    EXPECT_EQ(data.card(0x1bb0)->capability, (Capability{6, 1}));
    EXPECT_EQ(data.card(0x1db1)->capability, (Capability{7, 0}));
    EXPECT_EQ(data.card(0x1eb0)->capability, (Capability{7, 5}));
    EXPECT_EQ(data.card(0x20b0)->capability, (Capability{8, 0}));
    EXPECT_EQ(data.card(0x2230)->capability, (Capability{8, 6}));
    EXPECT_EQ(data.card(0x2330)->capability, (Capability{9, 0}));
    EXPECT_FALSE(data.is_card(0x22a3));
}

TEST(CompatData, GuessesFromTheRangeOfAnId) {
    const std::optional<CardModel> guessed = built_in_compat_data().card(0x2bff);

    ASSERT_TRUE(guessed.has_value());
    EXPECT_EQ(guessed->name, "");
    EXPECT_EQ(guessed->capability.major, 12U);
    EXPECT_FALSE(built_in_compat_data().card(0xfffe).has_value());
}

TEST(CompatData, KnowsTheLastBranchOfAnArchitecture) {
    const CompatData& data = built_in_compat_data();

    EXPECT_EQ(data.last_branch_of(*data.card(0x13f1)), 580U);
    EXPECT_EQ(data.last_branch_of(*data.card(0x102d)), 470U);
    EXPECT_EQ(data.last_branch_of(*data.card(0x2330)), std::nullopt);
}

TEST(CompatData, CallsANewerDriverUnknown) {
    const CompatData& data = built_in_compat_data();

    EXPECT_EQ(data.highest_cuda(of("525.116.04")), of("12.0"));
    EXPECT_EQ(data.highest_cuda(of("550.90.07")), of("12.4"));
    EXPECT_EQ(data.highest_cuda(of("538.1")), of("12.2"));
    EXPECT_EQ(data.highest_cuda(of("999.1")), std::nullopt);
}

TEST(CompatData, KnowsTheLeastDriverOfACuda) {
    const CompatData& data = built_in_compat_data();

    EXPECT_EQ(data.least_driver(of("13.0")), of("580"));
    EXPECT_EQ(data.least_driver(of("12.8")), of("525.60.13"));
    EXPECT_EQ(data.least_driver(of("11.8")), of("450.80.02"));
    EXPECT_EQ(data.least_driver(of("99.0")), std::nullopt);
}

TEST(CompatData, FindsABuildOfTorch) {
    const TorchBuild* const build = built_in_compat_data().torch_build(of("2.5.1+cu121"), "cu121");

    ASSERT_NE(build, nullptr);
    EXPECT_EQ(build->cuda, of("12.1"));
    EXPECT_EQ(built_in_compat_data().torch_build(of("2.5.1"), "cu999"), nullptr);
    EXPECT_EQ(built_in_compat_data().default_build(of("2.11.0")), "cu130");
    EXPECT_EQ(built_in_compat_data().default_build(of("9.0")), std::nullopt);
    EXPECT_EQ(built_in_compat_data().companions_of(of("2.5.1"))->torchvision, "0.20.1");
}

// Checked by hand against 2.7 of the atlas.
TEST(CompatData, RecommendsTorchForDriverAndCard) {
    const CompatData& data = built_in_compat_data();
    const auto index = [&](std::string_view driver, Capability card) {
        const TorchRecommendation* const row = data.recommended_torch(of(driver), card);
        return row != nullptr ? row->index : "unknown";
    };

    EXPECT_EQ(index("525.116.04", {5, 2}), "https://download.pytorch.org/whl/cu126");
    EXPECT_EQ(index("525.116.04", {8, 6}), "https://download.pytorch.org/whl/cu128");
    EXPECT_EQ(index("580.95.05", {8, 0}), "https://download.pytorch.org/whl/cu130");
    EXPECT_EQ(index("580.95.05", {7, 0}), "https://download.pytorch.org/whl/cu126");
    EXPECT_EQ(index("470.82.01", {3, 7}), "https://download.pytorch.org/whl/cu118");
    EXPECT_EQ(index("595.58.03", {6, 1}), "");
    EXPECT_EQ(index("390.1", {6, 1}), "unknown");
}

TEST(CompatData, NamesErrorCodes) {
    const CompatData& data = built_in_compat_data();

    EXPECT_EQ(data.name_of_cuda_code(100), "CUDA_ERROR_NO_DEVICE (100)");
    EXPECT_EQ(data.name_of_cuda_code(12345), "CUDA error 12345");
    EXPECT_EQ(data.name_of_nvml_code(999), "NVML_ERROR_UNKNOWN (999)");
}

TEST(CompatData, KnowsWhatOtherFrameworksNeed) {
    const CompatData& data = built_in_compat_data();

    ASSERT_EQ(data.jax_wheels.size(), 2);
    EXPECT_EQ(data.jax_wheels[1].extra, "cuda13");
    EXPECT_EQ(data.jax_wheels[1].least, (Capability{7, 5}));
    const auto tensorflow = std::ranges::find_if(
        data.tensorflow_builds,
        [](const TensorFlowBuild& build) { return build.releases.holds(of("2.14.1")); });
    ASSERT_NE(tensorflow, data.tensorflow_builds.end());
    EXPECT_EQ(tensorflow->cuda, of("11.8"));
    EXPECT_TRUE(tensorflow->pythons.holds(of("3.11")));
}

// Tables that came later than the first data of a store.
TEST(CompatData, ReadsAFileWithoutTheTablesOfOtherFrameworks) {
    std::string text = text_of_the_tree();
    for (const std::string name : {"jax_rules", "tensorflow_builds", "torch_conda_measured"}) {
        text.replace(text.find('"' + name + '"') + 1, 1, "X");
    }

    const auto data = parse_compat_data(text);
    ASSERT_TRUE(data.has_value());
    EXPECT_TRUE(data->jax_wheels.empty());
    EXPECT_TRUE(data->tensorflow_builds.empty());
    EXPECT_TRUE(data->conda_torches.empty());
}

TEST(CompatData, RefusesWhatIsNone) {
    EXPECT_EQ(parse_compat_data("{}").error().kind, ErrorKind::unsupported);
    EXPECT_FALSE(parse_compat_data("[1, 2").has_value());
    for (const std::string name : {"compiled", "recommended_torch", "driver_branch_max_cuda"}) {
        std::string text = text_of_the_tree();
        text.replace(text.find('"' + name + '"') + 1, 1, "X");
        EXPECT_FALSE(parse_compat_data(text).has_value()) << name;
    }
}

TEST(Code, RunsOnTheSameMajorWithNoLowerMinor) {
    EXPECT_TRUE(runs_on({"sm_80"}, {8, 6}));
    EXPECT_TRUE(runs_on({"sm_50"}, {5, 2}));
    EXPECT_FALSE(runs_on({"sm_86"}, {8, 0}));
    EXPECT_FALSE(runs_on({"sm_90"}, {12, 0}));
    EXPECT_FALSE(runs_on({"sm_80", "sm_86"}, {8, 7}));
    EXPECT_TRUE(runs_on({"sm_120"}, {12, 0}));
}

TEST(Code, OfPtxRunsOnEveryLaterCard) {
    EXPECT_TRUE(runs_on({"sm_50", "compute_90"}, {12, 0}));
    EXPECT_FALSE(runs_on({"compute_90"}, {8, 6}));
    EXPECT_FALSE(runs_on({"sm_90a"}, {9, 1}));
    EXPECT_TRUE(runs_on({"sm_90a"}, {9, 0}));
    EXPECT_FALSE(runs_on({"nonsense"}, {9, 0}));
}

TEST(Code, OfAFamilyRunsOnAllOfIt) {
    EXPECT_TRUE(runs_on({"sm_100f"}, {10, 3}));
    EXPECT_TRUE(runs_on({"compute_120f"}, {12, 1}));
    EXPECT_FALSE(runs_on({"compute_100f"}, {12, 0}));
    EXPECT_FALSE(runs_on({"sm_103f"}, {10, 0}));
}

TEST(CompatData, KnowsTheSonamesOfAToolkit) {
    const CompatData& data = built_in_compat_data();

    EXPECT_THAT(data.sonames_of(*Version::parse("12.1")), ::testing::Contains("libcusolver.so.11"));
    EXPECT_THAT(data.sonames_of(*Version::parse("13.0")), ::testing::Contains("libcusolver.so.12"));
    EXPECT_THAT(data.sonames_of(*Version::parse("11.8")), ::testing::Contains("libcusolver.so.11"));
    EXPECT_THAT(data.sonames_of(*Version::parse("10.1")), ::testing::Contains("libcudart.so.10.1"));
    EXPECT_TRUE(data.sonames_of(*Version::parse("99.0")).empty());
}

}  // namespace
}  // namespace envkeep::gpu
