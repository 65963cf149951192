// SPDX-License-Identifier: MIT
#include "probe_faults.hpp"

#include "coverage.hpp"
#include "probed_machine.hpp"

#include <gmock/gmock.h>

// A fault of the driver or the card -> what the fake driver answers -> the finding.
namespace envkeep::gpu {
namespace {

using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using testing::FakeDriver;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ProbeFault;

std::vector<std::string> ids_of(const Diagnosis& diagnosis) {
    std::vector<std::string> ids;
    for (const model::Finding& finding : diagnosis.findings) {
        ids.push_back(finding.id);
    }
    return ids;
}

Diagnosis diagnosis_of(CapturedMachine& machine, const FakeDriver& driver) {
    Facts facts = machine.facts();
    facts.probe = driver.probe();
    return diagnose(facts, built_in_compat_data());
}

TEST(ProbeFaults, AreFoundEachAlone) {
    for (const ProbeFault& fault : testing::probe_faults()) {
        const Diagnosis diagnosis = testing::diagnosis_of(fault);

        std::vector<std::string> expected{fault.id};
        if (!fault.also.empty()) {
            expected.push_back(fault.also);
        }
        EXPECT_THAT(ids_of(diagnosis), ElementsAreArray(expected)) << fault.answers;
        testing::note_cause(diagnosis, testing::Source::fake_driver);
        for (const model::Finding& finding : diagnosis.findings) {
            EXPECT_THAT(finding.evidence, Not(IsEmpty())) << fault.answers;
            EXPECT_FALSE(finding.fix.text.empty() && finding.fix.commands.empty());
            EXPECT_FALSE(finding.subject.empty()) << fault.answers;
        }
    }
}

TEST(ProbeFaults, AreNoneWhereTheDriverIsWell) {
    for (const ProbeFault& machine : testing::healthy_probes()) {
        const Diagnosis diagnosis = testing::diagnosis_of(machine);

        testing::note_healthy(diagnosis);
        EXPECT_THAT(ids_of(diagnosis), IsEmpty()) << machine.id;
    }
}

TEST(ACardThatComputes, DisprovesEverySuspicionOfTheFiles) {
    CapturedMachine machine;
    machine.driver("535.161.07", "535.104.05").node("/dev/nvidia-uvm", 509, 0);
    ASSERT_THAT(machine.ids(), Not(IsEmpty()));

    EXPECT_THAT(ids_of(diagnosis_of(machine, {})), IsEmpty());
}

TEST(ACardThatComputes, DoesNotMakeUpForATorchWithoutCuda) {
    CapturedMachine machine;
    machine.torch(testing::image_site, "2.4.1", "");
    const std::vector<std::string> ids = machine.ids();
    ASSERT_THAT(ids, Contains("torch-cpu-only"));

    EXPECT_EQ(ids_of(diagnosis_of(machine, {})), ids);
}

TEST(ACardThatComputes, SaysThatTheRunningNotebookIsToBlameForWhatFailsInIt) {
    CapturedMachine machine;
    machine.holder(200, "200 (python3) S 1 200 200 0\n");

    const Diagnosis diagnosis = diagnosis_of(machine, {});

    EXPECT_THAT(ids_of(diagnosis), ElementsAre("nb-sticky-cuda-error", "nb-fork-reinit"));
    EXPECT_EQ(diagnosis.findings.front().severity, model::Severity::info);
}

// Nor is its worker another notebook, or the one that counts.
TEST(ACardThatComputes, SaysThatWorkersOfTheNotebookWereForked) {
    CapturedMachine machine;
    const std::string command("/usr/bin/python3\0-m\0ipykernel_launcher\0-f\0x.json", 49);
    machine.holder(200, "200 (python3) S 1 200 200 0\n")
        .holder(312, "312 (python3) S 200 200 200 0\n")
        .file("/proc/312/cmdline", command)
        .file("/proc/312/environ", "HOME=/root");

    EXPECT_EQ(machine.facts().notebook.pid, 200);
    const Diagnosis diagnosis = diagnosis_of(machine, {});
    EXPECT_THAT(ids_of(diagnosis), ElementsAre("nb-fork-reinit", "nb-sticky-cuda-error"));
    EXPECT_THAT(
        diagnosis.findings.front().evidence,
        ElementsAre("/proc/312: forked by the notebook 200, from which it has the card open"));

    // Another notebook, which the same server started.
    machine.file("/proc/312/stat", "312 (python3) S 100 200 200 0\n");
    EXPECT_EQ(machine.facts().notebook.pid, 312);
    EXPECT_THAT(ids_of(diagnosis_of(machine, {})), Contains("res-gpu-mem-own-kernel"));
}

TEST(ASuspicionOfTheFiles, GetsTheAnswerOfTheDriverAsEvidence) {
    CapturedMachine machine;
    machine.node("/dev/nvidia-uvm", 509, 0);

    const Diagnosis diagnosis = diagnosis_of(machine, {"cuInit=999"});

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("dev-uvm-stale-major"));
    EXPECT_THAT(diagnosis.findings.front().evidence,
                Contains("probe: cuInit gave CUDA_ERROR_UNKNOWN (999)"));
}

TEST(ASuspicionOfTheFiles, GetsTheProofThatWithoutTheVariableItWorks) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_VISIBLE_DEVICES", "-1");

