// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

// Hosts that share their cards, ask for none, or make things when they are first used.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::CapturedMachine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::faults_in;
using testing::finding_of;
using testing::image_site;
using ::testing::IsEmpty;

CapturedMachine& information(CapturedMachine& machine,
                             const std::string& address,
                             const std::string& minor) {
    return machine.file(
        "/proc/driver/nvidia/gpus/" + address + "/information",
        "Model: \t\t Card\nGPU UUID: \t GPU-" + minor + "\nDevice Minor: \t " + minor + "\n");
}

// /sys shows all cards of the host.
TEST(HealthyHost, WithCardsOfOtherContainers) {
    CapturedMachine machine;
    machine.card("0000:00:06.0", "0x102d")
        .card("0000:00:07.0", "0x13f1")
        .file("/sys/bus/pci/devices/0000:00:07.0/config", "\xff\xff\xff\xff")
        .driver("535.104.05")
        .torch(image_site, "2.8.0+cu128", "12.8");

    EXPECT_THAT(alarms(machine, {"hw-off-bus", "torch-kepler", "kmod-gpu-legacy"}), IsEmpty());
}

// CDI leaves /proc/driver/nvidia as the host has it.
TEST(HealthyHost, WithCardsOfOtherContainersByCdi) {
    CapturedMachine machine;
    machine.unmount("/proc/driver/nvidia")
        .card("0000:00:06.0", "0x13f1")
        .file("/sys/bus/pci/devices/0000:00:06.0/config", "\xff\xff\xff\xff")
        .torch(image_site, "2.8.0+cu128", "12.8");
    information(machine, "0000:00:06.0", "1");
    information(machine, "0000:00:07.0", "2");

    EXPECT_THAT(alarms(machine, {"hw-off-bus", "torch-arch-old-gpu"}), IsEmpty());
}

TEST(HealthyHost, OfSlurmWhichClosesTheCardsOfOtherJobs) {
    CapturedMachine machine;
    machine.unmount("/proc/driver/nvidia")
        .card("0000:00:06.0", "0x13f1")
        .node("/dev/nvidia1", 195, 1, EPERM)
        .node("/dev/nvidia2", 195, 2, EACCES)
        .torch(image_site, "2.8.0+cu128", "12.8");
    information(machine, "0000:00:06.0", "1");

    EXPECT_THAT(alarms(machine, {"ctr-cgroup-lost", "dev-node-permission"}), IsEmpty());
}

TEST(HealthyHost, WithAnOldCardForItsDisplay) {
    CapturedMachine machine;
    machine.unmount("/proc/driver/nvidia")
        .card("0000:00:02.0", "0x13f1", "")
        .driver("595.58.03")
        .torch(image_site, "2.8.0+cu128", "12.8");
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        machine.remove(testing::libraries + name + ".1")
            .library(testing::libraries + name + ".595.58.03")
            .link(testing::libraries + name + ".1", name + ".595.58.03")
            .mount(testing::libraries + name + ".595.58.03");
    }

    EXPECT_THAT(alarms(machine, {"kmod-gpu-legacy", "pci-foreign-driver"}), IsEmpty());
}

// A device plugin gives one card, and the image's variable stays what it is.
TEST(HealthyHost, WhoseImageWantsAllCards) {
    CapturedMachine machine;
    machine.card("0000:00:06.0", "0x1eb8").card("0000:00:07.0", "0x1eb8");

    EXPECT_THAT(alarms(machine, {"pci-count-short"}), IsEmpty());
}

TEST(HealthyHost, WithMigInstancesOfOtherContainers) {
    CapturedMachine machine;
    const std::string folder = "/proc/driver/nvidia/capabilities/gpu0/mig/";
    machine.unmount("/proc/driver/nvidia")
        .file(folder + "gi1/ci0/access", "DeviceFileMinor: 12\nDeviceFileMode: 292\n")
        .file(folder + "gi2/ci0/access", "DeviceFileMinor: 21\nDeviceFileMode: 292\n")
        .node("/dev/nvidia-caps/nvidia-cap21", 236, 21);

    EXPECT_THAT(alarms(machine, {"dev-mig-caps-missing"}), IsEmpty());
}

