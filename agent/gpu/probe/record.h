// SPDX-License-Identifier: MIT
#pragma once

// NOLINTBEGIN: plain C.
#include <stdint.h>

// What the probe tells, over a pipe: a record before each step and one after it, so that a crash or
// a hang shows where it was. What the driver's libraries print may stand between two records, never
// inside one: a record is one write, smaller than PIPE_BUF. Read by read_records.cpp; plain C,
// since the program is (probe.c).
//
// STEP(name, what it calls, numbers: what they mean)
#define ENVKEEP_PROBE_STEPS(STEP)                                                                \
    STEP(control_version, "CHECK_VERSION_STR of /dev/nvidiactl") /* text: the kernel driver's */ \
    STEP(control_cards, "CARD_INFO of /dev/nvidiactl") /* domain << 16 | bus << 8 | slot, id */  \
    STEP(nvml_load, "loading libnvidia-ml.so.1")       /* text: its file, or why not */          \
    STEP(nvml_init, "nvmlInit_v2")                                                               \
    STEP(nvml_driver, "nvmlSystemGetDriverVersion")                                              \
    STEP(nvml_cuda, "nvmlSystemGetCudaDriverVersion_v2")     /* 12020 */                         \
    STEP(nvml_confidential, "nvmlSystemGetConfComputeState") /* feature on, cards accept work */ \
    STEP(nvml_count, "nvmlDeviceGetCount_v2")                                                    \
    STEP(nvml_handle, "nvmlDeviceGetHandleByIndex_v2")                                           \
    STEP(nvml_name, "nvmlDeviceGetName")                                                         \
    STEP(nvml_uuid, "nvmlDeviceGetUUID")                                                         \
    STEP(nvml_pci, "nvmlDeviceGetPciInfo_v3")                                                    \
    STEP(nvml_memory, "nvmlDeviceGetMemoryInfo") /* total, free, used */                         \
    STEP(nvml_compute_mode, "nvmlDeviceGetComputeMode")                                          \
    STEP(nvml_persistence, "nvmlDeviceGetPersistenceMode")                                       \
    STEP(nvml_mig, "nvmlDeviceGetMigMode") /* on, instances */                                   \
    STEP(nvml_ecc, "nvmlDeviceGetTotalEccErrors")                                                \
    STEP(nvml_rows, "nvmlDeviceGetRemappedRows") /* corrected, not, pending, failed */           \
    STEP(nvml_pages, "nvmlDeviceGetRetiredPagesPendingStatus")                                   \
    STEP(nvml_clocks, "nvmlDeviceGetCurrentClocksEventReasons")                                  \
    STEP(nvml_recovery, "nvmlDeviceGetFieldValues")                                              \
    STEP(nvml_fabric, "nvmlDeviceGetGpuFabricInfoV") /* state, status */                         \
    STEP(nvml_virtual, "nvmlDeviceGetVirtualizationMode")                                        \
    STEP(nvml_license,                                                                           \
         "nvmlDeviceGetGridLicensableFeatures_v4") /* supported, features, licensed */           \
    STEP(nvml_links, "nvmlDeviceGetNvLinkState")   /* active, not, recoveries, other errors */   \
    STEP(nvml_processes, "nvmlDeviceGetComputeRunningProcesses_v3") /* pid, bytes: one each */   \
    STEP(nvml_end, "nvmlShutdown")                                                               \
    STEP(cuda_load, "loading libcuda.so.1") /* text: its file, or why not */                     \
    STEP(cuda_init, "cuInit")                                                                    \
    STEP(cuda_version, "cuDriverGetVersion")                                                     \
    STEP(cuda_count, "cuDeviceGetCount")                                                         \
    STEP(cuda_device, "cuDeviceGet")                                                             \
    STEP(cuda_name, "cuDeviceGetName")                                                           \
    STEP(cuda_uuid, "cuDeviceGetUuid") /* the sixteen bytes */                                   \
    STEP(cuda_pci, "cuDeviceGetPCIBusId")                                                        \
    STEP(cuda_attributes, "cuDeviceGetAttribute") /* capability, compute mode */                 \
    STEP(cuda_memory, "cuDeviceTotalMem_v2")                                                     \
    STEP(cuda_context, "cuDevicePrimaryCtxRetain")                                               \
    STEP(cuda_current, "cuCtxSetCurrent")                                                        \
    STEP(cuda_free_memory, "cuMemGetInfo_v2") /* free, total */                                  \
    STEP(cuda_allocate, "cuMemAlloc_v2")                                                         \
    STEP(cuda_clear, "cuMemsetD32_v2")                                                           \
    STEP(cuda_module, "cuModuleLoadData")                                                        \
    STEP(cuda_function, "cuModuleGetFunction")                                                   \
    STEP(cuda_launch, "cuLaunchKernel")                                                          \
    STEP(cuda_synchronize, "cuCtxSynchronize")                                                   \
    STEP(cuda_copy, "cuMemcpyDtoH_v2")                                                           \
    STEP(cuda_compare, "comparing what the kernel wrote")   /* words that are wrong */           \
    STEP(cuda_fill, "filling and copying without a kernel") /* words that are wrong */           \
    STEP(cuda_release, "cuDevicePrimaryCtxRelease_v2")                                           \
    STEP(end, "the end")

#define ENVKEEP_PROBE_STEP(name, call) step_##name,

enum probe_step { ENVKEEP_PROBE_STEPS(ENVKEEP_PROBE_STEP) probe_steps };

#undef ENVKEEP_PROBE_STEP

// Reads "ekprobe1".
#define ENVKEEP_PROBE_MAGIC UINT64_C(0x3165626f72706b65)
// The code of a record that stands before its step.
#define ENVKEEP_PROBE_BEGUN INT32_MIN
// Of a step of ours that failed: the library is not there, words are wrong.
#define ENVKEEP_PROBE_FAILED (-1)

struct probe_record {
    uint64_t magic;
    uint16_t step;
    int16_t card;  // -1: of no card
    int32_t code;
    uint32_t microseconds;
    uint32_t unused;
    uint64_t numbers[4];
    char text[168];  // ends with a NUL
};

// NOLINTEND