    const Diagnosis diagnosis = diagnosis_of(machine, {{}, {{"CUDA_VISIBLE_DEVICES", "-1"}}});

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("env-cvd-empty"));
    EXPECT_THAT(diagnosis.findings.front().evidence,
                Contains("probe: without CUDA_VISIBLE_DEVICES it works"));
}

TEST(ASuspicionOfTheFiles, IsTakenBackWhereTheLibraryShowsThatItIsTheRightOne) {
    CapturedMachine machine;
    const std::string mounted = testing::libraries + "libcuda.so.535.104.05";
    machine.unmount(mounted).driver("535.161.07");
    ASSERT_THAT(machine.ids(), ElementsAre("drv-libcuda-in-image"));

    EXPECT_THAT(ids_of(diagnosis_of(machine, {"cuMemAlloc_v2=719"})),
                ElementsAre("cuda-error-unknown"));
    EXPECT_THAT(ids_of(diagnosis_of(machine, {"cuInit=803"})), ElementsAre("drv-libcuda-in-image"));
}

TEST(AVariableThatIsToBlame, DisprovesWhatWasSuspectedBesides) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_VISIBLE_DEVICES", "-1").node("/dev/nvidia-uvm", 509, 0);

    EXPECT_THAT(ids_of(diagnosis_of(machine, {{}, {{"CUDA_VISIBLE_DEVICES", "-1"}}})),
                ElementsAre("env-cvd-empty"));
}

TEST(MemoryOfTheCard, IsToldWhereOtherNotebooksHaveIt) {
    CapturedMachine machine;
    machine.holder(200, "200 (python3) S 1 200 200 0\n")
        .file("/proc/201/cmdline", std::string("/usr/bin/python3\0-m\0ipykernel_launcher\0", 40))
        .holder(201, "201 (python3) S 1 201 201 0\n");

    const Diagnosis diagnosis = diagnosis_of(machine, {"used=17000000000 cuMemAlloc_v2=2"});

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("res-gpu-mem-own-kernel"));
    EXPECT_EQ(diagnosis.findings.front().severity, model::Severity::error);
    EXPECT_THAT(diagnosis.findings.front().evidence,
                AllOf(Contains(HasSubstr("of 16.0 GiB used")),
                      Contains("probe: cuMemAlloc_v2 gave CUDA_ERROR_OUT_OF_MEMORY (2)")));
}

