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

// The rows of a table of the tree.
const Json::Array& rows_of(const Json& json, std::string_view table) {
    const Json* const found = json.find(table);
    const Json* const inner = found->find("rows");
    return *(inner != nullptr ? inner : found)->as_array();
}

std::vector<std::string> texts_of(const Json& row, std::string_view name) {
    std::vector<std::string> all;
    const Json* const found = row.find(name);
    if (found != nullptr && found->as_array() != nullptr) {
        for (const Json& one : *found->as_array()) {
            all.push_back(*one.as_string());
        }
    }
    return all;
}

std::string known_text(const Version& version) {
    return version.is_known() ? version.text() : "";
}

// What the JSON of the tree says, without the form in which it is compiled in.
class CompatDataOfTheTree : public ::testing::Test {
  protected:
    const Json tree_ = Json::parse(text_of_the_tree()).value();
    const CompatData& data_ = built_in_compat_data();
};

TEST_F(CompatDataOfTheTree, IsInTheProgramWithEachCard) {
    EXPECT_EQ(data_.compiled, tree_.find("_meta")->text_or("compiled", ""));
    for (const Json& row : rows_of(tree_, "pci_devices")) {
        const std::string id = row.text_or("id", "");
        const auto card = data_.card(static_cast<std::uint16_t>(std::stoul(id, nullptr, 16)));
        ASSERT_TRUE(card.has_value()) << id;
        EXPECT_EQ(card->chip, row.text_or("chip", "")) << id;
        EXPECT_EQ(card->name, row.text_or("name", "")) << id;
        EXPECT_EQ(card->capability.text(), row.text_or("cc", "0.0")) << id;
    }
    EXPECT_EQ(data_.card_ranges.size(), rows_of(tree_, "pci_ranges_fallback").size());
    std::vector<std::string> others;
    for (const Json& row : rows_of(tree_, "pci_not_gpus")) {
        if (row.find("id") != nullptr) {  // one row is a rule
            others.push_back(row.text_or("id", ""));
        }
    }
    std::vector<std::string> known;
    for (const std::uint16_t device : data_.not_cards) {
        known.push_back(fmt::format("{:04x}", device));
    }
    EXPECT_EQ(known, others);
    for (const Json& row : rows_of(tree_, "chips")) {
        const auto chip = std::ranges::find(data_.chips, row.text_or("chip", ""), &Chip::name);
        ASSERT_NE(chip, data_.chips.end());
        EXPECT_EQ(chip->architecture, row.text_or("arch", ""));
        EXPECT_EQ(chip->capability.text(), row.text_or("cc", ""));
    }
    ASSERT_EQ(data_.architectures.size(), rows_of(tree_, "driver_gpu_floor").size());
    for (std::size_t i = 0; i < data_.architectures.size(); ++i) {
        const Json& row = rows_of(tree_, "driver_gpu_floor")[i];
        EXPECT_EQ(data_.architectures[i].name, row.text_or("arch", ""));
        EXPECT_EQ(data_.architectures[i].last_branch.value_or(0),
                  row.number_or("last_driver_branch", 0));
    }
}

TEST_F(CompatDataOfTheTree, IsInTheProgramWithEachDriverAndCode) {
    for (const Json& row : rows_of(tree_, "driver_branch_max_cuda")) {
        const Version branch = of(std::to_string(row.number_or("branch", 0)));
        EXPECT_EQ(data_.highest_cuda(branch), of(row.text_or("max_cuda", ""))) << branch.text();
    }
    ASSERT_EQ(data_.least_drivers.size(), rows_of(tree_, "minor_version_compat_min").size());
    for (std::size_t i = 0; i < data_.least_drivers.size(); ++i) {
        const Json& row = rows_of(tree_, "minor_version_compat_min")[i];
        EXPECT_TRUE(data_.least_drivers[i].first.holds(of(row.text_or("cuda", ""))));
        EXPECT_EQ(known_text(data_.least_drivers[i].second), row.text_or("min_driver_linux", ""));
    }
    for (const Json& row : rows_of(tree_, "cuda_error_codes")) {
        const auto code = static_cast<int>(row.number_or("code", -1));
        const auto found = std::ranges::find(data_.cuda_codes, code, &ErrorCode::code);
        ASSERT_NE(found, data_.cuda_codes.end());
        EXPECT_EQ(found->name, row.text_or("name", ""));
        EXPECT_EQ(found->meaning, row.text_or("doctor_meaning", ""));
    }
    EXPECT_EQ(data_.cuda_codes.size(), rows_of(tree_, "cuda_error_codes").size());
    EXPECT_EQ(data_.nvml_codes.size(), rows_of(tree_, "nvml_codes").size());
    EXPECT_EQ(data_.cuda_sonames.size(), rows_of(tree_, "cuda_sonames").size());
}

