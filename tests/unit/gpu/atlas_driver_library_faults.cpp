// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

#include <array>

// The driver's libraries, as the loader of the notebook's process takes them.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

// What a package of CUDA's brings for drivers that are older than it.
void add_compat(Machine& m, const std::string& cuda, const std::string& version) {
    const std::string folder = "/usr/local/cuda-" + cuda + "/compat";
    m.library(folder + "/libcuda.so." + version)
        .link(folder + "/libcuda.so.1", "libcuda.so." + version);
    m.first_in("LD_LIBRARY_PATH", folder);
}

const std::array faults{
    // The host went to another driver, and its /proc is not the runtime's copy.
    AtlasFault{"kmod-user-version-mismatch",
               Step::libcuda,
               error,
               [](Machine& m) { m.unmount("/proc/driver/nvidia").driver("535.183.01"); }},
    AtlasFault{"drv-libcuda-missing",
               Step::libcuda,
               error,
               [](Machine& m) { m.without_driver_library("libcuda.so"); }},
    // apt brought it as a dependency, after the runtime had mounted its own.
    AtlasFault{"drv-libcuda-in-image",
               Step::libcuda,
               error,
               [](Machine& m) {
                   m.library(libraries + "libcuda.so.470.256.02")
                       .file("/var/lib/dpkg/info/libnvidia-compute-470:amd64.list",
                             "/.\n/usr\n" + libraries + "libcuda.so.470.256.02\n");
                   m.relink(libraries + "libcuda.so.1", "libcuda.so.470.256.02");
               }},
    AtlasFault{"drv-stub-on-path",
               Step::libcuda,
               error,
               [](Machine& m) {
                   m.link(toolkit_libraries + "stubs/libcuda.so.1", "libcuda.so");
                   m.first_in("LD_LIBRARY_PATH", "/usr/local/cuda/lib64/stubs");
               }},
    AtlasFault{"drv-compat-not-needed",
               Step::libcuda,
               error,
               [](Machine& m) { add_compat(m, "11.8", "520.61.05"); }},
    AtlasFault{"drv-compat-unsupported-hw",
               Step::libcuda,
               error,
               [](Machine& m) {
                   m.other_card("0x2204");  // GeForce RTX 3090
                   add_compat(m, "12.4", "550.54.14");
               }},
    AtlasFault{"drv-compat-wrong-branch",
               Step::libcuda,
               error,
               [](Machine& m) {
                   m.other_card("0x20b0");  // A100
                   add_compat(m, "12.9", "575.57.08");
                   m.compat_library("/usr/local/cuda-12.9/compat/libcuda.so.575.57.08");
               }},
    AtlasFault{"drv-nvml-missing",
               Step::libcuda,
               info,
               [](Machine& m) {
                   m.without_driver_library("libnvidia-ml.so")
                       .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute");
               }},
    AtlasFault{"drv-ptxjit-missing",
               Step::libcuda,
               warning,
               [](Machine& m) { m.without_driver_library("libnvidia-ptxjitcompiler.so"); }},
    // The runtime's own ldconfig failed: neither link nor entry of the cache.
    AtlasFault{"drv-ldcache-stale",
               Step::libcuda,
               error,
               [](Machine& m) { m.uncached("libcuda.so.1").remove(libraries + "libcuda.so.1"); }},
    AtlasFault{"drv-musl-image",
               Step::libcuda,
               error,
               [](Machine& m) { m.remove("/lib64").file("/lib/ld-musl-x86_64.so.1", "ELF"); }},
};

}  // namespace

std::span<const AtlasFault> atlas_driver_library_faults() {
    return faults;
}

}  // namespace envkeep::testing
