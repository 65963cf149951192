// SPDX-License-Identifier: MIT
#include "envkeep/gpu/wishes.hpp"

#include "captured_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::gpu {
namespace {

using manifest::GpuExpectation;
using testing::CapturedMachine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::image_site;
using ::testing::IsEmpty;

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;

// "id: title" of each finding.
std::vector<std::string> told(CapturedMachine& machine, const manifest::Gpu& wanted) {
    const CompatData& data = built_in_compat_data();
    const Facts facts = machine.facts();
    std::vector<std::string> all;
    for (const model::Finding& finding :
         with_wishes(diagnose(facts, data), wanted, facts, data).findings) {
        all.push_back(finding.id + ": " + finding.title);
    }
    return all;
}

void take_card_away(CapturedMachine& machine) {
    machine.remove("/sys/bus/pci/devices/0000:00:05.0")
        .file("/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n")
        .remove("/sys/module/nvidia")
        .remove("/sys/module/nvidia_uvm")
        .remove("/proc/driver/nvidia");
    machine.no_node("/dev/nvidiactl").no_node("/dev/nvidia0").no_node("/dev/nvidia-uvm");
}

TEST(Wishes, OfAHealthyMachineAreMet) {
    CapturedMachine machine;
    EXPECT_THAT(
        told(machine,
             {.expect = GpuExpectation::required, .cuda = ">=11.8,<13", .frameworks = {"torch"}}),
        IsEmpty());
}

TEST(Wishes, ARequiredGpuThatIsNotHereIsTheCause) {
    CapturedMachine machine;
    take_card_away(machine);
    const CompatData& data = built_in_compat_data();
    const Facts facts = machine.facts();
    const Diagnosis diagnosis = with_wishes(
        diagnose(facts, data), {.expect = GpuExpectation::required, .cuda = ">99"}, facts, data);

    ASSERT_EQ(diagnosis.findings.size(), 2);
    EXPECT_EQ(diagnosis.findings.front().id, "gpu-expected-missing");
    EXPECT_TRUE(diagnosis.findings.front().is_cause);
    EXPECT_THAT(diagnosis.broken, ElementsAre(Stage::card));
}

// A machine for the processor alone, which has a card all the same.
TEST(Wishes, OfAGpuThatNobodyExpectsAreNotes) {
    CapturedMachine machine;
    EXPECT_THAT(told(machine, {.expect = GpuExpectation::none}), IsEmpty());

    machine.no_node("/dev/nvidia-uvm").kernel_variable("CUDA_VISIBLE_DEVICES", "");
    const CompatData& data = built_in_compat_data();
    const Facts facts = machine.facts();
    ASSERT_FALSE(diagnose(facts, data).broken.empty());
    const Diagnosis diagnosis =
        with_wishes(diagnose(facts, data), {.expect = GpuExpectation::none}, facts, data);

    EXPECT_THAT(diagnosis.broken, IsEmpty());
    EXPECT_EQ(diagnosis.findings.back().id, "gpu-not-expected");
    for (const model::Finding& finding : diagnosis.findings) {
        EXPECT_EQ(finding.severity, model::Severity::info) << finding.id;
        EXPECT_FALSE(finding.is_cause) << finding.id;
    }
}

// A Python that does not start is one, with or without a card.
TEST(Wishes, OfNoGpuExcuseNothingElse) {
    CapturedMachine machine;
    machine.no_node("/dev/nvidia-uvm")
        .file(image_site + "/numpy/__init__.py", "")
        .package(image_site,
                 "numpy",
                 "1.26.4",
                 {{"numpy/__init__.py", ""},
                  {"numpy/core/_multiarray_umath.cpython-39-x86_64-linux-gnu.so", "x"}});
    const CompatData& data = built_in_compat_data();
    const Facts facts = machine.facts();
    const Diagnosis diagnosis =
        with_wishes(diagnose(facts, data), {.expect = GpuExpectation::none}, facts, data);

    EXPECT_EQ(diagnosis.findings.front().id, "py-extension-abi");
    EXPECT_TRUE(diagnosis.findings.front().is_cause);
    EXPECT_EQ(diagnosis.findings.front().severity, model::Severity::error);
    EXPECT_THAT(diagnosis.broken, ElementsAre(Stage::framework));
}

TEST(Wishes, WithoutAGpuNothingElseIsMissed) {
    CapturedMachine machine;
    take_card_away(machine);
    EXPECT_THAT(told(machine, {.cuda = ">99", .frameworks = {"jax"}, .memory = 900 * gibibyte}),
                ElementsAre(HasSubstr("pci-no-gpu")));
}

struct CudaCase {
    std::string wanted;
    bool is_served = false;
};

class WishedCuda : public ::testing::TestWithParam<CudaCase> {};

TEST_P(WishedCuda, IsServedByADriverThatGives12Point2) {
    CapturedMachine machine;
    const std::vector<std::string> all = told(machine, {.cuda = GetParam().wanted});
    EXPECT_EQ(all.empty(), GetParam().is_served) << GetParam().wanted;
}

INSTANTIATE_TEST_SUITE_P(Each,
                         WishedCuda,
                         ::testing::Values(CudaCase{">=12.2", true},
                                           CudaCase{">12", true},
                                           CudaCase{">12.2", false},
                                           CudaCase{"==11.8", true},
                                           CudaCase{"<12", true},
                                           CudaCase{" >= 11.8 , < 12 ", true},
                                           CudaCase{">=12.4", false},
                                           CudaCase{"==13", false}));

TEST(Wishes, TellsTheDriverThatGivesTooLittle) {
    CapturedMachine machine;
    EXPECT_THAT(told(machine, {.cuda = ">=12.4"}),
                ElementsAre("gpu-cuda-too-low: the driver gives CUDA 12.2 at most, and the "
                            "manifest wants >=12.4"));
}

TEST(Wishes, ADriverNewerThanTheDataServesWhatTheNewestKnownOneDoes) {
    CapturedMachine machine;
    machine.driver("999.10.01");
    const Facts facts = machine.facts();
    const CompatData& data = built_in_compat_data();

    EXPECT_THAT(with_wishes({}, {.cuda = ">=12"}, facts, data).findings, IsEmpty());
    const Diagnosis unknown = with_wishes({}, {.cuda = ">=99"}, facts, data);
    ASSERT_EQ(unknown.findings.size(), 1);
    EXPECT_EQ(unknown.findings.front().id, "gpu-wish-unknown");
    EXPECT_EQ(unknown.findings.front().severity, model::Severity::info);
}

TEST(Wishes, MemoryIsKnownOfCardsThatAreMadeWithOneSize) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x20b0");  // A100 SXM4 40GB
    EXPECT_THAT(told(machine, {.memory = 40 * gibibyte}), IsEmpty());
    // It says 39.4 GiB of itself.
    EXPECT_THAT(told(machine, {.memory = 44 * gibibyte}), IsEmpty());
    EXPECT_THAT(told(machine, {.memory = 80 * gibibyte}),
                ElementsAre(HasSubstr("gpu-memory-low: no card has the 80.0 GiB")));
}

