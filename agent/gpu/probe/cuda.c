// SPDX-License-Identifier: MIT
#include "gpu/probe/probe.h"

// Types as the driver's interface has them: a device is an int, a pointer of the card 64 bits.
enum { not_found = 500 };

enum { words = 256, bytes = 1 << 20, pattern = 0x5bd1e995 };

static void* library;

static int call(const char* name, const char* older, word one, word two, word three, word four) {
    function found = (function)dlsym(library, name);
    if (!found && older) {
        found = (function)dlsym(library, older);
    }
    return found ? found(one, two, three, four, 0) : not_found;
}

// A step that is one call; false if it failed.
static int is_well(enum probe_step step,
                   int card,
                   const char* name,
                   const char* older,
                   word one,
                   word two,
                   word three) {
    begin(step, card);
    const int code = call(name, older, one, two, three, 0);
    tell(code, 0);
    return code == 0;
}

// Word i becomes i ^ pattern. What stands before it is chosen by the card: old drivers refuse a new
// version, new ones an old target (see the table of PTX versions in the driver's manual).
#define KERNEL                                                        \
    "\n.address_size 64\n"                                            \
    ".visible .entry envkeep(.param .u64 words, .param .u32 count)\n" \
    "{\n"                                                             \
    ".reg .pred %p<2>;\n"                                             \
    ".reg .b32 %r<7>;\n"                                              \
    ".reg .b64 %rd<5>;\n"                                             \
    "ld.param.u64 %rd1, [words];\n"                                   \
    "ld.param.u32 %r1, [count];\n"                                    \
    "mov.u32 %r2, %ctaid.x;\n"                                        \
    "mov.u32 %r3, %ntid.x;\n"                                         \
    "mov.u32 %r4, %tid.x;\n"                                          \
    "mad.lo.s32 %r5, %r2, %r3, %r4;\n"                                \
    "setp.ge.u32 %p1, %r5, %r1;\n"                                    \
    "@%p1 bra L;\n"                                                   \
    "xor.b32 %r6, %r5, 1540483477;\n"                                 \
    "cvta.to.global.u64 %rd2, %rd1;\n"                                \
    "mul.wide.u32 %rd3, %r5, 4;\n"                                    \
    "add.s64 %rd4, %rd2, %rd3;\n"                                     \
    "st.global.u32 [%rd4], %r6;\n"                                    \
    "L:\n"                                                            \
    "ret;\n"                                                          \
    "}\n"

static char source[] = ".version 6.0\n.target sm_30" KERNEL;

// "6.0" and "sm_30" in the source above.
static char* source_for(unsigned major, unsigned minor) {
    const unsigned version = 11;
    const unsigned target = 24;
    const int is_turing = major > 7 || (major == 7 && minor >= 5);
    source[version] = is_turing ? '3' : '0';
    source[target] = is_turing ? '7' : major >= 5 ? '5' : '3';
    source[target + 1] = is_turing ? '5' : '0';
    return source;
}

static uint32_t found[words];

// The words that are not as they should be.
static void compare(enum probe_step step, int card, uint32_t numbered) {
    uint64_t wrong = 0;
    begin(step, card);
    for (uint32_t i = 0; i < words; ++i) {
        wrong += found[i] != ((i & numbered) ^ pattern);
    }
    tell_numbers(wrong ? ENVKEEP_PROBE_FAILED : 0, wrong, 0, 0, 0);
}

// Eleven arguments: too many for registers.
typedef int (*launch)(word, word, word, word, word, word, word, word, word, const void**, word);

static void run_kernel(int card, uint64_t memory, word entry) {
    const launch start = (launch)dlsym(library, "cuLaunchKernel");
    const uint32_t count = words;
    const word threads = 128;
    const void* arguments[] = {&memory, &count};
    begin(step_cuda_launch, card);
    const int code =
        start ? start(entry, words / threads, 1, 1, threads, 1, 1, 0, 0, arguments, 0) : not_found;
    tell(code, 0);
    if (code == 0 && is_well(step_cuda_synchronize, card, "cuCtxSynchronize", 0, 0, 0, 0) &&
        is_well(step_cuda_copy, card, "cuMemcpyDtoH_v2", 0, (word)found, memory, sizeof found)) {
        compare(step_cuda_compare, card, UINT32_MAX);
    }
}

// What is left to be tried where the driver compiles nothing: memory, and copying.
static void fill(int card, uint64_t memory) {
    begin(step_cuda_fill, card);
    int code = call("cuMemsetD32_v2", 0, memory, pattern, words, 0);
    if (code == 0) {
        code = call("cuMemcpyDtoH_v2", 0, (word)found, memory, sizeof found, 0);
    }
    tell(code, 0);
    if (code == 0) {
        compare(step_cuda_fill, card, 0);
    }
}

