// SPDX-License-Identifier: MIT
// The program that touches the driver, so that envkeep does not: it is carried inside envkeep, run
// in a process of its own with the environment of the notebook, and may crash or hang. Without the
// start files of a C library, so that it starts with each glibc from 2.17 on: NVIDIA's libraries
// need a glibc of the machine, and a static program has none.
#include "gpu/probe/probe.h"

#include <sys/syscall.h>

static struct probe_record record;
static uint64_t started;
static word output = 1;

word call_system(word number, word one, word two, word three) {
    word result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(one), "S"(two), "d"(three)
                     : "rcx", "r11", "memory");
    return result;
}

// The compiler calls these too.
void* memset(void* to, int byte, unsigned long count) {
    void* const begin_of = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(byte) : "memory");
    return begin_of;
}

void* memcpy(void* restrict to, const void* restrict from, unsigned long count) {
    void* const begin_of = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return begin_of;
}

static uint64_t microseconds(void) {
    struct {
        int64_t seconds;
        int64_t nanoseconds;
    } now = {0, 0};

    const word clock_monotonic = 1;
    call_system(SYS_clock_gettime, clock_monotonic, (word)&now, 0);
    return (uint64_t)now.seconds * 1000000 + (uint64_t)now.nanoseconds / 1000;
}

static void put(void) {
    call_system(SYS_write, output, (word)&record, sizeof record);
}

void begin(enum probe_step step, int card) {
    memset(&record, 0, sizeof record);
    record.magic = ENVKEEP_PROBE_MAGIC;
    record.step = (uint16_t)step;
    record.card = (int16_t)card;
    record.code = ENVKEEP_PROBE_BEGUN;
    put();
    started = microseconds();
}

static void tell_all(int code) {
    record.microseconds = (uint32_t)(microseconds() - started);
    record.code = code;
    put();
}

void tell(int code, const char* text) {
    for (unsigned i = 0; text && text[i] && i + 1 < sizeof record.text; ++i) {
        record.text[i] = text[i];
    }
    tell_all(code);
}

void tell_numbers(int code, uint64_t one, uint64_t two, uint64_t three, uint64_t four) {
    record.numbers[0] = one;
    record.numbers[1] = two;
    record.numbers[2] = three;
    record.numbers[3] = four;
    tell_all(code);
}

void* load(enum probe_step step, const char* name) {
    // The beginning of glibc's struct link_map, which is public.
    struct loaded {
        word address;
        const char* path;
    };

    const int now = 2;
    begin(step, -1);
    void* const library = dlopen(name, now);
    if (library) {
        tell(0, ((const struct loaded*)library)->path);
    } else {
        tell(ENVKEEP_PROBE_FAILED, dlerror());
    }
    return library;
}

// What is to be probed, one a word: kernel, nvml, cuda.
__attribute__((noreturn, used)) static void start(const word* stack) {
    const int count = (int)stack[0];
    const char* const* const words = (const char* const*)(stack + 1);
    // The libraries may print, or close what they think is theirs.
    const word least = 100;
    const word duplicate = 0;
    const word higher = call_system(SYS_fcntl, 1, duplicate, least);
    output = (int64_t)higher < 0 ? 1 : higher;
    for (int i = 1; i < count; ++i) {
        switch (words[i][0]) {
            case 'k':
                probe_kernel();
                break;
            case 'n':
                probe_nvml();
                break;
            default:
                probe_cuda();
        }
    }
    begin(step_end, -1);
    tell(0, 0);
    // Without the libraries' destructors, which may hang as well as anything else.
    while (1) {
        call_system(SYS_exit_group, 0, 0, 0);
    }
}

__asm__(
    ".globl _start\n"
    "_start:\n"
    "xor %ebp, %ebp\n"
    "mov %rsp, %rdi\n"
    "and $-16, %rsp\n"
    "call start\n");
