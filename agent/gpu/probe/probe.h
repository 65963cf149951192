// SPDX-License-Identifier: MIT
#pragma once

#include "gpu/probe/record.h"

// Of the C library nothing but these is called: GLIBC_2.2.5, in libdl.so.2 then.
void* dlopen(const char* file, int mode);
void* dlsym(void* library, const char* name);
char* dlerror(void);

typedef uintptr_t word;

void* memset(void* to, int byte, unsigned long count);
void* memcpy(void* restrict to, const void* restrict from, unsigned long count);

// All of the driver's functions that are called take whole numbers and pointers and give an int;
// by the calling convention of x86-64 what is passed besides is not looked at.
typedef int (*function)(word, word, word, word, word);

void begin(enum probe_step step, int card);
// Ends the step that was begun.
void tell(int code, const char* text);
void tell_numbers(int code, uint64_t one, uint64_t two, uint64_t three, uint64_t four);

// Loads it, as a step; 0 if the loader does not find it.
void* load(enum probe_step step, const char* name);

word call_system(word number, word one, word two, word three);

// The kernel's driver without a library, NVML, libcuda.
void probe_kernel(void);
void probe_nvml(void);
void probe_cuda(void);
