// SPDX-License-Identifier: MIT
#pragma once

// What the fake driver is to answer: words between blanks in the variable FAKE_GPU.
//
// cuInit=802              the function gives that code; also crash, hang, loop, slow, print
// cuInit@LD_PRELOAD=999   only where that variable is set
// cards=2  ecc=7  ecc#1=7 a number that it tells, of each card or of that one
//
// The first word that fits counts.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAKE __attribute__((visibility("default")))

static const char* const healthy = "";

// The value of a key, which ends at a blank; 0 if nothing is said.
static const char* said_of(const char* key, int card) {
    const char* words = getenv("FAKE_GPU");
    const size_t length = strlen(key);
    for (words = words ? words : healthy; *words;
         words += strcspn(words, " "), words += *words == ' ') {
        const char* rest = words + length;
        if (strncmp(words, key, length) != 0) {
            continue;
        }
        if (*rest == '#') {
            char* end = 0;
            if (strtol(rest + 1, &end, 10) != card) {
                continue;
            }
            rest = end;
        }
        if (*rest == '@') {
            char name[64] = "";
            const size_t size = strcspn(rest + 1, "=");
            memcpy(name, rest + 1, size < sizeof name ? size : 0);
            if (!getenv(name)) {
                continue;
            }
            rest += 1 + size;
        }
        if (*rest == '=') {
            return rest + 1;
        }
    }
    return 0;
}

static uint64_t number(const char* key, int card, uint64_t usual) {
    const char* const value = said_of(key, card);
    return value ? strtoull(value, 0, 0) : usual;
}

static int is_word(const char* value, const char* word) {
    return strncmp(value, word, strlen(word)) == 0;
}

static void sleep_for(time_t seconds) {
    struct timespec time = {seconds, 100000000};
    nanosleep(&time, 0);
}

// The code that a function gives, if it comes back.
static int answer(const char* called, int card) {
    const char* const value = said_of(called, card);
    if (!value) {
        return 0;
    }
    if (is_word(value, "crash")) {
        *(volatile int*)(uintptr_t)card = 1;
        __builtin_trap();
    }
    while (is_word(value, "hang")) {
        sleep_for(1000);
    }
    for (volatile int turn = 0; is_word(value, "loop"); ++turn) {
    }
    if (is_word(value, "slow")) {
        sleep_for(1);
        return 0;
    }
    if (is_word(value, "print")) {
        const char text[] = "NVRM: something ekprobe that nobody asked for\n";
        return write(1, text, sizeof text - 1) < 0 || write(2, text, sizeof text - 1) < 0;
    }
    return (int)strtol(value, 0, 10);
}