TEST(Wishes, MemoryThatNothingTellsIsUnknownAndNotTooLittle) {
    CapturedMachine machine;  // a Tesla T4, whose name does not tell it
    EXPECT_THAT(told(machine, {.memory = 80 * gibibyte}),
                ElementsAre(HasSubstr("gpu-wish-unknown: whether a card has 80.0 GiB")));
    machine.card("0000:00:05.0", "0x20b0").kernel_variable("CUDA_VISIBLE_DEVICES", "MIG-12");
    const Facts facts = machine.facts();
    const auto findings =
        with_wishes({}, {.memory = 80 * gibibyte}, facts, built_in_compat_data()).findings;
    ASSERT_EQ(findings.size(), 1);
    EXPECT_EQ(findings.front().id, "gpu-wish-unknown");
}

// Of a Tesla T4, whose name tells no memory, with what the driver says.
Facts probed(const ProbedCard& card, std::vector<ComputedCard> computed = {}) {
    CapturedMachine machine;
    Facts facts = machine.facts();
    facts.probe = ProbeFacts{.nvml = ProbePass{.is_complete = true}, .cards = {card}};
    if (!computed.empty()) {
        facts.probe->libcuda = ProbePass{.is_complete = true};
    }
    facts.probe->computed = std::move(computed);
    return facts;
}

std::vector<model::Finding> memory_findings(const Facts& facts, std::uint64_t wanted) {
    return with_wishes({}, {.memory = wanted}, facts, built_in_compat_data()).findings;
}

