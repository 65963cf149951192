// SPDX-License-Identifier: MIT
#include "answers.h"

#include <stdio.h>

static unsigned pattern;

// What the notebook may see, as the driver reads CUDA_VISIBLE_DEVICES: names of cards up to the
// first that is wrong.
static int visible(void) {
    const int there = (int)number("cards", 0, 1);
    const char* words = getenv("CUDA_VISIBLE_DEVICES");
    int seen = 0;
    if (!words) {
        return there;
    }
    while (*words) {
        char* end = 0;
        const long index = strtol(words, &end, 10);
        if (end == words || index < 0 || index >= there) {
            break;
        }
        ++seen;
        words = *end ? end + 1 : end;
    }
    return seen;
}

FAKE int cuInit(unsigned flags) {
    (void)flags;
    const int no_device = 100;
    const int code = answer("cuInit", 0);
    return code == 0 && visible() == 0 ? no_device : code;
}

FAKE int cuDriverGetVersion(int* version) {
    *version = (int)number("cuda", 0, 12020);
    return answer("cuDriverGetVersion", 0);
}

FAKE int cuDeviceGetCount(int* count) {
    *count = visible();
    return answer("cuDeviceGetCount", 0);
}

FAKE int cuDeviceGet(int* device, int index) {
    *device = index;
    return answer("cuDeviceGet", index);
}

FAKE int cuDeviceGetName(char* text, int size, int device) {
    snprintf(text, (size_t)size, "Tesla T4");
    return answer("cuDeviceGetName", device);
}

FAKE int cuDeviceGetUuid(unsigned char* uuid, int device) {
    memset(uuid, 0, 16);
    uuid[15] = (unsigned char)device;
    return answer("cuDeviceGetUuid", device);
}

FAKE int cuDeviceGetPCIBusId(char* text, int size, int device) {
    snprintf(text, (size_t)size, "0000:00:%02X.0", 5 + device);
    return answer("cuDeviceGetPCIBusId", device);
}

FAKE int cuDeviceGetAttribute(int* value, int attribute, int device) {
    const int capability = (int)number("capability", device, 75);
    *value = attribute == 75   ? capability / 10
             : attribute == 76 ? capability % 10
                               : (int)number("compute_mode", device, 0);
    return answer("cuDeviceGetAttribute", device);
}

FAKE int cuDeviceTotalMem_v2(size_t* bytes, int device) {
    *bytes = number("memory", device, 16ULL << 30);
    return answer("cuDeviceTotalMem_v2", device);
}

static int current;

FAKE int cuDevicePrimaryCtxRetain(void** context, int device) {
    static int contexts[64];
    contexts[device] = device;
    *context = &contexts[device];
    return answer("cuDevicePrimaryCtxRetain", device);
}

FAKE int cuDevicePrimaryCtxRelease(int device) {
    return answer("cuDevicePrimaryCtxRelease", device);
}

FAKE int cuCtxSetCurrent(const int* context) {
    current = *context;
    return answer("cuCtxSetCurrent", current);
}

FAKE int cuMemGetInfo_v2(size_t* unused, size_t* total) {
    *total = number("memory", current, 16ULL << 30);
    *unused = *total - number("used", current, 300ULL << 20);
    return answer("cuMemGetInfo_v2", current);
}

FAKE int cuMemAlloc_v2(uint64_t* pointer, size_t bytes) {
    *pointer = (uintptr_t)malloc(bytes);
    return answer("cuMemAlloc_v2", current);
}

FAKE int cuMemFree_v2(uint64_t pointer) {
    free((void*)(uintptr_t)pointer);
    return answer("cuMemFree_v2", current);
}

FAKE int cuMemsetD32_v2(uint64_t pointer, unsigned value, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        ((unsigned*)(uintptr_t)pointer)[i] = value;
    }
    return answer("cuMemsetD32_v2", current);
}

FAKE int cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
    memcpy(to, (const void*)(uintptr_t)from, bytes);
    return answer("cuMemcpyDtoH_v2", current);
}

// Refuses what a driver refuses: a version that is newer than it, a target above the card.
FAKE int cuModuleLoadData(void** module, const char* source) {
    const int unsupported_version = 222;
    const int invalid = 218;
    const char* const version = strstr(source, ".version ");
    const char* const target = strstr(source, ".target sm_");
    const char* const operation = strstr(source, "xor.b32 ");
    if (!version || !target || !operation || !strstr(source, ".entry envkeep(")) {
        return invalid;
    }
    if (strtod(version + 9, 0) * 10 > (double)number("ptx", current, 80) + 0.5) {
        return unsupported_version;
    }
    if (strtoull(target + 11, 0, 10) > number("capability", current, 75)) {
        return invalid;
    }
    pattern = (unsigned)strtoull(strrchr(strndup(operation, strcspn(operation, ";")), ' '), 0, 10);
    *module = &pattern;
    return answer("cuModuleLoadData", current);
}

FAKE int cuModuleGetFunction(void** function, void* module, const char* name) {
    const int not_found = 500;
    *function = module;
    return strcmp(name, "envkeep") == 0 ? answer("cuModuleGetFunction", current) : not_found;
}

FAKE int cuModuleUnload(void* module) {
    (void)module;
    return answer("cuModuleUnload", current);
}

// Does what the kernel says, so that what is compared is what was computed.
FAKE int cuLaunchKernel(const unsigned* function,
                        unsigned blocks,
                        unsigned blocks_y,
                        unsigned blocks_z,
                        unsigned threads,
                        unsigned threads_y,
                        unsigned threads_z,
                        unsigned shared,
                        void* stream,
                        void** arguments,
                        void** extra) {
    (void)blocks_y, (void)blocks_z, (void)threads_y, (void)threads_z;
    (void)shared, (void)stream, (void)extra;
    unsigned* const words = (unsigned*)(uintptr_t)(*(uint64_t*)arguments[0]);
    const unsigned count = *(unsigned*)arguments[1];
    for (unsigned i = 0; i < blocks * threads && i < count; ++i) {
        words[i] = i ^ *function;
    }
    words[number("wrong_word", current, 0)] ^= (unsigned)number("wrong_bits", current, 0);
    return answer("cuLaunchKernel", current);
}

FAKE int cuCtxSynchronize(void) {
    return answer("cuCtxSynchronize", current);
}