// NVML may take long where several cards are initialised anew.
TEST(ADriverThatIsSlow, IsNoFaultWhereTheCardComputes) {
    const ProbeWish wish{.depth = ProbeDepth::compute,
                         .nvml_limit = std::chrono::seconds(1),
                         .cuda_limit = std::chrono::minutes(1)};
    Facts facts = CapturedMachine().facts();
    facts.probe = FakeDriver{"nvmlInit_v2=hang"}.probe(wish);
    ASSERT_TRUE(facts.probe->nvml->has_hung());

    EXPECT_THAT(ids_of(diagnose(facts, built_in_compat_data())), IsEmpty());

    facts.probe->libcuda.reset();
    const Diagnosis without_cuda = diagnose(facts, built_in_compat_data());
    ASSERT_THAT(ids_of(without_cuda), ElementsAre("hw-gsp-timeout"));
    EXPECT_EQ(without_cuda.findings.front().severity, model::Severity::warning);
}

TEST(ADriverThatIsSlow, IsAnErrorWhereItCannotEvenBeKilled) {
    Facts facts = CapturedMachine().facts();
    facts.probe = ProbeFacts{
        .nvml = ProbePass{.last = "nvmlInit_v2", .is_over_time = true, .is_stuck = true}};

    const Diagnosis diagnosis = diagnose(facts, built_in_compat_data());

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("hw-gsp-timeout"));
    EXPECT_EQ(diagnosis.findings.front().severity, model::Severity::error);
    EXPECT_THAT(diagnosis.findings.front().evidence.front(), HasSubstr("hangs in the kernel"));
}

TEST(TheKernelsDriver, IsAnEvidenceOfItsOwn) {
    CapturedMachine machine;
    Facts facts = machine.driver("535.161.07").facts();
    facts.probe = FakeDriver{"cuInit=803"}.probe();
    facts.probe->kernel_version = "535.161.07";

    const Diagnosis diagnosis = diagnose(facts, built_in_compat_data());

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("kmod-user-version-mismatch"));
    EXPECT_THAT(diagnosis.findings.front().evidence,
                Contains("/dev/nvidiactl: the kernel's driver is 535.161.07"));
}

TEST(AMissingLibrary, IsToldInTheLoadersWords) {
    CapturedMachine machine;

    const Diagnosis diagnosis =
        diagnosis_of(machine, {{}, {{"LD_LIBRARY_PATH", "/no/such/folder"}}});

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("drv-libcuda-missing", "drv-nvml-missing"));
    EXPECT_THAT(diagnosis.findings.front().evidence,
                ElementsAre(HasSubstr("libcuda.so.1: cannot open shared object file")));
}

TEST(AMissingLibrary, IsNoFaultOnAMachineWithoutACard) {
    Facts facts{.pci = {.is_readable = true}, .has_glibc_loader = true};
    facts.probe = FakeDriver{{}, {{"LD_LIBRARY_PATH", "/no/such/folder"}}}.probe();

    EXPECT_THAT(ids_of(diagnose(facts, built_in_compat_data())), ElementsAre("pci-no-gpu"));
}

TEST(AProbeThatCouldNotStart, SaysWhy) {
    CapturedMachine machine;
    Facts facts = machine.facts();
    facts.probe = ProbeFacts{.nvml = ProbePass{.not_started = "cannot start: it was forbidden"}};

    const Diagnosis diagnosis = diagnose(facts, built_in_compat_data());

    ASSERT_THAT(ids_of(diagnosis), ElementsAre("probe-not-started"));
    EXPECT_EQ(diagnosis.findings.front().severity, model::Severity::warning);
}

TEST(AProbeThatCouldNotStart, ForWantOfAGlibcTellsOfTheImage) {
    CapturedMachine machine;
    machine.remove("/lib64/ld-linux-x86-64.so.2");
    Facts facts = machine.facts();
    facts.probe = ProbeFacts{.nvml = ProbePass{.not_started = "cannot start: not found"}};

    EXPECT_THAT(ids_of(diagnose(facts, built_in_compat_data())), ElementsAre("drv-musl-image"));
}

}  // namespace
}  // namespace envkeep::gpu