// A program of the driver's, run by libcuda, loads and makes what is missing.
TEST(HealthyHost, WhereNvidiaModprobeMakesTheNodes) {
    CapturedMachine machine;
    machine.remove("/sys/module/nvidia_uvm")
        .file("/proc/devices", "Character devices:\n195 nvidia\n")
        .no_node("/dev/nvidia-uvm")
        .file("/usr/bin/nvidia-modprobe", "ELF");
    std::filesystem::permissions(machine.root() + "/usr/bin/nvidia-modprobe",
                                 std::filesystem::perms(04755));
    EXPECT_THAT(alarms(machine, {"kmod-uvm-missing", "dev-uvm-node-missing", "dev-nodes-missing"}),
                IsEmpty());

    machine.file("/proc/devices", "Character devices:\n195 nvidia\n510 nvidia-uvm\n")
        .no_node("/dev/nvidia0");
    EXPECT_THAT(alarms(machine, {"kmod-uvm-missing", "dev-uvm-node-missing", "dev-nodes-missing"}),
                IsEmpty());
}

TEST(HealthyHost, WithoutCardsWhateverTheImageSays) {
    for (const std::string value : {"none", "all", "void", ""}) {
        CapturedMachine machine;
        machine.remove("/sys/bus/pci/devices/0000:00:05.0")
            .file("/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n")
            .remove("/sys/module/nvidia")
            .remove("/sys/module/nvidia_uvm")
            .remove("/proc/driver/nvidia")
            .file("/proc/devices", "Character devices:\n  1 mem\n")
            .no_node("/dev/nvidia0")
            .no_node("/dev/nvidiactl")
            .no_node("/dev/nvidia-uvm")
            .unmount("/proc/driver/nvidia")
            .container_variable("NVIDIA_VISIBLE_DEVICES", value)
            .container_variable("NVIDIA_DRIVER_CAPABILITIES", "utility");
        for (const std::string name :
             {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
            machine.remove(testing::libraries + name + ".1")
                .unmount(testing::libraries + name + ".535.104.05");
        }

        EXPECT_THAT(machine.ids(), ElementsAre("pci-no-gpu")) << value;
    }
}

// The driver came by a folder that the provider mounts, as its image said nothing of CUDA.
TEST(HealthyHost, WhoseDriverCameAllTheSame) {
    CapturedMachine machine;
    machine.container_variable("NVIDIA_DRIVER_CAPABILITIES", "graphics");
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        machine.unmount(testing::libraries + name + ".535.104.05");
    }

    EXPECT_THAT(alarms(machine, {"ctr-caps-no-compute"}), IsEmpty());
}

// gVisor has no list of modules and majors, and of the driver's folder only params.
TEST(HealthyHost, OfGvisor) {
    CapturedMachine machine;
    machine.file("/proc/version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n")
        .card("0000:00:05.0", "0x1eb8", "")
        .remove("/proc/devices")
        .remove("/sys/module/nvidia")
        .remove("/sys/module/nvidia_uvm")
        .remove("/proc/driver/nvidia")
        .file("/proc/driver/nvidia/params", "ModifyDeviceFiles: 0\n");
    EXPECT_THAT(alarms(machine, {"kmod-not-loaded", "ctr-gvisor-driver"}), IsEmpty());

    machine.node("/dev/nvidiactl", 195, 255, EACCES);
    EXPECT_THAT(faults_in(machine), Contains("dev-node-permission"));
}

// Nodes that stay when the module goes.
TEST(Nodes, OfADriverThatIsNotLoadedProveNothing) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x1eb8", "")
        .file("/proc/devices", "Character devices:\n  1 mem\n")
        .remove("/sys/module/nvidia")
        .remove("/sys/module/nvidia_uvm")
        .remove("/proc/driver/nvidia");

    EXPECT_THAT(faults_in(machine), ElementsAre("kmod-not-loaded"));
}