static void compute(int card, unsigned major, unsigned minor) {
    uint64_t memory = 0;
    uint64_t room[2] = {0, 0};
    word module = 0;
    word entry = 0;
    begin(step_cuda_free_memory, card);
    const int code = call("cuMemGetInfo_v2", 0, (word)&room[0], (word)&room[1], 0, 0);
    tell_numbers(code, room[0], room[1], 0, 0);
    if (!is_well(step_cuda_allocate, card, "cuMemAlloc_v2", 0, (word)&memory, bytes, 0)) {
        return;
    }
    // Else the words of an earlier run might stand there still.
    if (is_well(step_cuda_clear, card, "cuMemsetD32_v2", 0, memory, 0, words)) {
        if (!is_well(step_cuda_module,
                     card,
                     "cuModuleLoadData",
                     0,
                     (word)&module,
                     (word)source_for(major, minor),
                     0)) {
            fill(card, memory);
        } else if (is_well(step_cuda_function,
                           card,
                           "cuModuleGetFunction",
                           0,
                           (word)&entry,
                           module,
                           (word) "envkeep")) {
            run_kernel(card, memory, entry);
        }
    }
    if (module) {
        call("cuModuleUnload", 0, module, 0, 0, 0);
    }
    call("cuMemFree_v2", 0, memory, 0, 0, 0);
}

static void use_card(int card) {
    static char text[96];
    int32_t device = 0;
    if (!is_well(step_cuda_device, card, "cuDeviceGet", 0, (word)&device, (word)card, 0)) {
        return;
    }
    begin(step_cuda_name, card);
    const int named = call("cuDeviceGetName", 0, (word)text, sizeof text - 1, (word)device, 0);
    tell(named, text);
    uint64_t uuid[2] = {0, 0};
    begin(step_cuda_uuid, card);
    const int has_uuid =
        call("cuDeviceGetUuid_v2", "cuDeviceGetUuid", (word)uuid, (word)device, 0, 0);
    tell_numbers(has_uuid, uuid[0], uuid[1], 0, 0);
    memset(text, 0, sizeof text);
    begin(step_cuda_pci, card);
    const int has_address =
        call("cuDeviceGetPCIBusId", 0, (word)text, sizeof text - 1, (word)device, 0);
    tell(has_address, text);
    const word attributes[3] = {75, 76, 20};
    int32_t values[3] = {0, 0, 0};
    int code = 0;
    begin(step_cuda_attributes, card);
    for (int i = 0; i < 3 && code == 0; ++i) {
        code = call("cuDeviceGetAttribute", 0, (word)&values[i], attributes[i], (word)device, 0);
    }
    tell_numbers(code, (uint64_t)values[0], (uint64_t)values[1], (uint64_t)values[2], 0);
    uint64_t memory = 0;
    begin(step_cuda_memory, card);
    code = call("cuDeviceTotalMem_v2", 0, (word)&memory, (word)device, 0, 0);
    tell_numbers(code, memory, 0, 0, 0);
    word context = 0;
    if (!is_well(step_cuda_context,
                 card,
                 "cuDevicePrimaryCtxRetain",
                 0,
                 (word)&context,
                 (word)device,
                 0)) {
        return;
    }
    if (is_well(step_cuda_current, card, "cuCtxSetCurrent", 0, context, 0, 0)) {
        compute(card, (unsigned)values[0], (unsigned)values[1]);
    }
    is_well(step_cuda_release,
            card,
            "cuDevicePrimaryCtxRelease_v2",
            "cuDevicePrimaryCtxRelease",
            (word)device,
            0,
            0);
}

void probe_cuda(void) {
    library = load(step_cuda_load, "libcuda.so.1");
    if (!library || !is_well(step_cuda_init, -1, "cuInit", 0, 0, 0, 0)) {
        return;
    }
    int32_t version = 0;
    begin(step_cuda_version, -1);
    int code = call("cuDriverGetVersion", 0, (word)&version, 0, 0, 0);
    tell_numbers(code, (uint64_t)version, 0, 0, 0);
    int32_t count = 0;
    begin(step_cuda_count, -1);
    code = call("cuDeviceGetCount", 0, (word)&count, 0, 0, 0);
    tell_numbers(code, (uint64_t)count, 0, 0, 0);
    for (int card = 0; code == 0 && card < count && card < 64; ++card) {
        use_card(card);
    }
}
