// SPDX-License-Identifier: MIT
// Runs one command and adds a line to FILE: wall time in microseconds, largest resident size in KiB of
// it and of what it waited for, status.
//
//   clock FILE COMMAND [ARGUMENT...]
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int count, char** words) {
    pid_t pid = 0;
    int status = 0;
    struct rusage usage;
    if (count < 3) {
        fprintf(stderr, "usage: clock FILE COMMAND [ARGUMENT...]\n");
        return 2;
    }
    const double begin = now();
    if (posix_spawnp(&pid, words[2], NULL, NULL, words + 2, environ) != 0) {
        fprintf(stderr, "clock: cannot start %s\n", words[2]);
        return 2;
    }
    wait4(pid, &status, 0, &usage);
    const double took = now() - begin;
    FILE* file = fopen(words[1], "a");
    if (file == NULL) {
        perror(words[1]);
        return 2;
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(file, "%.0f\t%ld\t%d\n", took, usage.ru_maxrss, code);
    fclose(file);
    return code;
}
