// SPDX-License-Identifier: MIT
#include "engine/doctor_context.hpp"

#include "envkeep/posix/processes.hpp"
#include "unit/engine/machine_with_gpu.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace envkeep::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* compat_file = "storage/envkeep/gpu/compat.json";

// The program's own data, as of another day, with another name for the Tesla T4.
std::string data_of(const std::string& day) {
    std::ifstream stream(std::string(ENVKEEP_SOURCE_DIR) + "/agent/gpu/data/compat.json");
    std::ostringstream content;
    content << stream.rdbuf();
    std::string text = content.str();
    const std::string date = "\"compiled\": \"";
    text.replace(text.find(date) + date.size(), 10, day);
    const std::string name = "\"Tesla T4\"";
    text.replace(text.find(name), name.size(), "\"Tesla T4 of the store\"");
    return text;
}

using DataOfTheStore = testing::SessionWithGpu;

TEST_F(DataOfTheStore, TakeThePlaceOfTheProgramsIfTheyAreNewer) {
    tree.file(compat_file, data_of("2999-01-31"));
    const DoctorReport report = examine().value();
    EXPECT_EQ(report.data, "2999-01-31");
    EXPECT_EQ(report.data_file, tree / compat_file);
    EXPECT_EQ(report.cards.front(), "Tesla T4 of the store (0000:00:05.0)");
    EXPECT_THAT(report.diagnosis.findings, IsEmpty());
}

TEST_F(DataOfTheStore, AreNotUsedIfTheyAreOlder) {
    tree.file(compat_file, data_of("2001-01-31"));
    const DoctorReport report = examine().value();
    EXPECT_EQ(report.data, gpu::built_in_compat_data().compiled);
    EXPECT_EQ(report.data_file, "");
    EXPECT_EQ(report.cards.front(), "Tesla T4 (0000:00:05.0)");
    ASSERT_EQ(report.diagnosis.findings.size(), 1);
    EXPECT_EQ(report.diagnosis.findings.front().id, "gpu-data-not-used");
    EXPECT_EQ(report.diagnosis.findings.front().severity, model::Severity::info);
    EXPECT_THAT(report.diagnosis.findings.front().evidence.front(), HasSubstr("of 2001-01-31"));
    EXPECT_EQ(report.ending, Ending::well);
}

TEST_F(DataOfTheStore, AreNotUsedIfTheyAreDamagedOrTooLarge) {
    const std::string sound = data_of("2999-01-31");
    for (const std::string& damaged : {sound.substr(0, sound.size() / 2),
                                       std::string("\x80 noise"),
                                       std::string(),
                                       sound + std::string(2U << 20U, ' ')}) {
        tree.file(compat_file, damaged);
        const DoctorReport report = examine().value();
        EXPECT_EQ(report.data, gpu::built_in_compat_data().compiled);
        ASSERT_EQ(report.diagnosis.findings.size(), 1);
        EXPECT_EQ(report.diagnosis.findings.front().id, "gpu-data-not-used");
        EXPECT_EQ(report.diagnosis.findings.front().severity, model::Severity::warning);
    }
}

using WishesOfTheManifest = testing::SessionWithGpu;

TEST_F(WishesOfTheManifest, CountInTheDoctorAndAreWhatVerifyLooksAt) {
    want("gpu: {cuda: '>=12.4', frameworks: [torch]}\n");
    EXPECT_THAT(title_of(examine()->diagnosis.findings, "gpu-cuda-too-low"),
                HasSubstr("CUDA 12.2 at most"));
    EXPECT_EQ(unmet_wishes(seen_world(), session()).size(), 1);
    want("gpu: {cuda: '>=12.4', expect: none}\n");
    EXPECT_THAT(unmet_wishes(seen_world(), session()), IsEmpty());
    EXPECT_THAT(examine()->diagnosis.findings, IsEmpty());
}

TEST_F(WishesOfTheManifest, TellWhereElseToLookForPythons) {
    captured.python("/elsewhere/envs/mine", "3.12")
        .file("/elsewhere/envs/mine/pyvenv.cfg", "home = /usr/bin\n");
    const auto finds_it = [&] {
        const auto found = examine()->facts.python.environments;
        return std::ranges::any_of(found.environments, [](const auto& one) {
            return one.environment.prefix == "/elsewhere/envs/mine";
        });
    };
    EXPECT_FALSE(finds_it());
    want("doctor: {search: [/elsewhere]}\n");
    EXPECT_TRUE(finds_it());
}

