// SPDX-License-Identifier: MIT
#include "gpu/probe/probe.h"

// Types as NVML's interface has them; where one of its functions is not there, as if it had said
// so.
enum { function_not_found = 13 };

static void* library;

static int call(
    const char* name, const char* older, word one, word two, word three, word four, word five) {
    function found = (function)dlsym(library, name);
    if (!found && older) {
        found = (function)dlsym(library, older);
    }
    return found ? found(one, two, three, four, five) : function_not_found;
}

static void tell_text(enum probe_step step, int card, const char* name, word device) {
    static char text[96];
    memset(text, 0, sizeof text);
    begin(step, card);
    const int code = device ? call(name, 0, device, (word)text, sizeof text, 0, 0)
                            : call(name, 0, (word)text, sizeof text, 0, 0, 0);
    tell(code, text);
}

// A function that gives one number of 32 or 64 bits.
static uint64_t tell_number(
    enum probe_step step, int card, const char* name, const char* older, word device) {
    uint64_t number = 0;
    begin(step, card);
    const int code = device ? call(name, older, device, (word)&number, 0, 0, 0)
                            : call(name, older, (word)&number, 0, 0, 0, 0);
    tell_numbers(code, number, 0, 0, 0);
    return number;
}

static void tell_mig(int card, word device) {
    uint32_t current = 0;
    uint32_t pending = 0;
    uint32_t most = 0;
    uint64_t instances = 0;
    begin(step_nvml_mig, card);
    const int code = call("nvmlDeviceGetMigMode", 0, device, (word)&current, (word)&pending, 0, 0);
    if (code == 0 && current == 1) {
        call("nvmlDeviceGetMaxMigDeviceCount", 0, device, (word)&most, 0, 0, 0);
    }
    for (uint32_t i = 0; i < most && i < 64; ++i) {
        word instance = 0;
        instances +=
            call("nvmlDeviceGetMigDeviceHandleByIndex", 0, device, i, (word)&instance, 0, 0) == 0;
    }
    tell_numbers(code, current, instances, 0, 0);
}

static void tell_errors(int card, word device) {
    const word uncorrected = 1;
    const word since_reset = 0;
    uint64_t errors = 0;
    begin(step_nvml_ecc, card);
    int code =
        call("nvmlDeviceGetTotalEccErrors", 0, device, uncorrected, since_reset, (word)&errors, 0);
    tell_numbers(code, errors, 0, 0, 0);

    uint32_t rows[4] = {0, 0, 0, 0};
    begin(step_nvml_rows, card);
    code = call("nvmlDeviceGetRemappedRows",
                0,
                device,
                (word)&rows[0],
                (word)&rows[1],
                (word)&rows[2],
                (word)&rows[3]);
    tell_numbers(code, rows[0], rows[1], rows[2], rows[3]);
    tell_number(step_nvml_pages, card, "nvmlDeviceGetRetiredPagesPendingStatus", 0, device);
    tell_number(step_nvml_clocks,
                card,
                "nvmlDeviceGetCurrentClocksEventReasons",
                "nvmlDeviceGetCurrentClocksThrottleReasons",
                device);

    struct {
        uint32_t field;
        uint32_t scope;
        int64_t time;
        int64_t latency;
        int32_t type;
        int32_t code;
        uint64_t value;
    } recovery = {230, 0, 0, 0, 0, function_not_found, 0};

    begin(step_nvml_recovery, card);
    code = call("nvmlDeviceGetFieldValues", 0, device, 1, (word)&recovery, 0, 0);
    tell_numbers(code ? code : recovery.code, (uint32_t)recovery.value, 0, 0, 0);
}

static void tell_fabric(int card, word device) {
    struct {
        uint32_t version;
        uint8_t cluster[16];
        uint32_t status;
        uint32_t clique;
        uint8_t state;
        uint32_t health;
    } fabric = {sizeof fabric | 2U << 24U, {0}, 0, 0, 0, 0};

    begin(step_nvml_fabric, card);
    int code = call("nvmlDeviceGetGpuFabricInfoV", 0, device, (word)&fabric, 0, 0, 0);
    if (code == function_not_found) {
        // The first one, without the version.
        code = call("nvmlDeviceGetGpuFabricInfo", 0, device, (word)fabric.cluster, 0, 0, 0);
    }
    tell_numbers(code, fabric.state, fabric.status, 0, 0);
}

static void tell_license(int card, word device) {
    struct {
        int32_t is_supported;
        uint32_t count;

        struct {
            int32_t feature;
            uint32_t is_licensed;
            char names[256];
            uint32_t is_enabled;
            uint32_t expiry[4];
        } features[3];
    } license;

    memset(&license, 0, sizeof license);
    if ((uint32_t)tell_number(
            step_nvml_virtual, card, "nvmlDeviceGetVirtualizationMode", 0, device) == 0) {
        return;
    }
    begin(step_nvml_license, card);
    const int code =
        call("nvmlDeviceGetGridLicensableFeatures_v4", 0, device, (word)&license, 0, 0, 0);
    uint64_t licensed = 0;
    for (uint32_t i = 0; i < license.count && i < 3; ++i) {
        licensed += license.features[i].is_licensed != 0;
    }
    tell_numbers(code, (uint64_t)license.is_supported, license.count, licensed, 0);
}

