// SPDX-License-Identifier: MIT
#include "probe_faults.hpp"

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/diagnose.hpp"
#include "probed_machine.hpp"

#include <array>
#include <chrono>

namespace envkeep::testing {
namespace {

// As a board with two cards and their switch looks.
void add_board(CapturedMachine& machine) {
    machine.card("0000:00:06.0", "0x1eb8")
        .node("/dev/nvidia1", 195, 1)
        .file("/proc/driver/nvidia/gpus/0000:00:06.0/information",
              "Model: \t\t Tesla T4\nGPU UUID: \t GPU-2e4d\nDevice Minor: \t 1\n")
        .file("/sys/bus/pci/devices/0000:00:08.0/vendor", "0x10de\n")
        .file("/sys/bus/pci/devices/0000:00:08.0/class", "0x068000\n")
        .file("/sys/bus/pci/devices/0000:00:08.0/device", "0x1af1\n")
        .space("/dev/shm", std::uint64_t{8} << 30U, std::uint64_t{8} << 30U);
}

void hold_by_kernel(CapturedMachine& machine) {
    machine.holder(200, "200 (python3) S 1 200 200 0\n");
}

// A worker of multiprocessing, which "fork" made a copy of the notebook's process.
void fork_from_kernel(CapturedMachine& machine) {
    hold_by_kernel(machine);
    machine.holder(312, "312 (python3) S 200 200 200 0\n")
        .link("/proc/312/cwd", "/notebooks")
        .file("/proc/312/environ", "HOME=/root")
        .file("/proc/312/cmdline",
              std::string("/usr/bin/python3\0-m\0ipykernel_launcher\0-f\0x.json", 49));
}

void forget_uuids(CapturedMachine& machine) {
    machine.file("/proc/driver/nvidia/gpus/0000:00:05.0/information",
                 "Model: \t\t Tesla T4\nGPU UUID: \t GPU-????????\nDevice Minor: \t 0\n");
}

const std::array faults{
    ProbeFault{"hw-off-bus", "nvmlDeviceGetHandleByIndex_v2=15 cuInit=999"},
    ProbeFault{"hw-off-bus", "nvmlDeviceGetMemoryInfo=15 cuDevicePrimaryCtxRetain=46"},
    ProbeFault{"hw-ecc-uncorrectable", "ecc=2"},
    ProbeFault{"hw-ecc-uncorrectable", "cuDevicePrimaryCtxRetain=214"},
    ProbeFault{"hw-row-remap-pending", "remap_pending=1"},
    ProbeFault{"hw-row-remap-pending", "remap_failed=1"},
    ProbeFault{"hw-row-remap-pending", "pages_pending=1"},
    ProbeFault{"hw-nvlink-error", "links=4 recoveries=3"},
    ProbeFault{"hw-nvlink-error", "cards=2 links=12 links_down=1 fabric=3", {}, add_board},
    ProbeFault{"hw-nvlink-error", "cuMemAlloc_v2=220"},
    ProbeFault{"hw-throttled", "clocks=0x48"},
    ProbeFault{"hw-gsp-timeout", "nvmlInit_v2=hang cuInit=hang"},
    ProbeFault{"hw-adapter-init-failed", "cards=0"},
    ProbeFault{"hw-reset-required", "recovery=1 cuInit=999"},
    ProbeFault{"hw-reset-required", "nvmlDeviceGetName=16 cuInit=999"},
    ProbeFault{"kmod-not-loaded", "nvmlInit_v2=9 cuInit=100"},
    ProbeFault{"kmod-uvm-hmm-init3", "cuInit=3"},
    ProbeFault{"kmod-persistence-off", "persistence=0 cuInit=slow"},
    ProbeFault{"kmod-cc-not-ready", "confidential=1 cuInit=802"},
    ProbeFault{"fabric-manager-down", "cards=2 fabric=1 cuInit=802", {}, add_board},
    ProbeFault{
        "fabric-manager-down", "cards=2 nvmlDeviceGetGpuFabricInfoV=13 cuInit=802", {}, add_board},
    ProbeFault{"fabric-single-gpu-slice", "fabric=2 cuInit=802"},
    ProbeFault{"kmod-user-version-mismatch", "nvmlInit_v2=18 cuInit=803"},
    ProbeFault{"ctr-cgroup-lost", "nvmlInit_v2=999 cuInit=999"},
    ProbeFault{"ctr-cgroup-lost", "nvmlInit_v2=17 cuInit=304"},
    ProbeFault{"vgpu-unlicensed", "virtual=2 licensed=0"},
    ProbeFault{"vgpu-unlicensed", "virtual=2 licensed=0 cuDevicePrimaryCtxRetain=46"},
    ProbeFault{"drv-stub-on-path", "cuInit=34"},
    ProbeFault{"drv-compat-unsupported-hw", "cuInit=804"},
    ProbeFault{"drv-ptxjit-missing", "cuModuleLoadData=221"},
    ProbeFault{"tk-ptx-newer-than-driver", "ptx=50"},
    ProbeFault{"env-ptx-jit", "cuModuleLoadData=223"},
    ProbeFault{"env-ptx-jit",
               "cuModuleLoadData@CUDA_DISABLE_PTX_JIT=223",
               {{"CUDA_DISABLE_PTX_JIT", "1"}}},
    ProbeFault{"env-cvd-empty", "", {{"CUDA_VISIBLE_DEVICES", ""}}},
    ProbeFault{"env-cvd-bad-index", "", {{"CUDA_VISIBLE_DEVICES", "7"}}},
    ProbeFault{"env-cvd-bad-uuid", "", {{"CUDA_VISIBLE_DEVICES", "GPU-0123"}}, forget_uuids},
    ProbeFault{"env-debug-injection",
               "cuInit@CUDA_INJECTION64_PATH=999",
               {{"CUDA_INJECTION64_PATH", "/opt/tool.so"}}},
    ProbeFault{"env-mps-pipe", "cuInit=805"},
    ProbeFault{"env-mps-pipe", "cuInit=807"},
    ProbeFault{
        "ld-preload-broken", "cuInit@LD_PRELOAD=crash", {{"LD_PRELOAD", "/no/such/library.so"}}},
    ProbeFault{"env-breaks-cuda",
               "cuDevicePrimaryCtxRetain@CUDA_MODULE_LOADING=999",
               {{"CUDA_MODULE_LOADING", "LAZY"}}},
    ProbeFault{"res-gpu-mem-other", "used=17000000000 cuMemAlloc_v2=2"},
    ProbeFault{"res-gpu-mem-other", "used=17000000000 cuDevicePrimaryCtxRetain=2"},
    ProbeFault{"res-compute-exclusive", "compute_mode=3 cuDevicePrimaryCtxRetain=46"},
    ProbeFault{"res-compute-exclusive", "compute_mode=2 cuInit=100"},
    ProbeFault{"res-mig-no-instance", "mig=1 cuInit=100"},
    ProbeFault{"nb-sticky-cuda-error", "", {}, hold_by_kernel, "nb-fork-reinit"},
    ProbeFault{"nb-fork-reinit", "", {}, fork_from_kernel, "nb-sticky-cuda-error"},
    ProbeFault{"probe-crashed", "cuDeviceGetCount=crash"},
    ProbeFault{"probe-crashed", "nvmlDeviceGetCount_v2=crash cuInit=crash"},
    ProbeFault{"probe-hung", "cuCtxSynchronize=hang"},
    ProbeFault{"cuda-error-unknown", "cuLaunchKernel=719"},
    ProbeFault{"cuda-error-unknown", "cuInit=100"},
    ProbeFault{"cuda-error-unknown", "wrong_word=17 wrong_bits=1"},
};

const std::array healthy{
    ProbeFault{"as it comes", ""},
    ProbeFault{"eight cards", "cards=8"},
    ProbeFault{"a board with switches", "cards=2 links=12 fabric=3", {}, add_board},
    ProbeFault{"an instance of a card", "mig=1 instances=2"},
    ProbeFault{"one process at a time, and it is ours", "compute_mode=3"},
    ProbeFault{"an old driver",
               "nvmlDeviceGetGpuFabricInfoV=13 nvmlDeviceGetRemappedRows=13 "
               "nvmlDeviceGetFieldValues=13 nvmlSystemGetConfComputeState=13"},
    ProbeFault{"a card for games",
               "nvmlDeviceGetTotalEccErrors=3 nvmlDeviceGetRemappedRows=3 nvmlDeviceGetMigMode=3 "
               "nvmlDeviceGetComputeRunningProcesses_v3=3 nvmlDeviceGetPersistenceMode=3"},
    ProbeFault{"a vGPU with a licence", "virtual=2 licensed=1"},
    ProbeFault{"confidential and ready", "confidential=1 ready=1"},
    ProbeFault{"without persistence, and quick", "persistence=0"},
    ProbeFault{"at its limit of power", "clocks=4"},
    ProbeFault{"a talkative driver", "nvmlInit_v2=print cuInit=print"},
    ProbeFault{"an old card", "capability=52 ptx=60"},
    ProbeFault{"a new card", "capability=120 ptx=90 cuda=13000"},
};

}  // namespace

std::span<const ProbeFault> probe_faults() {
    return faults;
}

std::span<const ProbeFault> healthy_probes() {
    return healthy;
}

gpu::Diagnosis diagnosis_of(const ProbeFault& fault) {
    CapturedMachine machine;
    if (fault.change != nullptr) {
        fault.change(machine);
    }
    for (const auto& [name, value] : fault.variables) {
        machine.kernel_variable(name, value);
    }
    gpu::Facts facts = machine.facts();
    const FakeDriver driver{fault.answers, fault.variables};
    const bool hangs = fault.answers.find("=hang") != std::string::npos;
    facts.probe = hangs ? driver.probe({.depth = gpu::ProbeDepth::compute,
                                        .nvml_limit = std::chrono::seconds(2),
                                        .cuda_limit = std::chrono::seconds(2)})
                        : driver.probe();
    return gpu::diagnose(facts, gpu::built_in_compat_data());
}

}  // namespace envkeep::testing
