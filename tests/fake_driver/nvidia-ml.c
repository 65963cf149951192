// SPDX-License-Identifier: MIT
#include "answers.h"

#include <stdio.h>

typedef struct card* device;

static int index_of(device card) {
    return (int)((intptr_t)card - 1);
}

#define CARD_CALL(name, key, usual, type)                      \
    FAKE int name(device card, type* value) {                  \
        const int code = answer(#name, index_of(card));        \
        if (code == 0) {                                       \
            *value = (type)number(key, index_of(card), usual); \
        }                                                      \
        return code;                                           \
    }

CARD_CALL(nvmlDeviceGetComputeMode, "compute_mode", 0, int)
CARD_CALL(nvmlDeviceGetPersistenceMode, "persistence", 1, int)
CARD_CALL(nvmlDeviceGetMaxMigDeviceCount, "mig_most", 7, unsigned)
CARD_CALL(nvmlDeviceGetRetiredPagesPendingStatus, "pages_pending", 0, int)
CARD_CALL(nvmlDeviceGetCurrentClocksEventReasons, "clocks", 1, unsigned long long)
CARD_CALL(nvmlDeviceGetVirtualizationMode, "virtual", 1, int)

FAKE int nvmlInit_v2(void) {
    return answer("nvmlInit_v2", 0);
}

FAKE int nvmlShutdown(void) {
    return answer("nvmlShutdown", 0);
}

FAKE int nvmlSystemGetDriverVersion(char* text, unsigned size) {
    snprintf(text, size, "535.104.05");
    return answer("nvmlSystemGetDriverVersion", 0);
}

FAKE int nvmlSystemGetCudaDriverVersion_v2(int* version) {
    *version = (int)number("cuda", 0, 12020);
    return answer("nvmlSystemGetCudaDriverVersion_v2", 0);
}

FAKE int nvmlSystemGetConfComputeState(unsigned* state) {
    state[0] = 0;
    state[1] = (unsigned)number("confidential", 0, 0);
    state[2] = 0;
    return answer("nvmlSystemGetConfComputeState", 0);
}

FAKE int nvmlSystemGetConfComputeGpusReadyState(unsigned* is_ready) {
    *is_ready = (unsigned)number("ready", 0, 0);
    return answer("nvmlSystemGetConfComputeGpusReadyState", 0);
}

FAKE int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = (unsigned)number("cards", 0, 1);
    return answer("nvmlDeviceGetCount_v2", 0);
}

FAKE int nvmlDeviceGetHandleByIndex_v2(unsigned index, device* card) {
    *card = (device)(intptr_t)(index + 1);
    return answer("nvmlDeviceGetHandleByIndex_v2", (int)index);
}

FAKE int nvmlDeviceGetName(device card, char* text, unsigned size) {
    snprintf(text, size, "Tesla T4");
    return answer("nvmlDeviceGetName", index_of(card));
}

FAKE int nvmlDeviceGetUUID(device card, char* text, unsigned size) {
    snprintf(text, size, "GPU-00000000-0000-0000-0000-00000000000%d", index_of(card));
    return answer("nvmlDeviceGetUUID", index_of(card));
}

FAKE int nvmlDeviceGetPciInfo_v3(device card, char* info) {
    snprintf(info + 36, 32, "00000000:00:%02X.0", 5 + index_of(card));
    return answer("nvmlDeviceGetPciInfo_v3", index_of(card));
}

FAKE int nvmlDeviceGetMemoryInfo(device card, unsigned long long* memory) {
    memory[0] = number("memory", index_of(card), 16ULL << 30);
    memory[2] = number("used", index_of(card), 300ULL << 20);
    memory[1] = memory[0] - memory[2];
    return answer("nvmlDeviceGetMemoryInfo", index_of(card));
}

FAKE int nvmlDeviceGetMigMode(device card, unsigned* current, unsigned* pending) {
    *current = *pending = (unsigned)number("mig", index_of(card), 0);
    return answer("nvmlDeviceGetMigMode", index_of(card));
}

FAKE int nvmlDeviceGetMigDeviceHandleByIndex(device card, unsigned index, device* instance) {
    *instance = card;
    const int not_found = 6;
    return index < number("instances", index_of(card), 0) ? 0 : not_found;
}

FAKE int nvmlDeviceGetTotalEccErrors(device card,
                                     int type,
                                     int counter,
                                     unsigned long long* errors) {
    *errors = type == 1 && counter == 0 ? number("ecc", index_of(card), 0) : 1000;
    return answer("nvmlDeviceGetTotalEccErrors", index_of(card));
}

FAKE int nvmlDeviceGetRemappedRows(
    device card, unsigned* corrected, unsigned* uncorrected, unsigned* pending, unsigned* failed) {
    *corrected = *uncorrected = 1;
    *pending = (unsigned)number("remap_pending", index_of(card), 0);
    *failed = (unsigned)number("remap_failed", index_of(card), 0);
    return answer("nvmlDeviceGetRemappedRows", index_of(card));
}

FAKE int nvmlDeviceGetFieldValues(device card, int count, char* fields) {
    const unsigned value = (unsigned)number("recovery", index_of(card), 0);
    const int well = 0;
    if (count == 1 && *(const unsigned*)(const void*)fields == 230) {
        memcpy(fields + 28, &well, sizeof well);
        memcpy(fields + 32, &value, sizeof value);
    }
    return answer("nvmlDeviceGetFieldValues", index_of(card));
}

FAKE int nvmlDeviceGetGpuFabricInfoV(device card, char* info) {
    const unsigned status = (unsigned)number("fabric_status", index_of(card), 0);
    memcpy(info + 20, &status, sizeof status);
    info[28] = (char)number("fabric", index_of(card), 0);
    return answer("nvmlDeviceGetGpuFabricInfoV", index_of(card));
}

FAKE int nvmlDeviceGetGridLicensableFeatures_v4(device card, unsigned* features) {
    features[0] = 1;
    features[1] = 1;
    features[3] = (unsigned)number("licensed", index_of(card), 1);
    return answer("nvmlDeviceGetGridLicensableFeatures_v4", index_of(card));
}

FAKE int nvmlDeviceGetNvLinkState(device card, unsigned link, unsigned* is_active) {
    const int not_supported = 3;
    *is_active = link >= number("links_down", index_of(card), 0);
    return link < number("links", index_of(card), 0) ? 0 : not_supported;
}

FAKE int nvmlDeviceGetNvLinkErrorCounter(device card,
                                         unsigned link,
                                         int kind,
                                         unsigned long long* errors) {
    (void)link;
    *errors = kind == 1 ? number("recoveries", index_of(card), 0) : 5;
    return answer("nvmlDeviceGetNvLinkErrorCounter", index_of(card));
}

struct process {
    unsigned pid;
    unsigned long long memory;
    unsigned instances[2];
};

FAKE int nvmlDeviceGetComputeRunningProcesses_v3(device card,
                                                 unsigned* count,
                                                 struct process* processes) {
    const unsigned pid = (unsigned)number("process", index_of(card), 0);
    *count = pid ? 1 : 0;
    if (pid) {
        processes[0] =
            (struct process){pid, number("process_memory", index_of(card), 1ULL << 30), {0, 0}};
    }
    return answer("nvmlDeviceGetComputeRunningProcesses_v3", index_of(card));
}