static void tell_links(int card, word device) {
    const word most = 18;
    const word recovery = 1;
    const word kinds = 4;
    uint64_t active = 0;
    uint64_t down = 0;
    uint64_t recoveries = 0;
    uint64_t others = 0;
    int code = 0;
    begin(step_nvml_links, card);
    for (word link = 0; link < most; ++link) {
        uint32_t is_active = 0;
        const int answer =
            call("nvmlDeviceGetNvLinkState", 0, device, link, (word)&is_active, 0, 0);
        if (answer != 0) {
            code = link == 0 ? answer : code;
            break;
        }
        active += is_active != 0;
        down += is_active == 0;
        for (word kind = 0; is_active && kind < kinds; ++kind) {
            uint64_t errors = 0;
            if (call("nvmlDeviceGetNvLinkErrorCounter", 0, device, link, kind, (word)&errors, 0) ==
                0) {
                *(kind == recovery ? &recoveries : &others) += errors;
            }
        }
    }
    tell_numbers(code, active, down, recoveries, others);
}

static void tell_processes(int card, word device) {
    struct process {
        uint32_t pid;
        uint64_t memory;
        uint32_t instances[2];
    };
    static struct process processes[32];
    uint32_t count = 32;
    begin(step_nvml_processes, card);
    const int code = call("nvmlDeviceGetComputeRunningProcesses_v3",
                          "nvmlDeviceGetComputeRunningProcesses_v2",
                          device,
                          (word)&count,
                          (word)processes,
                          0,
                          0);
    tell_numbers(code, 0, 0, 0, 0);
    for (uint32_t i = 0; code == 0 && i < count && i < 32; ++i) {
        begin(step_nvml_processes, card);
        tell_numbers(code, processes[i].pid, processes[i].memory, 0, 0);
    }
}

static void tell_card(int card) {
    word device = 0;
    begin(step_nvml_handle, card);
    const int code = call("nvmlDeviceGetHandleByIndex_v2", 0, (word)card, (word)&device, 0, 0, 0);
    tell(code, 0);
    if (code != 0) {
        return;
    }
    tell_text(step_nvml_name, card, "nvmlDeviceGetName", device);
    tell_text(step_nvml_uuid, card, "nvmlDeviceGetUUID", device);

    struct {
        char legacy[16];
        uint32_t numbers[5];
        char address[32];
    } pci;

    memset(&pci, 0, sizeof pci);
    begin(step_nvml_pci, card);
    const int answer = call("nvmlDeviceGetPciInfo_v3", 0, device, (word)&pci, 0, 0, 0);
    tell(answer, pci.address);
    uint64_t memory[3] = {0, 0, 0};
    begin(step_nvml_memory, card);
    const int told = call("nvmlDeviceGetMemoryInfo", 0, device, (word)memory, 0, 0, 0);
    tell_numbers(told, memory[0], memory[1], memory[2], 0);
    tell_number(step_nvml_compute_mode, card, "nvmlDeviceGetComputeMode", 0, device);
    tell_number(step_nvml_persistence, card, "nvmlDeviceGetPersistenceMode", 0, device);
    tell_mig(card, device);
    tell_errors(card, device);
    tell_fabric(card, device);
    tell_license(card, device);
    tell_links(card, device);
    tell_processes(card, device);
}

void probe_nvml(void) {
    library = load(step_nvml_load, "libnvidia-ml.so.1");
    if (!library) {
        return;
    }
    begin(step_nvml_init, -1);
    const int code = call("nvmlInit_v2", 0, 0, 0, 0, 0, 0);
    tell(code, 0);
    if (code != 0) {
        return;
    }
    tell_text(step_nvml_driver, -1, "nvmlSystemGetDriverVersion", 0);
    tell_number(step_nvml_cuda, -1, "nvmlSystemGetCudaDriverVersion_v2", 0, 0);
    uint32_t confidential[3] = {0, 0, 0};
    uint32_t is_ready = 0;
    begin(step_nvml_confidential, -1);
    int told = call("nvmlSystemGetConfComputeState", 0, (word)confidential, 0, 0, 0, 0);
    if (told == 0 && confidential[1] != 0) {
        told = call("nvmlSystemGetConfComputeGpusReadyState", 0, (word)&is_ready, 0, 0, 0, 0);
    }
    tell_numbers(told, confidential[1], is_ready, 0, 0);
    uint32_t count = 0;
    begin(step_nvml_count, -1);
    const int counted = call("nvmlDeviceGetCount_v2", 0, (word)&count, 0, 0, 0, 0);
    tell_numbers(counted, count, 0, 0, 0);
    for (uint32_t card = 0; counted == 0 && card < count && card < 64; ++card) {
        tell_card((int)card);
    }
    begin(step_nvml_end, -1);
    tell(call("nvmlShutdown", 0, 0, 0, 0, 0, 0), 0);
}
