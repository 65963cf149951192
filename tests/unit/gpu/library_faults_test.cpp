// SPDX-License-Identifier: MIT
#include "captured_machine.hpp"
#include "envkeep/posix/processes.hpp"
#include "envkeep/system/recorder.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <chrono>
#include <string>

namespace envkeep::gpu {
namespace {

using testing::CapturedMachine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::libraries;

TEST(Libcuda, ThatIsMissingIsTheCause) {
    CapturedMachine machine;
    machine.unmount(libraries + "libcuda.so.535.104.05")
        .remove(libraries + "libcuda.so.1")
        .remove(libraries + "libcuda.so.535.104.05");

    EXPECT_THAT(machine.ids(), ElementsAre("drv-libcuda-missing"));
}

TEST(Libcuda, ThatTheCacheDoesNotHaveWantsLdconfig) {
    CapturedMachine machine;
    machine.remove(libraries + "libcuda.so.1");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("drv-ldcache-stale"));
    EXPECT_THAT(diagnosis.findings[0].fix.commands, ElementsAre("ldconfig"));
    ASSERT_EQ(diagnosis.findings[0].fix.repairs.size(), 1);
    EXPECT_EQ(diagnosis.findings[0].fix.repairs[0].kind, model::RepairKind::run_ldconfig);
}

// In a folder that ldconfig does not look into, ldconfig alone is no cure.
TEST(Libcuda, InAFolderThatNobodyNamesWantsALine) {
    CapturedMachine machine;
    const std::string folder = "/usr/local/nvidia/lib64";
    machine.unmount(libraries + "libcuda.so.535.104.05")
        .remove(libraries + "libcuda.so.1")
        .remove(libraries + "libcuda.so.535.104.05")
        .file(folder + "/libcuda.so.535.104.05",
              posix::Inspector()
                  .read(ENVKEEP_MADE_LIBRARIES_DIR "/driver/libcuda.so.1", 1U << 24U)
                  .value())
        .file("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\ninclude /etc/ld.so.conf\n")
        .file("/etc/ld.so.conf.d/libc.conf", "# libc\n/usr/local/lib\n")
        .file("/etc/ld.so.conf.d/nvidia.off", folder);
    ASSERT_THAT(machine.ids(), ElementsAre("drv-ldcache-stale"));
    const model::Fix fix = machine.diagnosis().findings[0].fix;
    EXPECT_THAT(fix.commands,
                ElementsAre("echo /usr/local/nvidia/lib64 | tee -a /etc/ld.so.conf && ldconfig"));
    EXPECT_THAT(fix.repairs, IsEmpty()) << "--fix writes the cache, and no configuration";

    machine.file("/etc/ld.so.conf.d/nvidia.conf", folder + "/  # the provider's\n");
    EXPECT_THAT(machine.diagnosis().findings[0].fix.commands, ElementsAre("ldconfig"));
    EXPECT_EQ(machine.diagnosis().findings[0].fix.repairs.size(), 1);
}

// What the command writes, and this machine's own ldconfig.
TEST(Libcuda, IsFoundOnceTheLineIsWritten) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    CapturedMachine machine;
    const std::string driver =
        posix::Inspector()
            .read(ENVKEEP_MADE_LIBRARIES_DIR "/driver/libcuda.so.1", 1U << 24U)
            .value();
    machine.unmount(libraries + "libcuda.so.535.104.05")
        .remove(libraries + "libcuda.so.1")
        .remove(libraries + "libcuda.so.535.104.05")
        .file("/usr/local/nvidia/lib64/libcuda.so.535.104.05", driver)
        .file("/etc/ld.so.conf", "/usr/local/lib\n");
    const auto ldconfig = [&] {
        return posix::Processes().run({.words = {"/sbin/ldconfig", "-r", machine.root()},
                                       .environment = {},
                                       .limit = std::chrono::seconds(20)});
    };
    ASSERT_TRUE(ldconfig().value().is_well());
    EXPECT_THAT(machine.ids(), ElementsAre("drv-ldcache-stale")) << "ldconfig alone";

    machine.file("/etc/ld.so.conf", "/usr/local/lib\n/usr/local/nvidia/lib64\n");
    ASSERT_TRUE(ldconfig().value().is_well());
    ASSERT_TRUE(machine.facts().libcuda.found.has_value());
    EXPECT_EQ(machine.facts().libcuda.found->how, FoundBy::cache);
}

TEST(Libcuda, OfTheToolkitIsAStub) {
    CapturedMachine machine;
    machine.stub_library("/usr/local/cuda-12.0/lib64/stubs/libcuda.so.1")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda/lib64:/usr/local/cuda/lib64/stubs")
        .link("/usr/local/cuda", "cuda-12.0");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("drv-stub-on-path"));
    EXPECT_THAT(diagnosis.findings[0].fix.commands,
                ElementsAre("export LD_LIBRARY_PATH=/usr/local/cuda/lib64"));
}