TEST(Wishes, MemoryIsWhatTheDriverSaysWhereItWasAsked) {
    const Facts facts = probed({.name = "Tesla T4", .memory_total = 15 * gibibyte});
    EXPECT_THAT(memory_findings(facts, 16 * gibibyte), IsEmpty());
    const auto low = memory_findings(facts, 24 * gibibyte);
    ASSERT_EQ(low.size(), 1);
    EXPECT_EQ(low.front().id, "gpu-memory-low");
    EXPECT_THAT(low.front().evidence, ElementsAre("Tesla T4: 15.0 GiB"));
}

TEST(Wishes, MemoryThatTheDriverSaysOutranksWhatTheNameLetsExpect) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x20b0");  // A100 SXM4 40GB
    Facts facts = machine.facts();
    EXPECT_THAT(memory_findings(facts, 40 * gibibyte), IsEmpty());
    facts.probe = ProbeFacts{.nvml = ProbePass{.is_complete = true},
                             .cards = {{.name = "NVIDIA A100", .memory_total = 10 * gibibyte}}};
    EXPECT_EQ(memory_findings(facts, 40 * gibibyte).front().id, "gpu-memory-low");
}

TEST(Wishes, MemoryOfAPartOfACardIsWhatLibcudaSays) {
    const ProbedCard parted{.name = "A100", .memory_total = 80 * gibibyte, .is_mig = true};
    const auto unknown = memory_findings(probed(parted), 40 * gibibyte);
    ASSERT_EQ(unknown.size(), 1);
    EXPECT_EQ(unknown.front().id, "gpu-wish-unknown");
    EXPECT_THAT(unknown.front().fix.commands, ElementsAre("envkeep doctor --deep"));

    Facts deep = probed(parted, {{.name = "A100 MIG 1g", .memory_total = 10 * gibibyte}});
    EXPECT_EQ(memory_findings(deep, 40 * gibibyte).front().id, "gpu-memory-low");
    EXPECT_THAT(memory_findings(deep, 10 * gibibyte), IsEmpty());
    // It ended before it had told all.
    deep.probe->libcuda->is_complete = false;
    EXPECT_EQ(memory_findings(deep, 40 * gibibyte).front().id, "gpu-wish-unknown");
}

TEST(Wishes, MemoryThatTheDriverDoesNotTellStaysUnknown) {
    EXPECT_EQ(memory_findings(probed({.name = "Tesla T4"}), 8 * gibibyte).front().id,
              "gpu-wish-unknown");
    CapturedMachine machine;
    EXPECT_THAT(memory_findings(machine.facts(), 8 * gibibyte).front().fix.commands,
                ElementsAre("envkeep doctor --probe"));
}

TEST(Wishes, AFrameworkThatTheNotebookLacksComesWithItsCommand) {
    CapturedMachine machine;
    const Facts facts = machine.facts();
    const auto findings =
        with_wishes({}, {.frameworks = {"torch", "jax"}}, facts, built_in_compat_data()).findings;
    ASSERT_EQ(findings.size(), 1);
    EXPECT_EQ(findings.front().id, "gpu-framework-missing");
    EXPECT_EQ(findings.front().title, "the notebook cannot import jax, which the manifest wants");
    EXPECT_THAT(findings.front().fix.commands,
                ElementsAre("/usr/bin/python3 -m pip install 'jax[cuda12]'"));
}

TEST(Wishes, WhatIsWrongWithATorchIsToldOnce) {
    CapturedMachine machine;
    machine.torch(image_site, "2.4.1+cpu", "");
    EXPECT_THAT(told(machine, {.frameworks = {"torch"}}), ElementsAre(HasSubstr("torch-cpu-only")));
}

TEST(TracesOfAGpu, AreFoundInOneFileOrInAFolderForEachDevice) {
    CapturedMachine machine;
    const auto look = [&] {
        static_cast<void>(machine.facts());  // writes the nodes
        return may_have_gpu(posix::Inspector::captured(machine.root()).value());
    };
    EXPECT_TRUE(look());
    take_card_away(machine);
    EXPECT_FALSE(look());
    machine.card("0000:00:06.0", "0x1eb8", "");
    EXPECT_TRUE(look());
    machine.file("/proc/bus/pci/devices", "0028\t80861eb8\t0\n");
    EXPECT_FALSE(look());
    machine.file("/proc/bus/pci/devices", "0028\t80861eb8\t0\n0030\t10de1eb8\t0\n");
    EXPECT_TRUE(look());
    machine.file("/proc/bus/pci/devices", "").node("/dev/nvidiactl", 195, 255);
    EXPECT_TRUE(look());
}

}  // namespace
}  // namespace envkeep::gpu