TEST_F(CompatDataOfTheTree, IsInTheProgramWithEachTorch) {
    ASSERT_EQ(data_.torch_builds.size(), rows_of(tree_, "torch_wheels").size());
    for (std::size_t i = 0; i < data_.torch_builds.size(); ++i) {
        const Json& row = rows_of(tree_, "torch_wheels")[i];
        const TorchBuild& build = data_.torch_builds[i];
        EXPECT_EQ(build.torch.text() + build.moniker,
                  row.text_or("torch", "") + row.text_or("moniker", ""));
        EXPECT_EQ(build.cuda, Version::parse(row.text_or("cuda", "")).value_or(Version()));
        EXPECT_EQ(build.cudnn, Version::parse(row.text_or("cudnn", "")).value_or(Version()));
        EXPECT_EQ(build.code, texts_of(row, "arch"));
        EXPECT_EQ(known_text(build.least_driver), row.text_or("min_driver_mvc", ""));
        EXPECT_EQ(known_text(build.first), row.text_or("first", ""));
        EXPECT_EQ(build.is_default, row.flag_or("pypi_default", false));
    }
    EXPECT_EQ(data_.default_builds.size(), rows_of(tree_, "torch_pypi_default_cuda").size());
    ASSERT_EQ(data_.recommendations.size(), rows_of(tree_, "recommended_torch").size());
    for (std::size_t i = 0; i < data_.recommendations.size(); ++i) {
        const Json& row = rows_of(tree_, "recommended_torch")[i];
        EXPECT_EQ(data_.recommendations[i].torch, row.text_or("torch", ""));
        EXPECT_EQ(data_.recommendations[i].why, row.text_or("why", ""));
    }
    for (const Json& row : rows_of(tree_, "torch_companions")) {
        const TorchCompanions* const companions = data_.companions_of(of(row.text_or("torch", "")));
        ASSERT_NE(companions, nullptr);
        EXPECT_EQ(companions->torchvision, row.text_or("torchvision", ""));
        EXPECT_EQ(companions->torchaudio, row.text_or("torchaudio", ""));
        EXPECT_EQ(companions->triton, row.text_or("triton", ""));
    }
    for (const Json& row : rows_of(tree_, "torch_conda_measured")) {
        EXPECT_EQ(data_.code_of_condas(row.text_or("package", "")), texts_of(row, "arch"));
    }
    EXPECT_EQ(data_.tensorflow_builds.size(), rows_of(tree_, "tensorflow_builds").size());
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

// A card of the store's file, whose cells may hold what the lines are made of.
TEST(CompatData, ReadsCellsOfAnyText) {
    std::string text = text_of_the_tree();
    const std::string_view name = "\"Tesla T4\"";
    const std::size_t at = text.find(name);
    text.replace(at, name.size(), R"("Tesla\tT4\nchips")");
    text.replace(text.find("\"1eb8\""), 6, "\"1EB8\"");

    const auto data = parse_compat_data(text);
    ASSERT_TRUE(data.has_value());
    EXPECT_EQ(data->card(0x1eb8)->name, "Tesla T4 chips");
    EXPECT_EQ(data->chips.size(), built_in_compat_data().chips.size());
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
