// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"
#include "notebook_machine.hpp"

#include <array>

// What the notebook's process was started with.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

const std::array faults{
    AtlasFault{"env-cvd-empty",
               Step::variables,
               error,
               [](Machine& m) { m.variable("CUDA_VISIBLE_DEVICES", ""); }},
    AtlasFault{"env-cvd-bad-index",
               Step::variables,
               error,
               [](Machine& m) { m.variable("CUDA_VISIBLE_DEVICES", "3"); }},
    AtlasFault{"env-cvd-bad-uuid",
               Step::variables,
               error,
               [](Machine& m) {
                   m.variable("CUDA_VISIBLE_DEVICES", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6");
               }},
    AtlasFault{"env-device-order",
               Step::variables,
               warning,
               [](Machine& m) {
                   m.second_card("0x1bb0").variable("CUDA_VISIBLE_DEVICES", "1");
                   m.space("/dev/shm", std::uint64_t{8} << 30U, std::uint64_t{8} << 30U);
               }},
    AtlasFault{"env-ptx-jit",
               Step::variables,
               warning,
               [](Machine& m) { m.variable("CUDA_DISABLE_PTX_JIT", "1"); }},
    AtlasFault{"env-jit-cache",
               Step::variables,
               info,
               [](Machine& m) { m.variable("CUDA_CACHE_DISABLE", "1"); }},
    AtlasFault{"env-debug-injection",
               Step::variables,
               warning,
               [](Machine& m) {
                   m.variable("CUDA_INJECTION64_PATH", "/opt/nsight/libToolsInjection64.so");
               }},
    AtlasFault{"env-alloc-conf",
               Step::variables,
               error,
               [](Machine& m) {
                   m.torch(image_site, "2.0.1+cu118", "11.8").remove(image_site + "/torchvision");
                   m.without_package("torchvision").without_package("triton");
                   m.variable("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True");
               },
               "tk-nvcc-torch-mismatch"},
    AtlasFault{"env-platform-forced",
               Step::variables,
               warning,
               [](Machine& m) {
                   m.package(image_site, "jax", "0.4.30", {{"jax/__init__.py", ""}})
                       .package(image_site, "jaxlib", "0.4.30", {{"jaxlib/__init__.py", ""}})
                       .package(image_site, "jax-cuda12-plugin", "0.4.30")
                       .package(image_site, "jax-cuda12-pjrt", "0.4.30");
                   m.variable("JAX_PLATFORMS", "cpu");
               }},
    // Of a daemon that ran in the last session, in a home that stayed.
    AtlasFault{"env-mps-pipe",
               Step::variables,
               warning,
               [](Machine& m) {
                   m.file("/tmp/nvidia-mps/control", "")
                       .file("/tmp/nvidia-mps/nvidia-cuda-mps-control.pid", "4711\n");
               }},
    AtlasFault{"env-launch-blocking",
               Step::variables,
               warning,
               [](Machine& m) { m.variable("CUDA_LAUNCH_BLOCKING", "1"); }},
    AtlasFault{"nb-kernel-env-override",
               Step::variables,
               error,
               [](Machine& m) {
                   kernel_spec(m,
                               "/usr/local/share/jupyter/kernels/python3",
                               "/usr/bin/python3.11",
                               R"({"CUDA_VISIBLE_DEVICES": ""})");
                   m.kernel_variable("CUDA_VISIBLE_DEVICES", "");
               }},
    // `os.environ[...]` in a cell: the process was started without, and holds the card.
    AtlasFault{
        "nb-cvd-set-late",
        Step::variables,
        info,
        [](Machine& m) { m.second_card().holder(200, "200 (python3.11) S 100 200 200 0\n"); }},
};

}  // namespace

std::span<const AtlasFault> atlas_variable_faults() {
    return faults;
}

}  // namespace envkeep::testing
