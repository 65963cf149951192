// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

#include <array>
#include <cerrno>

// The card, the kernel's modules, the nodes, the container.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

void without_module(Machine& m) {
    m.without_runtime()
        .remove("/sys/module/nvidia")
        .remove("/sys/module/nvidia_uvm")
        .remove("/proc/driver/nvidia")
        .file("/proc/devices", "Character devices:\n  1 mem\n");
}

const std::array faults{
    AtlasFault{"hw-off-bus",
               Step::card,
               error,
               [](Machine& m) {
                   m.file("/sys/bus/pci/devices/0000:00:05.0/config",
                          "\xff\xff\xff\xff\xff\xff\xff\xff");
               }},
    AtlasFault{"pci-no-gpu",
               Step::card,
               info,
               [](Machine& m) {
                   without_module(m);
                   m.remove("/sys/bus/pci/devices/0000:00:05.0")
                       .file("/sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n")
                       .file("/sys/bus/pci/devices/0000:00:01.0/class", "0x030000\n");
               }},
    AtlasFault{"pci-foreign-driver",
               Step::card,
               error,
               [](Machine& m) {
                   without_module(m);
                   m.card("0000:00:05.0", "0x13f1", "nouveau");
               }},
    AtlasFault{"pci-count-short",
               Step::card,
               warning,
               [](Machine& m) { m.container_variable("NVIDIA_VISIBLE_DEVICES", "0,1"); }},
    AtlasFault{"kmod-not-loaded",
               Step::module,
               error,
               [](Machine& m) {
                   without_module(m);
                   m.card("0000:00:05.0", "0x13f1", "");
               }},
    // A host of the branch 590, which has no code for Maxwell any more.
    AtlasFault{
        "kmod-gpu-legacy", Step::module, error, [](Machine& m) { m.host_driver("590.48.01"); }},
    AtlasFault{"kmod-wrong-flavour",
               Step::module,
               error,
               [](Machine& m) {
                   m.file("/proc/driver/nvidia/version",
                          "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  525.116.04  "
                          "Release Build  (archlinux-builder@)\n");
               }},
    AtlasFault{"kmod-uvm-missing",
               Step::module,
               error,
               [](Machine& m) {
                   m.remove("/sys/module/nvidia_uvm")
                       .file("/proc/devices", "Character devices:\n195 nvidia\n195 nvidiactl\n")
                       .no_node("/dev/nvidia-uvm");
               }},
    AtlasFault{
        "dev-nodes-missing", Step::nodes, error, [](Machine& m) { m.no_node("/dev/nvidia0"); }},
    AtlasFault{"dev-node-permission",
               Step::nodes,
               error,
               [](Machine& m) {
                   m.user(1000).node("/dev/nvidiactl", 195, 255, EACCES);
                   m.node("/dev/nvidia0", 195, 0, EACCES);
               }},
    AtlasFault{"dev-uvm-node-missing",
               Step::nodes,
               error,
               [](Machine& m) { m.no_node("/dev/nvidia-uvm"); }},
    // The host gave the module another number when it was loaded again.
    AtlasFault{"dev-uvm-stale-major",
               Step::nodes,
               error,
               [](Machine& m) {
                   m.file(
                       "/proc/devices",
                       "Character devices:\n  1 mem\n195 nvidia\n195 nvidiactl\n235 nvidia-uvm\n");
               }},
    AtlasFault{"dev-mig-caps-missing",
               Step::nodes,
               error,
               [](Machine& m) {
                   m.other_card("0x20b0")
                       .file("/proc/driver/nvidia/capabilities/gpu0/mig/gi2/ci0/access",
                             "DeviceFileMinor: 21\nDeviceFileMode: 292\nDeviceFileModify: 1\n")
                       .file("/proc/driver/nvidia/capabilities/gpu0/mig/gi2/access",
                             "DeviceFileMinor: 20\nDeviceFileMode: 292\nDeviceFileModify: 1\n");
               }},
    AtlasFault{"ctr-cgroup-lost",
               Step::nodes,
               error,
               [](Machine& m) {
                   m.node("/dev/nvidiactl", 195, 255, EPERM)
                       .node("/dev/nvidia0", 195, 0, EPERM)
                       .node("/dev/nvidia-uvm", 510, 0, EPERM);
               }},
    // `docker run` without --gpus; the image says "all", as those of NVIDIA do.
    AtlasFault{
        "ctr-no-nvidia-runtime", Step::container, error, [](Machine& m) { m.without_runtime(); }},
    AtlasFault{"ctr-visible-void",
               Step::container,
               error,
               [](Machine& m) {
                   m.without_runtime().container_variable("NVIDIA_VISIBLE_DEVICES", "void");
               }},
    AtlasFault{"ctr-visible-none",
               Step::container,
               error,
               [](Machine& m) {
                   m.container_variable("NVIDIA_VISIBLE_DEVICES", "none").no_node("/dev/nvidia0");
               }},
    AtlasFault{"ctr-caps-no-compute",
               Step::container,
               error,
               [](Machine& m) {
                   m.without_driver_library("libcuda.so")
                       .without_driver_library("libnvidia-ptxjitcompiler.so")
                       .container_variable("NVIDIA_DRIVER_CAPABILITIES", "utility")
                       .no_node("/dev/nvidia-uvm");
               }},
    AtlasFault{"ctr-require-unsatisfied",
               Step::container,
               warning,
               [](Machine& m) { m.container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=12.4"); }},
    // What the runtime copied at the start tells of the driver before the host's maintenance.
    AtlasFault{"ctr-stale-proc",
               Step::container,
               error,
               [](Machine& m) { m.file("/sys/module/nvidia/version", "535.183.01\n"); }},
    AtlasFault{"ctr-gvisor-driver",
               Step::container,
               info,
               [](Machine& m) {
                   m.file("/proc/version",
                          "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n")
                       .remove("/proc/driver/nvidia")
                       .file("/proc/driver/nvidia/params", "DeviceFileMode: 438\n")
                       .remove("/sys/module")
                       .remove("/sys/bus/pci");
               }},
    AtlasFault{"ctr-gpu-share-hook",
               Step::container,
               info,
               [](Machine& m) {
                   m.library("/usr/local/vgpu/libvgpu.so")
                       .file("/etc/ld.so.preload", "/usr/local/vgpu/libvgpu.so\n")
                       .container_variable("CUDA_DEVICE_MEMORY_LIMIT_0", "4096m");
               }},
    AtlasFault{"ctr-wsl",
               Step::container,
               error,
               [](Machine& m) {
                   without_module(m);
                   m.remove("/sys/bus/pci/devices/0000:00:05.0")
                       .node("/dev/dxg", 10, 127)
                       .library("/usr/lib/wsl/lib/libcuda.so.1", 150'000)
                       .library("/usr/lib/wsl/lib/libnvidia-ml.so.1", 150'000);
               }},
};

}  // namespace

std::span<const AtlasFault> atlas_machine_faults() {
    return faults;
}

}  // namespace envkeep::testing
