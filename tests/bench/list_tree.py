# SPDX-License-Identifier: MIT
"""Prints one digest of what is below a folder, and how many: names, kinds, sizes, modes, owners, times of files."""

import hashlib
import os
import stat
import sys

digest = hashlib.sha256()
count = 0
for folder, folders, files in os.walk(os.path.realpath(sys.argv[1])):
    folders.sort()
    for name in sorted(folders + files):
        path = os.path.join(folder, name)
        status = os.lstat(path)
        line = [os.path.relpath(path, sys.argv[1]), status.st_mode, status.st_uid, status.st_gid]
        if stat.S_ISREG(status.st_mode):
            line += [status.st_size, status.st_mtime_ns // 1_000_000_000]
        elif stat.S_ISLNK(status.st_mode):
            line.append(os.readlink(path))
        digest.update(repr(line).encode())
        count += 1
print(count, digest.hexdigest())
