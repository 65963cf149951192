// SPDX-License-Identifier: MIT
// Looks at everything below the folders given, by one thread, and does nothing else: the measure for
// a restore that finds nothing to do. Prints how many there were.
//
//   walk FOLDER...
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long walk(int folder) {
    long seen = 0;
    DIR* entries = folder < 0 ? NULL : fdopendir(folder);
    if (entries == NULL) {
        return 0;
    }
    for (struct dirent* entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        ++seen;
        if (S_ISDIR(status.st_mode)) {
            seen += walk(openat(
                folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        }
    }
    closedir(entries);
    return seen;
}

int main(int count, char** folders) {
    long seen = 0;
    for (int i = 1; i < count; ++i) {
        seen += walk(open(folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    printf("%ld\n", seen);
    return 0;
}
