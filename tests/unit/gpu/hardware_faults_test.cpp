// SPDX-License-Identifier: MIT
#include "captured_machine.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <string>

namespace envkeep::gpu {
namespace {

using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::libraries;
using ::testing::Not;

// The machine without what the container runtime gave it.
CapturedMachine& without_runtime(CapturedMachine& machine) {
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        machine.unmount(libraries + name + ".535.104.05")
            .remove(libraries + name + ".535.104.05")
            .remove(libraries + name + ".1");
    }
    return machine.unmount("/proc/driver/nvidia")
        .no_node("/dev/nvidiactl")
        .no_node("/dev/nvidia0")
        .no_node("/dev/nvidia-uvm");
}

TEST(AHealthyMachine, HasNoFinding) {
    CapturedMachine machine;

    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_TRUE(machine.diagnosis().broken.empty());
}

TEST(AMachineWithoutACard, IsNoFault) {
    CapturedMachine machine;
    without_runtime(machine)
        .remove("/sys/bus/pci/devices/0000:00:05.0")
        .remove("/sys/module/nvidia")
        .remove("/proc/driver/nvidia")
        .file("/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n");

    const Diagnosis diagnosis = machine.diagnosis();

    ASSERT_EQ(diagnosis.findings.size(), 1U);
    EXPECT_EQ(diagnosis.findings[0].id, "pci-no-gpu");
    EXPECT_EQ(diagnosis.findings[0].severity, model::Severity::info);
}

// gVisor and Firecracker show no PCI bus at all.
TEST(AMachineWithoutACard, IsNoneWithoutAPciBusToo) {
    CapturedMachine machine;
    without_runtime(machine)
        .remove("/sys/bus/pci")
        .remove("/sys/module/nvidia")
        .remove("/proc/driver/nvidia");

    const Diagnosis diagnosis = machine.diagnosis();

    ASSERT_EQ(diagnosis.findings.size(), 1U);
    EXPECT_EQ(diagnosis.findings[0].id, "pci-no-gpu");
    EXPECT_EQ(diagnosis.findings[0].evidence.front(),
              "/sys/bus/pci/devices: no device at all, as in a sandbox");
}

TEST(AMachineWithoutACard, IsNoneThoughItsKernelHasTheDriver) {
    CapturedMachine machine;
    without_runtime(machine)
        .remove("/sys/bus/pci/devices/0000:00:05.0")
        .remove("/proc/driver/nvidia/gpus")
        .file("/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n");

    EXPECT_THAT(machine.ids(), ElementsAre("pci-no-gpu"));
}

TEST(ACard, ThatFellOffTheBusIsTheCause) {
    CapturedMachine machine;
    machine.file("/sys/bus/pci/devices/0000:00:05.0/config", "\xff\xff\xff\xff");

    EXPECT_THAT(machine.ids(), ElementsAre("hw-off-bus"));
}

TEST(ACard, ThatTheDriverKnowsAndTheBusDoesNotIsLost) {
    CapturedMachine machine;
    machine.file("/proc/driver/nvidia/gpus/0000:00:06.0/information", "Model: Tesla T4\n");

    EXPECT_THAT(machine.ids(), ElementsAre("hw-off-bus"));
}

TEST(ACard, OfAnotherDriverIsNamed) {
    CapturedMachine machine;
    without_runtime(machine)
        .card("0000:00:05.0", "0x1eb8", "vfio-pci")
        .remove("/sys/module/nvidia")
        .remove("/proc/driver/nvidia");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_THAT(machine.ids(), ElementsAre("pci-foreign-driver"));
    EXPECT_THAT(diagnosis.findings[0].evidence[0], HasSubstr("vfio-pci (Tesla T4"));
}

TEST(ACard, OfAnotherMachineOfTheHostIsNoFault) {
    CapturedMachine machine;
    machine.card("0000:00:06.0", "0x1eb8", "vfio-pci");

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(ACard, ThatWasPromisedAndDidNotComeIsAWarning) {
    CapturedMachine machine;
    machine.container_variable("NVIDIA_VISIBLE_DEVICES", "0,1");

    EXPECT_THAT(machine.ids(), ElementsAre("pci-count-short"));
    EXPECT_TRUE(machine.diagnosis().broken.empty());
}

TEST(TheDriver, ThatIsNotLoadedIsTheCause) {
    CapturedMachine machine;
    without_runtime(machine)
        .card("0000:00:05.0", "0x1eb8", "")
        .remove("/sys/module/nvidia")
        .remove("/proc/driver/nvidia")
        .file("/proc/devices", "Character devices:\n  1 mem\n");

    EXPECT_THAT(machine.ids(), ElementsAre("kmod-not-loaded"));
}

TEST(TheDriver, ThatForgotTheCardIsTheCause) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x13f1").driver("595.58.03");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_EQ(diagnosis.findings[0].id, "kmod-gpu-legacy");
    EXPECT_TRUE(diagnosis.findings[0].is_cause);
    EXPECT_THAT(diagnosis.findings[0].evidence[0], HasSubstr("Maxwell"));
}

TEST(TheDriver, NewerThanTheDataIsNoFault) {
    CapturedMachine machine;
    machine.driver("901.10.01");
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        machine.remove(libraries + name + ".1")
            .library(libraries + name + ".901.10.01")
            .link(libraries + name + ".1", name + ".901.10.01")
            .mount(libraries + name + ".901.10.01");
    }

    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheDriver, OfTheOpenKindIsWrongForAnOldCard) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x13f1")
        .file(
            "/proc/driver/nvidia/version",
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.104.05  Release Build\n");

    EXPECT_THAT(machine.ids(), ElementsAre("kmod-wrong-flavour"));
}

