// SPDX-License-Identifier: MIT
#include "envkeep/gpu/probe.hpp"

#include "envkeep/posix/inspector.hpp"
#include "gpu/elf.hpp"
#include "probed_machine.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

// The program that loads the driver, and what is made of its answers.
namespace envkeep::gpu {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::FakeDriver;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TheProbe, NeedsNoMoreOfTheLibcThanEachOneHas) {
    const posix::Inspector machine;
    const Elf elf = read_elf(machine, ENVKEEP_GPU_PROBE).value();
    const std::string strings = dynamic_strings(machine, elf).value();

    EXPECT_EQ(elf.interpreter, "/lib64/ld-linux-x86-64.so.2");
    EXPECT_THAT(elf.needed, ElementsAre("libdl.so.2", "libc.so.6"));
    EXPECT_THAT(elf.rpath, IsEmpty());
    EXPECT_THAT(elf.runpath, IsEmpty());
    EXPECT_FALSE(elf.wants_executable_stack);
    EXPECT_EQ(highest_version(strings, "GLIBC"), "GLIBC_2.2.5");
    for (const char* const name : {"dlopen", "dlsym", "dlerror"}) {
        EXPECT_TRUE(has_name(strings, name)) << name;
    }
    EXPECT_LT(std::filesystem::file_size(ENVKEEP_GPU_PROBE), 20'000U);
}

TEST(TheProbe, TellsWhatTheDriverSaysOfACard) {
    const ProbeFacts facts = FakeDriver{"ecc=3 used=1000 process=77 links=4 fabric=3"}.probe();

    ASSERT_TRUE(facts.nvml);
    EXPECT_TRUE(facts.nvml->is_well()) << facts.nvml->failed;
    EXPECT_THAT(facts.nvml->library, EndsWith("/libnvidia-ml.so.1"));
    EXPECT_EQ(facts.driver, "535.104.05");
    EXPECT_EQ(facts.cuda, "12.2");
    ASSERT_EQ(facts.cards.size(), 1U);
    const ProbedCard& card = facts.cards.front();
    EXPECT_EQ(card.name, "Tesla T4");
    EXPECT_EQ(card.address, "0000:00:05.0");
    EXPECT_EQ(card.uncorrected_errors, 3U);
    EXPECT_EQ(card.memory_total, std::uint64_t{16} << 30U);
    EXPECT_EQ(card.memory_used, 1000U);
    EXPECT_EQ(card.compute_mode, 0U);
    EXPECT_EQ(card.is_persistent, true);
    EXPECT_EQ(card.fabric_state, 3U);
    EXPECT_EQ(card.recovery, 0U);
    EXPECT_EQ(card.links_active, 4U);
    ASSERT_EQ(card.processes.size(), 1U);
    EXPECT_EQ(card.processes.front().pid, 77);
}

TEST(TheProbe, RunsAKernelOnEachCardAndComparesWhatItWrote) {
    const ProbeFacts facts = FakeDriver{"cards=2 capability#1=90"}.probe();

    EXPECT_TRUE(facts.computes());
    ASSERT_EQ(facts.computed.size(), 2U);
    EXPECT_EQ(facts.computed[0].uuid, "GPU-00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(facts.computed[1].uuid, "GPU-00000000-0000-0000-0000-000000000001");
    EXPECT_EQ(facts.computed[1].address, "0000:00:06.0");
    EXPECT_EQ(facts.computed[1].capability, (Capability{.major = 9, .minor = 0}));
    EXPECT_THAT(facts.libcuda->steps, Contains(Field(&ProbeStep::name, "cuLaunchKernel")).Times(2));
}

TEST(TheProbe, FindsWhatIsRelativeInTheFolderOfTheNotebook) {
    const std::string driver = ENVKEEP_FAKE_DRIVER_DIR;
    const std::size_t slash = driver.rfind('/');
    const std::string name = driver.substr(slash + 1);
    const FakeDriver in_its_parent{.answers = {},
                                   .variables = {{"LD_LIBRARY_PATH", "/none:" + name}},
                                   .folder = driver.substr(0, slash)};
    const FakeDriver in_it{.answers = {},
                           .variables = {{"LD_LIBRARY_PATH", "/none:"},
                                         {"LD_PRELOAD", "./libcuda.so.1 libnvidia-ml.so.1"}},
                           .folder = driver};

    for (const FakeDriver& fake : {in_its_parent, in_it}) {
        const ProbeFacts facts = fake.probe();
        EXPECT_TRUE(facts.nvml->is_well()) << facts.nvml->missing;
        EXPECT_EQ(facts.nvml->library, driver + "/libnvidia-ml.so.1");
        EXPECT_THAT(facts.nvml->said, IsEmpty());
        EXPECT_TRUE(facts.computes());
    }
}

TEST(TheProbe, SeesThatAResultIsWrong) {
    const ProbeFacts facts = FakeDriver{"wrong_word=255 wrong_bits=4"}.probe();

    EXPECT_FALSE(facts.computes());
    EXPECT_TRUE(facts.computed.front().is_wrong);
    EXPECT_EQ(facts.libcuda->failed, "comparing what the kernel wrote");
}

// The source is written so that the oldest driver that knows a card takes it.
TEST(TheProbe, HasAKernelForOldDriversAndForEachCard) {
    for (const char* const machine : {"capability=37 ptx=60",
                                      "capability=50 ptx=60",
                                      "capability=70 ptx=60",
                                      "capability=75 ptx=63",
                                      "capability=86 ptx=71",
                                      "capability=120 ptx=88"}) {
        EXPECT_TRUE(FakeDriver{machine}.probe().computes()) << machine;
    }
}

TEST(TheProbe, FillsAndCopiesWhereNothingIsCompiled) {
    for (const char* const code : {"221", "222", "223"}) {
        const ProbeFacts facts = FakeDriver{std::string("cuModuleLoadData=") + code}.probe();

        EXPECT_FALSE(facts.computes());
        EXPECT_EQ(std::to_string(facts.libcuda->code), code);
        EXPECT_TRUE(facts.computed.front().copies);
    }
}

TEST(TheProbe, DoesNotStartCudaUnlessAsked) {
    const ProbeFacts facts = FakeDriver{}.probe({.depth = ProbeDepth::nvml, .nvml_limit = 60s});

    EXPECT_TRUE(facts.nvml->is_well());
    EXPECT_FALSE(facts.libcuda);
    EXPECT_FALSE(facts.computes());
}

TEST(TheProbe, SurvivesACrashAndTellsWhere) {
    const ProbeFacts facts = FakeDriver{"cuInit=crash"}.probe();

    EXPECT_TRUE(facts.nvml->is_well());
    EXPECT_TRUE(facts.libcuda->has_crashed());
    EXPECT_EQ(facts.libcuda->signal, SIGSEGV);
    EXPECT_EQ(facts.libcuda->last, "cuInit");
}

TEST(TheProbe, IsEndedWhereTheDriverHangs) {
    for (const char* const how : {"cuCtxSynchronize=hang", "cuCtxSynchronize=loop"}) {
        const ProbeFacts facts = FakeDriver{how}.probe(
            {.depth = ProbeDepth::compute, .nvml_limit = 60s, .cuda_limit = 2s});

        EXPECT_TRUE(facts.libcuda->has_hung());
        EXPECT_FALSE(facts.libcuda->has_crashed());
        EXPECT_EQ(facts.libcuda->last, "cuCtxSynchronize");
        EXPECT_FALSE(facts.computes());
    }
}

TEST(TheProbe, RepeatsWhatTheLoaderSaysOfAMissingLibrary) {
    const ProbeFacts facts = FakeDriver{{}, {{"LD_LIBRARY_PATH", "/no/such/folder"}}}.probe();

    EXPECT_FALSE(facts.nvml->is_well());
    EXPECT_THAT(facts.libcuda->missing, HasSubstr("libcuda.so.1: cannot open shared object file"));
}

TEST(TheProbe, IsNotConfusedByWhatALibraryPrints) {
    const ProbeFacts facts = FakeDriver{"nvmlInit_v2=print cuInit=print"}.probe();

    EXPECT_TRUE(facts.nvml->is_well());
    EXPECT_TRUE(facts.computes());
    EXPECT_THAT(facts.libcuda->said, HasSubstr("something ekprobe that nobody asked for"));
}

TEST(TheProbe, TakesWhatADriverDoesNotKnowForUnknown) {
    const ProbeFacts facts =
        FakeDriver{
            "nvmlDeviceGetTotalEccErrors=3 nvmlDeviceGetMigMode=13 "
            "nvmlDeviceGetGpuFabricInfoV=3"}
            .probe({.depth = ProbeDepth::nvml, .nvml_limit = 60s});

    EXPECT_TRUE(facts.nvml->is_well());
    EXPECT_EQ(facts.cards.front().uncorrected_errors, std::nullopt);
    EXPECT_EQ(facts.cards.front().is_mig, std::nullopt);
    EXPECT_EQ(facts.cards.front().fabric_state, std::nullopt);
}

TEST(TheProbe, ProvesWhichVariableIsToBlame) {
    const ProbeFacts facts =
        FakeDriver{"cuInit@CUDA_INJECTION64_PATH=999",
                   {{"CUDA_INJECTION64_PATH", "/opt/tool.so"}, {"CUDA_VISIBLE_DEVICES", "0"}}}
            .probe();

    ASSERT_TRUE(facts.libcuda->has_culprit());
    EXPECT_THAT(facts.libcuda->trial->culprits, ElementsAre("CUDA_INJECTION64_PATH"));
    EXPECT_THAT(facts.nvml->trial, std::nullopt);
}

TEST(TheProbe, NamesEachVariableThatBreaksIt) {
    const ProbeFacts facts = FakeDriver{
        "cuInit@CUDA_INJECTION64_PATH=999 cuInit@CUDA_MODULE_LOADING=999",
        {{"CUDA_INJECTION64_PATH", "/opt/tool.so"},
         {"CUDA_MODULE_LOADING", "LAZY"},
         {"CUDA_VISIBLE_DEVICES",
          "0"}}}.probe();

    ASSERT_TRUE(facts.libcuda->has_culprit());
    EXPECT_THAT(facts.libcuda->trial->culprits,
                ElementsAre("CUDA_INJECTION64_PATH", "CUDA_MODULE_LOADING"));
}

TEST(TheProbe, BlamesNoVariableWhereItFailsWithoutThemToo) {
    const ProbeFacts facts = FakeDriver{"cuInit=802", {{"CUDA_MODULE_LOADING", "LAZY"}}}.probe();

    EXPECT_FALSE(facts.libcuda->has_culprit());
    EXPECT_EQ(facts.libcuda->code, 802);
}

TEST(TheProbe, HasWhatAKernelspecAddsToTheServers) {
    const ProbeFacts facts = FakeDriver{"", {}, {{"FAKE_GPU", "cuInit=802"}}}.probe();

    EXPECT_EQ(facts.libcuda->code, 802);
}

TEST(TheProbe, HasTheEnvironmentOfTheNotebookAndLeavesNoCache) {
    const ProbeFacts facts = FakeDriver{"cuInit@CUDA_CACHE_DISABLE=0 cuInit=1"}.probe();

    EXPECT_TRUE(facts.libcuda->is_well());
}

}  // namespace
}  // namespace envkeep::gpu
