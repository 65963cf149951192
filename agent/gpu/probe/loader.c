// SPDX-License-Identifier: MIT
// Stands in for libdl.so.2 where the probe is linked, whatever glibc builds it: so its symbols have
// the versions that each glibc knows (loader.map).
void dlopen(void);
void dlsym(void);
void dlerror(void);

void dlopen(void) {}

void dlsym(void) {}

void dlerror(void) {}