TEST(TheDriver, WithoutUvmIsTheCause) {
    CapturedMachine machine;
    machine.remove("/sys/module/nvidia_uvm")
        .file("/proc/devices", "Character devices:\n195 nvidia\n")
        .no_node("/dev/nvidia-uvm");

    EXPECT_THAT(machine.ids(), ElementsAre("kmod-uvm-missing"));
}

TEST(Nodes, ThatAreMissingAreTheCause) {
    CapturedMachine machine;
    machine.no_node("/dev/nvidia0");

    EXPECT_THAT(machine.ids(), ElementsAre("dev-nodes-missing"));
}

TEST(Nodes, ThatTheCgroupDeniesAreToldFromThoseThatTheModeDenies) {
    CapturedMachine denied;
    CapturedMachine closed;
    denied.node("/dev/nvidiactl", 195, 255, EPERM);
    closed.node("/dev/nvidia0", 195, 0, EACCES);

    EXPECT_THAT(denied.ids(), ElementsAre("ctr-cgroup-lost"));
    EXPECT_THAT(closed.ids(), ElementsAre("dev-node-permission"));
    EXPECT_THAT(closed.diagnosis().findings[0].fix.commands, ElementsAre("chmod 666 /dev/nvidia0"));
    EXPECT_THAT(closed.user(1000).diagnosis().findings[0].fix.commands,
                ElementsAre("sudo chmod 666 /dev/nvidia0"));
}

TEST(Nodes, OfUvmMayBeMissingOrStale) {
    CapturedMachine missing;
    CapturedMachine stale;
    missing.no_node("/dev/nvidia-uvm");
    stale.node("/dev/nvidia-uvm", 511, 0);

    EXPECT_THAT(missing.ids(), ElementsAre("dev-uvm-node-missing"));
    EXPECT_THAT(missing.diagnosis().findings[0].fix.commands,
                ElementsAre("mknod -m 666 /dev/nvidia-uvm c 510 0"));
    EXPECT_THAT(missing.user(1000).diagnosis().findings[0].fix.commands,
                ElementsAre("sudo mknod -m 666 /dev/nvidia-uvm c 510 0"));
    EXPECT_THAT(stale.ids(), ElementsAre("dev-uvm-stale-major"));
}

TEST(Nodes, OfAMigInstanceMayBeMissing) {
    CapturedMachine machine;
    machine.file("/proc/driver/nvidia/capabilities/gpu0/mig/gi1/ci0/access",
                 "DeviceFileMinor: 12\nDeviceFileMode: 292\n");

    EXPECT_THAT(machine.ids(), ElementsAre("dev-mig-caps-missing"));
    machine.node("/dev/nvidia-caps/nvidia-cap12", 236, 12);
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheContainer, WithoutTheRuntimeIsTheCause) {
    CapturedMachine machine;
    without_runtime(machine);

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-no-nvidia-runtime"));
}

TEST(TheContainer, WithoutTheRuntimeIsTheCauseWithoutAPciBusToo) {
    CapturedMachine machine;
    without_runtime(machine).remove("/sys/bus/pci").remove("/proc/driver/nvidia/gpus");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-no-nvidia-runtime"));
    EXPECT_TRUE(machine.diagnosis().findings[0].is_cause);
}

TEST(TheContainer, HasNothingOfTheDriverInAVolumeThatIsCalledLikeIt) {
    CapturedMachine machine;
    without_runtime(machine).mount("/datasets/nvidia", "nfs4");

    EXPECT_THAT(machine.facts().container.mounted, IsEmpty());
    EXPECT_THAT(machine.ids(), ElementsAre("ctr-no-nvidia-runtime"));
}

TEST(TheContainer, ThatAskedForNothingGotNothing) {
    CapturedMachine machine;
    without_runtime(machine).container_variable("NVIDIA_VISIBLE_DEVICES", "void");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-visible-void"));
}

TEST(TheContainer, ThatAskedForNoCardHasNone) {
    CapturedMachine machine;
    machine.container_variable("NVIDIA_VISIBLE_DEVICES", "none").no_node("/dev/nvidia0");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-visible-none"));
}