// A card alone needs no NVML, and NCCL asks it about several.
TEST(HealthyHost, WhoseContainerAskedForComputeAlone) {
    CapturedMachine machine;
    machine.container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute")
        .unmount(testing::libraries + "libnvidia-ml.so.535.104.05")
        .remove(testing::libraries + "libnvidia-ml.so.1")
        .remove(testing::libraries + "libnvidia-ml.so.535.104.05");
    EXPECT_THAT(alarms(machine, {"drv-nvml-missing"}), IsEmpty());
    EXPECT_EQ(finding_of(machine, "drv-nvml-missing").value().severity, model::Severity::info);

    machine.card("0000:00:06.0", "0x1eb8").node("/dev/nvidia1", 195, 1);
    EXPECT_THAT(faults_in(machine), ElementsAre("drv-nvml-missing"));
}

TEST(HealthyHost, WhoseImageBringsTheCudaThatItAsksFor) {
    CapturedMachine machine;
    machine.card("0000:00:05.0", "0x20b0")
        .driver("550.54.14")
        .compat_library("/usr/local/cuda-12.9/compat/libcuda.so.575.57.08")
        .link("/usr/local/cuda-12.9/compat/libcuda.so.1", "libcuda.so.575.57.08")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/cuda-12.9/compat")
        .container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=12.9");
    EXPECT_THAT(alarms(machine, {"ctr-require-unsatisfied", "drv-compat-wrong-branch"}), IsEmpty());

    machine.container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=13.0");
    EXPECT_THAT(faults_in(machine), ElementsAre("ctr-require-unsatisfied"));
}

TEST(HealthyHost, ThatSharesItsCardByAHook) {
    CapturedMachine machine;
    machine.file("/etc/ld.so.preload", "/usr/local/vgpu/libvgpu.so\n")
        .library("/usr/local/vgpu/libvgpu.so")
        .kernel_variable("CUDA_DEVICE_MEMORY_LIMIT", "8000m");

    EXPECT_THAT(alarms(machine, {"ctr-gpu-share-hook", "ld-preload-broken"}), IsEmpty());
}

// As NVIDIA's own images have it.
TEST(HealthyHost, WhoseImageKeepsNoCompiledCode) {
    CapturedMachine machine;
    machine.kernel_variable("CUDA_CACHE_DISABLE", "1");

    EXPECT_THAT(alarms(machine, {"env-jit-cache"}), IsEmpty());
}

TEST(HealthyHost, WhereAProgramRunsOnWithoutItsTerminal) {
    CapturedMachine machine;
    machine.holder(300, "300 (python3) S 1 300 1").holder(301, "301 (python3) D 200 301 1");

    EXPECT_THAT(alarms(machine, {"res-gpu-mem-zombie"}), IsEmpty());
    EXPECT_THAT(finding_of(machine, "res-gpu-mem-zombie").value().fix.commands,
                ElementsAre("kill 300"));
}

// The layer over an image that cannot be written, and a small disk with room.
TEST(HealthyHost, WhoseRootIsSmall) {
    CapturedMachine machine;
    machine.space("/", 64U << 20U, 60U << 20U);

    EXPECT_THAT(alarms(machine, {"res-disk-full"}), IsEmpty());
}

TEST(HealthyHost, WhoseRootIsAnImageInOneFile) {
    CapturedMachine machine;
    machine.space("/", std::uint64_t{5} << 30U, 0);
    EXPECT_THAT(faults_in(machine), ElementsAre("res-disk-full"));

    Surroundings surroundings = machine.written();
    surroundings.mounts.push_back({.point = "/", .type = "squashfs", .is_read_only = true});
    const Facts facts = observe(posix::Inspector::captured(machine.root()).value(), surroundings);
    EXPECT_THAT(diagnose(facts, built_in_compat_data()).findings, IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