TEST(Libcuda, ThatIsSmallAndLeadsElsewhereIsNoStub) {
    CapturedMachine machine;
    machine.shim_library("/opt/remote-card/libcuda.so.1")
        .kernel_variable("LD_LIBRARY_PATH", "/opt/remote-card");

    EXPECT_FALSE(machine.facts().libcuda.is_stub);
}

TEST(Libcuda, OfACompatibilityPackageIsNotNeededByANewerDriver) {
    CapturedMachine machine;
    machine.library("/usr/local/cuda-11.8/compat/libcuda.so.520.61.05")
        .link("/usr/local/cuda-11.8/compat/libcuda.so.1", "libcuda.so.520.61.05")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-11.8/compat");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("drv-compat-not-needed"));
    EXPECT_THAT(diagnosis.findings[0].fix.commands, ElementsAre("unset LD_LIBRARY_PATH"));
}

TEST(Libcuda, OfACompatibilityPackageDoesNotRunOnAGeForce) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x2204")
        .library("/usr/local/cuda-12.4/compat/libcuda.so.550.54.14")
        .link("/usr/local/cuda-12.4/compat/libcuda.so.1", "libcuda.so.550.54.14")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.4/compat");

    EXPECT_THAT(machine.ids(), ElementsAre("drv-compat-unsupported-hw"));
    machine.card("0000:00:05.0", "0x20b0");
    EXPECT_THAT(machine.ids(), IsEmpty());
    machine.card("0000:00:05.0", "0x13f1");  // Quadro M4000
    EXPECT_THAT(machine.ids(), ElementsAre("drv-compat-unsupported-hw"));
}

// "Select NGC Server Ready SKUs of RTX cards": which they are no list tells.
TEST(Libcuda, OfACompatibilityPackageMayRunOnAnRtxCard) {
    CapturedMachine machine;
    machine
        .card("0000:00:05.0", "0x2230")  // RTX A6000
        .library("/usr/local/cuda-12.4/compat/libcuda.so.550.54.14")
        .link("/usr/local/cuda-12.4/compat/libcuda.so.1", "libcuda.so.550.54.14")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.4/compat");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("drv-compat-unsupported-hw"));
    EXPECT_EQ(diagnosis.findings[0].severity, model::Severity::info);
    EXPECT_THAT(diagnosis.findings[0].title, HasSubstr("is not known"));
    Facts facts = machine.facts();
    facts.probe = ProbeFacts{.libcuda = ProbePass{.is_complete = true}};
    EXPECT_THAT(diagnose(facts, built_in_compat_data()).findings, IsEmpty()) << "it computed";
}

TEST(Libcuda, OfACompatibilityPackageSaysWithWhichDriversItWorks) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x20b0")
        .compat_library("/usr/local/cuda-12.9/compat/libcuda.so.575.57.08")
        .link("/usr/local/cuda-12.9/compat/libcuda.so.1", "libcuda.so.575.57.08")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.9/compat");

    EXPECT_EQ(machine.facts().libcuda.forward,
              (ForwardCompatibility{.cuda = "12.9", .branches = {550, 575}}));
    EXPECT_THAT(machine.ids(), ElementsAre("drv-compat-wrong-branch"));
    machine.driver("550.54.14");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(Libcuda, OfTheImageHidesThatOfTheHost) {
    CapturedMachine machine;
    machine.remove(libraries + "libcuda.so.1")
        .library(libraries + "libcuda.so.470.82.01")
        .link(libraries + "libcuda.so.1", "libcuda.so.470.82.01")
        .file("/var/lib/dpkg/info/libnvidia-compute-470:amd64.list",
              "/.\n" + libraries + "libcuda.so.470.82.01\n");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("drv-libcuda-in-image"));
    EXPECT_THAT(diagnosis.findings[0].fix.commands,
                ElementsAre(HasSubstr("apt-get purge libnvidia-compute-470:amd64")));
}

TEST(Libcuda, OfAnotherVersionThanTheKernelsWantsARestart) {
    CapturedMachine machine;
    machine.unmount("/proc/driver/nvidia").driver("550.90.07");

    EXPECT_THAT(machine.ids(), ElementsAre("kmod-user-version-mismatch"));
}

TEST(Libcuda, OfTheImageStaysWhereItIsTheOnlyOne) {
    CapturedMachine machine;
    const std::string mounted = libraries + "libcuda.so.535.104.05";
    machine.unmount(mounted)
        .driver("535.161.07")
        .file("/var/lib/dpkg/info/libnvidia-compute-535:amd64.list", mounted + '\n');

    ASSERT_THAT(machine.ids(), ElementsAre("drv-libcuda-in-image"));
    const model::Fix fix = machine.diagnosis().findings[0].fix;
    EXPECT_EQ(fix.who, model::Who::restart);
    EXPECT_THAT(fix.commands, IsEmpty());
    EXPECT_THAT(fix.text, HasSubstr("NVIDIA_DRIVER_CAPABILITIES=compute,utility"));
}