TEST(TheContainer, ThatAskedForNoCudaHasNone) {
    CapturedMachine machine;
    machine.container_variable("NVIDIA_DRIVER_CAPABILITIES", "utility")
        .no_node("/dev/nvidia-uvm")
        .unmount(libraries + "libcuda.so.535.104.05")
        .remove(libraries + "libcuda.so.1")
        .remove(libraries + "libcuda.so.535.104.05");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-caps-no-compute"));
}

TEST(TheContainer, ThatAskedForNoCudaHasNoneThoughTheImageBringsALibcuda) {
    const std::string compat = "/usr/local/cuda-12.4/compat/libcuda.so";
    CapturedMachine machine;
    machine.container_variable("NVIDIA_DRIVER_CAPABILITIES", "utility")
        .library(compat + ".550.54.14")
        .link(compat + ".1", "libcuda.so.550.54.14")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.4/compat");
    EXPECT_THAT(machine.ids(), Not(Contains("ctr-caps-no-compute")));  // the driver's is mounted

    machine.unmount(libraries + "libcuda.so.535.104.05")
        .remove(libraries + "libcuda.so.1")
        .remove(libraries + "libcuda.so.535.104.05");
    EXPECT_THAT(machine.ids(), Contains("ctr-caps-no-compute"));
}

TEST(TheContainer, WhoseImageAsksForMoreIsWarnedOf) {
    CapturedMachine machine;
    machine.container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=12.4 brand=tesla");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-require-unsatisfied"));
    machine.container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=12.2");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

TEST(TheContainer, WhoseHostChangedItsDriverMustStartAgain) {
    CapturedMachine machine;
    machine.driver("550.90.07", "535.104.05");

    const Diagnosis diagnosis = machine.diagnosis();

    EXPECT_EQ(diagnosis.findings[0].id, "ctr-stale-proc");
    EXPECT_EQ(diagnosis.findings[0].fix.who, model::Who::restart);
}

TEST(TheContainer, OfGvisorIsANote) {
    CapturedMachine machine;
    machine.file("/proc/version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-gvisor-driver"));
}

TEST(TheContainer, WithASharingHookIsWarnedOf) {
    CapturedMachine machine;
    machine.file("/etc/ld.so.preload", "/usr/local/vgpu/libvgpu.so\n");

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-gpu-share-hook"));
}

TEST(TheContainer, OfWslNeedsTheDriverOfWindows) {
    CapturedMachine machine;
    without_runtime(machine)
        .remove("/sys/bus/pci/devices/0000:00:05.0")
        .remove("/sys/module/nvidia")
        .remove("/proc/driver/nvidia")
        .node("/dev/dxg", 10, 127)
        .library("/usr/lib/wsl/lib/libcuda.so.1", 150'000)
        .library("/usr/lib/wsl/lib/libnvidia-ml.so.1", 150'000);

    EXPECT_THAT(machine.ids(), ElementsAre("ctr-wsl"));
    EXPECT_THAT(machine.diagnosis().findings[0].fix.commands,
                ElementsAre(HasSubstr("ld.wsl.conf")));
    machine.kernel_variable("LD_LIBRARY_PATH", "/usr/lib/wsl/lib");
    EXPECT_THAT(machine.ids(), IsEmpty());
}

// What hides the driver of Windows goes; the loader knows its folder.
TEST(TheContainer, OfWslHasNoUseForTheDriverOfLinux) {
    CapturedMachine machine;
    const std::string linuxs = libraries + "libcuda.so.535.183.01";
    without_runtime(machine)
        .remove("/sys/bus/pci/devices/0000:00:05.0")
        .remove("/sys/module/nvidia")
        .remove("/proc/driver/nvidia")
        .node("/dev/dxg", 10, 127)
        .library("/usr/lib/wsl/lib/libcuda.so.1", 150'000)
        .library("/usr/lib/wsl/lib/libnvidia-ml.so.1", 150'000)
        .library(linuxs)
        .link(libraries + "libcuda.so.1", "libcuda.so.535.183.01")
        .file("/etc/ld.so.conf.d/ld.wsl.conf", "/usr/lib/wsl/lib\n")
        .file("/var/lib/dpkg/info/libnvidia-compute-535:amd64.list", "/.\n" + linuxs + '\n');
    const auto commands = [&] {
        const model::Finding finding = machine.diagnosis().findings.at(0);
        EXPECT_EQ(finding.id, "ctr-wsl");
        return finding.fix.commands;
    };

    EXPECT_THAT(commands(), ElementsAre("apt-get purge libnvidia-compute-535:amd64 && ldconfig"));
    machine.kernel_variable("LD_LIBRARY_PATH", "/usr/lib/x86_64-linux-gnu:/opt/lib");
    EXPECT_THAT(commands(), ElementsAre("export LD_LIBRARY_PATH=/opt/lib"));
}

}  // namespace
}  // namespace envkeep::gpu