TEST_F(WishesOfTheManifest, ThatAreWrongAreNotPassedOverInSilence) {
    const auto examined = [&] {
        return engine::examine(seen_world(), {.store = tree / "storage", .home = tree / "home"}, {})
            .value();
    };
    EXPECT_THAT(examined().diagnosis.findings, IsEmpty());

    want("gpu: {expect: requird}\n");

    const DoctorReport report = examined();
    ASSERT_EQ(report.diagnosis.findings.size(), 1);
    const model::Finding& finding = report.diagnosis.findings.front();
    EXPECT_EQ(finding.id, "manifest-problem");
    EXPECT_THAT(finding.title, HasSubstr("has 1 problem"));
    EXPECT_THAT(finding.evidence.front(), HasSubstr("manifest.yaml:5:"));
    EXPECT_EQ(report.ending, Ending::findings);
}

TEST_F(WishesOfTheManifest, ThatCannotBeReadAreNotPassedOverInSilence) {
    const auto examined = [&](const Options& options) {
        return engine::examine(seen_world(), options, {}).value();
    };
    const Options wrong{.store = tree / "wrong", .home = tree / "home"};
    const Options unnamed{.home = tree / "home"};

    const DoctorReport report = examined(wrong);
    ASSERT_EQ(report.diagnosis.findings.size(), 1);
    EXPECT_EQ(report.diagnosis.findings.front().id, "gpu-manifest-not-read");
    EXPECT_THAT(report.diagnosis.findings.front().evidence.front(), HasSubstr("wrong' (--store)"));
    EXPECT_EQ(report.ending, Ending::findings);
    EXPECT_EQ(report.cards.size(), 1);

    EXPECT_THAT(examined(unnamed).diagnosis.findings, IsEmpty());
    tree.remove("storage/envkeep/manifest.yaml");
    EXPECT_EQ(examined(options()).diagnosis.findings.size(), 1);
}

using RepairsOfTheDoctor = testing::SessionWithGpu;

TEST_F(RepairsOfTheDoctor, AreOfferedWhereTheyCanBeCarriedOut) {
    captured.kernel_variable("CUDA_VISIBLE_DEVICES", "3");
    const auto repairs_of = [&](std::string_view id) {
        const DoctorReport report = examine().value();
        for (const model::Finding& finding : report.diagnosis.findings) {
            if (finding.id == id) {
                return finding.fix.repairs.size();
            }
        }
        return std::size_t{99};
    };
    EXPECT_EQ(repairs_of("env-cvd-bad-index"), 0);

    want("env: {CUDA_VISIBLE_DEVICES: '3'}\n");
    EXPECT_EQ(repairs_of("env-cvd-bad-index"), 1);
}

class ProbeOfANotebook : public testing::SessionWithGpu {
  protected:
    DoctorReport probe(std::uint32_t owner) {
        captured.file("/proc/200/status",
                      fmt::format("Name:\tpython\nUid:\t{0}\t{0}\t{0}\t{0}\n", owner));
        World seen = seen_world();
        seen.processes = &processes;
        return engine::examine(seen,
                               Options{.store = tree / "storage", .home = tree / "home"},
                               {.probe = gpu::ProbeDepth::nvml})
            .value();
    }

    posix::Processes processes;
    const std::uint32_t own = ::geteuid();
};

// LD_PRELOAD of somebody else would run with the rights of the one who asks.
TEST_F(ProbeOfANotebook, IsNotRunWithTheEnvironmentOfAnotherUser) {
    const DoctorReport report = probe(own + 1);
    EXPECT_FALSE(report.facts.probe);
    EXPECT_THAT(report.not_probed, HasSubstr("process 200"));
    EXPECT_THAT(report.not_probed, HasSubstr("as that user"));
}

TEST_F(ProbeOfANotebook, IsRunWithThatOfOnesOwn) {
    const DoctorReport report = probe(own);
    EXPECT_TRUE(report.facts.probe);
    EXPECT_EQ(report.not_probed, "");
}

}  // namespace
}  // namespace envkeep::engine
