// SPDX-License-Identifier: MIT
// Times whole processes in turn (A B C A B C ...), so that a machine whose speed drifts slows all
// of them alike, and prints for each the median and the least wall time in microseconds, the
// largest resident size in KiB, and the mean processor time in microseconds, with that of the
// processes that it started and waited for.
//
//   measure ROUNDS NAME COMMAND [ARGUMENT...] [-- NAME COMMAND [ARGUMENT...]]...
//
// The commands' output goes to /dev/null. A status other than 0 is printed behind the figures.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

enum { most_commands = 16 };

struct measured {
    char** words;  // name, command, arguments
    double* microseconds;
    long resident;
    double processor;
    int status;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double microseconds(struct timeval time) {
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static double run(struct measured* one, const posix_spawn_file_actions_t* streams) {
    pid_t pid = 0;
    struct rusage usage;
    const double begin = now();
    if (posix_spawnp(&pid, one->words[1], streams, NULL, one->words + 1, environ) != 0) {
        fprintf(stderr, "measure: cannot start %s\n", one->words[1]);
        exit(2);
    }
    wait4(pid, &one->status, 0, &usage);
    const double took = now() - begin;
    if (usage.ru_maxrss > one->resident) {
        one->resident = usage.ru_maxrss;
    }
    one->processor += microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
    return took;
}

static int by_size(const void* one, const void* other) {
    const double a = *(const double*)one;
    const double b = *(const double*)other;
    return (a > b) - (a < b);
}

int main(int count, char** words) {
    const int rounds = count > 3 ? atoi(words[1]) : 0;
    struct measured all[most_commands];
    int commands = 0;
    if (rounds < 1) {
        fprintf(stderr, "usage: measure ROUNDS NAME COMMAND [ARGUMENT...] [-- ...]\n");
        return 2;
    }
    for (int i = 2; i < count && commands < most_commands; ++i) {
        all[commands] = (struct measured){.words = words + i,
                                          .microseconds = calloc((size_t)rounds, sizeof(double))};
        ++commands;
        while (i < count && strcmp(words[i], "--") != 0) {
            ++i;
        }
        words[i] = NULL;
    }
    posix_spawn_file_actions_t streams;
    posix_spawn_file_actions_init(&streams);
    for (int fd = 0; fd < 3; ++fd) {
        posix_spawn_file_actions_addopen(&streams, fd, "/dev/null", O_RDWR, 0);
    }
    for (int i = 0; i < commands; ++i) {
        run(&all[i], &streams);  // warms the caches; not counted
        all[i].processor = 0;
    }
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < commands; ++i) {
            all[i].microseconds[round] = run(&all[i], &streams);
        }
    }
    for (int i = 0; i < commands; ++i) {
        qsort(all[i].microseconds, (size_t)rounds, sizeof(double), by_size);
        printf("%s\t%.0f\t%.0f\t%ld\t%.0f",
               all[i].words[0],
               all[i].microseconds[rounds / 2],
               all[i].microseconds[0],
               all[i].resident,
               all[i].processor / rounds);
        if (all[i].status != 0) {
            printf("\tstatus %d", WEXITSTATUS(all[i].status));
        }
        printf("\n");
        free(all[i].microseconds);
    }
    return 0;
}