// As on Kubernetes of Google's.
TEST(Libcuda, OfAMountedFolderIsNotTheImages) {
    CapturedMachine machine;
    const std::string folder = "/usr/local/nvidia/lib64";
    machine.library(folder + "/libcuda.so.550.90.07")
        .link(folder + "/libcuda.so.1", "libcuda.so.550.90.07")
        .mount("/usr/local/nvidia")
        .kernel_variable("LD_LIBRARY_PATH", folder);

    EXPECT_THAT(machine.ids(), ElementsAre("kmod-user-version-mismatch"));
}

// As in Gradient's LD_LIBRARY_PATH: the first folder is for programs of 32 bits.
TEST(Libcuda, Of32BitsIsForOtherPrograms) {
    CapturedMachine machine;
    std::string of_32_bits = posix::Inspector()
                                 .read(ENVKEEP_MADE_LIBRARIES_DIR "/driver/libcuda.so.1", 1U << 24U)
                                 .value();
    of_32_bits[4] = 1;  // ELFCLASS32
    const std::string folder = "/usr/local/nvidia/lib";
    machine.file(folder + "/libcuda.so.470.82.01", of_32_bits)
        .link(folder + "/libcuda.so.1", "libcuda.so.470.82.01")
        .kernel_variable("LD_LIBRARY_PATH", folder + ':' + folder + "64");
    EXPECT_THAT(machine.ids(), IsEmpty());

    machine.unmount(libraries + "libcuda.so.535.104.05")
        .remove(libraries + "libcuda.so.1")
        .remove(libraries + "libcuda.so.535.104.05");
    EXPECT_THAT(machine.ids(), ElementsAre("drv-libcuda-missing"));
}

// Each list is read once for all libraries, and all of them together no further than to a limit;
// those of drivers come before the many others of CUDA.
TEST(LibrariesOfTheDriver, AreLookedForInListsUpToALimit) {
    CapturedMachine machine;
    const std::string folder = "/var/lib/dpkg/info/";
    std::string list = "/.\n";
    while (list.size() < 1'000'000) {
        list += "/usr/local/cuda-12.4/include/thrust/detail/complex/arithmetic.h\n";
    }
    for (char letter = 'a'; letter <= 't'; ++letter) {
        machine.file(folder + "cuda-" + letter + ".list", list);
    }
    for (const std::string name : {"libcuda.so", "libnvidia-ml.so"}) {
        const std::string real = libraries + name + ".535.104.05";
        machine.unmount(real).file(folder + "libnvidia-" + name + ".list", list + real + '\n');
    }
    const Surroundings surroundings = machine.written();
    const posix::Inspector inner = posix::Inspector::captured(machine.root()).value();
    const system::Recorder recorder(inner);
    const Facts facts = observe(recorder, surroundings);

    EXPECT_EQ(facts.libcuda.owner, "libnvidia-libcuda.so");
    EXPECT_EQ(facts.libnvidia_ml.owner, "libnvidia-libnvidia-ml.so");
    EXPECT_EQ(facts.ptx_compiler.owner, "");
    std::uint64_t bytes = 0;
    for (const auto& [path, parts] : recorder.recording().parts) {
        for (const auto& [offset, part] : parts) {
            bytes += path.starts_with(folder) ? part.size() : 0;
        }
    }
    EXPECT_LE(bytes, 9'000'000U);
}

TEST(LibrariesOfTheDriver, ThatCudaCanDoWithoutAreWarningsOnly) {
    CapturedMachine machine;
    machine.unmount(libraries + "libnvidia-ml.so.535.104.05")
        .remove(libraries + "libnvidia-ml.so.1")
        .remove(libraries + "libnvidia-ml.so.535.104.05")
        .unmount(libraries + "libnvidia-ptxjitcompiler.so.535.104.05")
        .remove(libraries + "libnvidia-ptxjitcompiler.so.1")
        .remove(libraries + "libnvidia-ptxjitcompiler.so.535.104.05");

    EXPECT_THAT(machine.ids(), ElementsAre("drv-ptxjit-missing", "drv-nvml-missing"));
    EXPECT_TRUE(machine.diagnosis().broken.empty());
}

TEST(AnImage, WithoutGlibcCannotLoadTheDriver) {
    CapturedMachine machine;
    machine.remove("/lib64/ld-linux-x86-64.so.2");

    EXPECT_THAT(machine.ids(), ElementsAre("drv-musl-image"));
}

TEST(ALaterFinding, IsNotTheCause) {
    CapturedMachine machine;
    machine.node("/dev/nvidiactl", 195, 255, 1).remove(libraries + "libcuda.so.1");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-cgroup-lost", "drv-ldcache-stale"));
    EXPECT_TRUE(diagnosis.findings[0].is_cause);
    EXPECT_FALSE(diagnosis.findings[1].is_cause);
    EXPECT_THAT(diagnosis.broken, ElementsAre(Stage::nodes, Stage::libcuda));
}

}  // namespace
}  // namespace envkeep::gpu
