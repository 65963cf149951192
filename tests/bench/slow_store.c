// SPDX-License-Identifier: MIT
// A file system that hands everything to a folder below it, and lets each request wait: a model of a
// network store, with its attribute cache of three seconds. One of more than a minute is told on standard error, so
// that a test knows that somebody hangs there. Wants libfuse3.
//
//   slow_store MICROSECONDS FOLDER MOUNT_POINT [HOLD]
//
// While the file HOLD is there, requests that match the pattern in it ("open /envkeep/bin/*") get no answer.
#define _GNU_SOURCE
#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static int base;
static long delay;

static const char* hold;

static int is_held(const char* request) {
    char pattern[256] = "";
    const int file = hold == NULL ? -1 : open(hold, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    const ssize_t length = read(file, pattern, sizeof pattern - 1);
    close(file);
    pattern[length > 0 ? strcspn(pattern, "\n") : 0] = '\0';
    return fnmatch(pattern, request, 0) == 0;
}

static const char* answered(const char* operation, const char* path) {
    char request[4096];
    snprintf(request, sizeof request, "%s %s", operation + strlen("do_"), path);
    for (int told = 0; is_held(request); told = 1) {
        if (!told) {
            dprintf(STDERR_FILENO, "holds %s\n", request);
        }
        usleep(10000);
    }
    const struct timespec pause = {.tv_sec = delay / 1000000, .tv_nsec = delay % 1000000 * 1000};
    if (pause.tv_sec > 60) {
        dprintf(STDERR_FILENO, "holds %s\n", path);
    }
    nanosleep(&pause, NULL);
    return path[1] == '\0' ? "." : path + 1;
}

#define here(path) answered(__func__, path)

static int told(long result) {
    return result < 0 ? -errno : (int)result;
}

static int do_getattr(const char* path, struct stat* status, struct fuse_file_info* file) {
    (void)file;
    return told(fstatat(base, here(path), status, AT_SYMLINK_NOFOLLOW));
}

static int do_readlink(const char* path, char* target, size_t size) {
    const ssize_t length = readlinkat(base, here(path), target, size - 1);
    if (length < 0) {
        return -errno;
    }
    target[length] = '\0';
    return 0;
}

static int do_readdir(const char* path,
                      void* buffer,
                      fuse_fill_dir_t fill,
                      off_t offset,
                      struct fuse_file_info* file,
                      enum fuse_readdir_flags flags) {
    (void)offset, (void)file, (void)flags;
    const int folder = openat(base, here(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* entries = folder < 0 ? NULL : fdopendir(folder);
    if (entries == NULL) {
        return -errno;
    }
    for (struct dirent* entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        fill(buffer, entry->d_name, NULL, 0, 0);
    }
    closedir(entries);
    return 0;
}

static int do_open(const char* path, struct fuse_file_info* file) {
    const int fd = openat(base, here(path), file->flags & ~O_NOFOLLOW);
    file->fh = (unsigned long)fd;
    return fd < 0 ? -errno : 0;
}

static int do_create(const char* path, mode_t mode, struct fuse_file_info* file) {
    const int fd = openat(base, here(path), file->flags, mode);
    file->fh = (unsigned long)fd;
    return fd < 0 ? -errno : 0;
}

static int do_read(
    const char* path, char* buffer, size_t size, off_t offset, struct fuse_file_info* file) {
    here(path);
    return told(pread((int)file->fh, buffer, size, offset));
}

static int do_write(
    const char* path, const char* buffer, size_t size, off_t offset, struct fuse_file_info* file) {
    here(path);
    return told(pwrite((int)file->fh, buffer, size, offset));
}

static int do_release(const char* path, struct fuse_file_info* file) {
    (void)path;
    return told(close((int)file->fh));
}

static int do_fsync(const char* path, int only_data, struct fuse_file_info* file) {
    (void)only_data;
    here(path);
    return told(fsync((int)file->fh));
}

static int do_mkdir(const char* path, mode_t mode) {
    return told(mkdirat(base, here(path), mode));
}

static int do_unlink(const char* path) {
    return told(unlinkat(base, here(path), 0));
}

static int do_rmdir(const char* path) {
    return told(unlinkat(base, here(path), AT_REMOVEDIR));
}

static int do_symlink(const char* target, const char* path) {
    return told(symlinkat(target, base, here(path)));
}

static int do_rename(const char* from, const char* to, unsigned flags) {
    return told(renameat2(base, here(from), base, to + 1, flags));
}

static int do_link(const char* from, const char* to) {
    return told(linkat(base, here(from), base, to + 1, 0));
}

static int do_chmod(const char* path, mode_t mode, struct fuse_file_info* file) {
    (void)file;
    return told(fchmodat(base, here(path), mode, 0));
}

static int do_chown(const char* path, uid_t user, gid_t group, struct fuse_file_info* file) {
    (void)file;
    return told(fchownat(base, here(path), user, group, AT_SYMLINK_NOFOLLOW));
}

static int do_truncate(const char* path, off_t size, struct fuse_file_info* file) {
    if (file != NULL) {
        here(path);
        return told(ftruncate((int)file->fh, size));
    }
    const int fd = openat(base, here(path), O_WRONLY | O_CLOEXEC);
    const int result = fd < 0 ? -errno : told(ftruncate(fd, size));
    if (fd >= 0) {
        close(fd);
    }
    return result;
}

static int do_utimens(const char* path,
                      const struct timespec times[2],
                      struct fuse_file_info* file) {
    (void)file;
    return told(utimensat(base, here(path), times, AT_SYMLINK_NOFOLLOW));
}

static int do_statfs(const char* path, struct statvfs* space) {
    here(path);
    return told(fstatvfs(base, space));
}

static void* do_init(struct fuse_conn_info* connection, struct fuse_config* config) {
    (void)connection;
    config->use_ino = 1;
    config->nullpath_ok = 0;
    config->attr_timeout = 3;
    config->entry_timeout = 3;
    return NULL;
}

static const struct fuse_operations operations = {.init = do_init,
                                                  .getattr = do_getattr,
                                                  .readlink = do_readlink,
                                                  .readdir = do_readdir,
                                                  .open = do_open,
                                                  .create = do_create,
                                                  .read = do_read,
                                                  .write = do_write,
                                                  .release = do_release,
                                                  .fsync = do_fsync,
                                                  .mkdir = do_mkdir,
                                                  .unlink = do_unlink,
                                                  .rmdir = do_rmdir,
                                                  .symlink = do_symlink,
                                                  .rename = do_rename,
                                                  .link = do_link,
                                                  .chmod = do_chmod,
                                                  .chown = do_chown,
                                                  .truncate = do_truncate,
                                                  .utimens = do_utimens,
                                                  .statfs = do_statfs};

int main(int count, char** words) {
    if (count != 4 && count != 5) {
        fprintf(stderr, "usage: slow_store MICROSECONDS FOLDER MOUNT_POINT [HOLD]\n");
        return 2;
    }
    delay = atol(words[1]);
    hold = words[4];
    base = open(words[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
    char* options[] = {words[0], words[3], "-f", "-o", "allow_other,default_permissions"};
    if (base < 0) {
        perror(words[2]);
        return 2;
    }
    return fuse_main(5, options, &operations, NULL);
}
