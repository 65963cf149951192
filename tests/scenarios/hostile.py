#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names and files that are hard on a program, and what looks that it bore them.

    hostile.py names FOLDER              files of such names, of another user, with set-id bits, of a far time
    hostile.py special FOLDER            a pipe, a device and a socket
    hostile.py deep FOLDER               a path beyond PATH_MAX
    hostile.py list FOLDER...            what lies below, one line each; digests of files
    hostile.py bytes FOLDER...           the digests of the files below alone
    hostile.py prints FILE               the text is for a terminal: UTF-8 without control characters
    hostile.py json FILE SCHEMA EXIT     one document that fits the schema, tells EXIT and is for a terminal too
    hostile.py terminal STATUS WORD...   runs a program on a terminal: colours and progress, no other control
    hostile.py watch READY FILE FOLDER...   until it is ended: what is opened, read or changed there, into FILE
    hostile.py each PROGRAM STORE HOME WHOLE CANARY FILE...   damages each FILE in each way and runs all commands: see `each`
    hostile.py exchange PLACE OTHER
    hostile.py swap READY PLACE OTHER PLACE OTHER...   exchanges them until it is ended
"""
import contextlib
import ctypes
import hashlib
import json
import os
import pty
import re
import signal
import socket
import stat
import subprocess
import sys
import time

NAMES = [
    b"new\nline", b"\x1b[2J\x1b]0;title\x07", b"bad-\xff\xfe", b"c1-\xc2\x9b31m", b"rtl-\xe2\x80\xaetxt.exe", b"x" * 255,
    b"\xf0\x9f\x92\xa9" * 63, b"-rf", b" blank ", b"quote'\"$(touch pwned)`x`", b"back\\slash\\x41", b"*?[a]", b"tab\t.",
    b"del\x7f", b"...", b"..two", b"~", b"#", b"%n%s{}", b"\xed\xa0\x80", b"\r\n", b".envkeep-00000000", b"$HOME", b"&a *a",
]
# Directions of text, C0, DEL and C1 as a terminal may read them.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COLOUR = re.compile("\x1b\\[[0-9;]*[mK]|\r")
libc = ctypes.CDLL(None, use_errno=True)


def make_names(folder):
    os.makedirs(folder, exist_ok=True)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def write(name, data, below=at):
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=below), "wb") as file:
            file.write(data)

    for name in NAMES:
        write(name, b"file " + name)
        os.mkdir(b"d" + name[:254].decode("utf-8", "ignore").encode() if len(name) > 250 else b"d" + name, dir_fd=at)
        os.symlink(b"target " + name[:200], (b"l" + name)[:200], dir_fd=at)
    write(b"set-ids", b"#!/bin/sh\n")
    os.chown("set-ids", 4321, 4321, dir_fd=at)
    os.chmod("set-ids", 0o6755, dir_fd=at)
    write(b"theirs", b"of another user")
    os.chown("theirs", 4321, 4321, dir_fd=at)
    os.chmod("theirs", 0o600, dir_fd=at)
    write(b"far", b"written in 2381")
    os.utime("far", (13_000_000_000, 13_000_000_000), dir_fd=at)


def make_deep(folder):
    os.makedirs(folder, exist_ok=True)
    below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for level in range(20):  # 20 names of 250 bytes: beyond PATH_MAX
        name = b"%02d" % level + b"deep" * 62
        os.mkdir(name, dir_fd=below)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=below)
    with open(os.open(b"bottom", os.O_WRONLY | os.O_CREAT, 0o640, dir_fd=below), "wb") as file:
        file.write(b"deep down")


def make_special(folder):
    os.makedirs(folder, exist_ok=True)
    os.mkfifo(os.path.join(folder, "fi\nfo"))
    os.mknod(os.path.join(folder, "null\x1b[m"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    here = os.getcwd()
    os.chdir(folder)
    socket.socket(socket.AF_UNIX).bind("socket")
    os.chdir(here)


# Each thing below, by its path in bytes; never by a path from the root, which may be too long.
def things(folder):
    def below(descriptor, path):
        for name in sorted(os.listdir(descriptor)):
            name = os.fsencode(name)
            info = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if name.startswith(b".envkeep-state"):
                continue
            yield descriptor, name, path + name, info
            if stat.S_ISDIR(info.st_mode):
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
                yield from below(inner, path + name + b"/")
                os.close(inner)

    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    yield from below(top, b"")
    os.close(top)


def digest(descriptor, name):
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=descriptor), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def line_of(descriptor, name, path, info):
    kind = stat.S_IFMT(info.st_mode)
    what = {stat.S_IFREG: lambda: digest(descriptor, name),
            stat.S_IFLNK: lambda: repr(os.readlink(name, dir_fd=descriptor))}.get(kind, lambda: "")()
    mode = "" if stat.S_ISLNK(info.st_mode) else f"{info.st_mode:o}"
    return f"{path!r} {mode} {info.st_uid}:{info.st_gid} {what}"


def list_all(folders):
    for folder in folders:
        for one in things(folder):
            print(line_of(*one))


def bytes_below(folders):
    for folder in folders:
        for descriptor, name, _, info in things(folder):
            if stat.S_ISREG(info.st_mode):
                yield digest(descriptor, name)


def list_bytes(folders):
    print("\n".join(sorted(set(bytes_below(folders)))))


def check_text(data):
    text = data.decode("utf-8")
    found = CONTROL.search(text)
    if found:
        around = text[max(0, found.start() - 60):found.end() + 60]
        raise SystemExit(f"raw {found.group()!r} in {around!r}")
    return text


def check_json(path, schema_path, wanted):
    import jsonschema
    document = json.loads(check_text(open(path, "rb").read()))
    jsonschema.Draft202012Validator(json.load(open(schema_path))).validate(document)
    if str(document["exit"]) != wanted:
        raise SystemExit(f"exit {document['exit']}, wanted {wanted}")


def on_terminal(status, words):
    said = bytearray()

    def read(descriptor):
        data = os.read(descriptor, 65536)
        said.extend(data)
        return data

    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # spawn copies there what it reads
    found = os.waitstatus_to_exitcode(pty.spawn(words, read, lambda descriptor: b""))
    text = said.replace(b"\r\n", b"\n").decode("utf-8")
    check_text(COLOUR.sub("", text).encode())
    if str(found) != status:
        raise SystemExit(f"status {found}, wanted {status}: {text!r}")


def watch(ready, log, folders):
    IN_ALL = 0x00000FFF
    descriptor = libc.inotify_init1(0)
    names = {}
    for top in folders:
        for folder, _, _ in os.walk(top):
            number = libc.inotify_add_watch(descriptor, os.fsencode(folder), IN_ALL)
            names[number] = folder
    open(ready, "w").close()
    with open(log, "a", buffering=1) as out:
        while True:
            data = os.read(descriptor, 65536)
            while data:
                number, mask = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
                length = int.from_bytes(data[12:16], "little")
                name = data[16:16 + length].rstrip(b"\0")
                print(f"{names.get(number)}/{name!r} {mask:#x}", file=out)
                data = data[16 + length:]


def exchange(place, other):
    AT_FDCWD, RENAME_EXCHANGE = -100, 2
    libc.renameat2(AT_FDCWD, os.fsencode(place), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)


def swap(ready, places):
    open(ready, "w").close()
    while True:
        for i in range(0, len(places), 2):
            exchange(places[i], places[i + 1])


def put(path, data):
    with open(path, "wb") as file:
        file.write(data)


NOISE = bytes(i * i * 7919 % 251 for i in range(10_000))
DAMAGES = {
    "cut to 1": lambda path, before, canary: put(path, before[:1]),
    "cut to a half": lambda path, before, canary: put(path, before[:len(before) // 2]),
    "cut at its end": lambda path, before, canary: put(path, before[:-2]),
    "empty": lambda path, before, canary: put(path, b""),
    "noise": lambda path, before, canary: put(path, NOISE),
    "noise behind": lambda path, before, canary: put(path, before + NOISE),
    "controls": lambda path, before, canary: put(path, before.replace(b'":"', b'":"\\u001b[2J\\u009b31m\\u202e')),
    "numbers": lambda path, before, canary: put(path, re.sub(rb"\d+", b"99999999999999999999", before)),
    "negative": lambda path, before, canary: put(path, re.sub(rb":\d+", b":-1", before)),
    "deep": lambda path, before, canary: put(path, b"[" * 100_000),
    "lists": lambda path, before, canary: put(path, before.replace(b"{", b"[").replace(b"}", b"]")),
    "a folder": lambda path, before, canary: os.mkdir(path),
    "a pipe": lambda path, before, canary: os.mkfifo(path),
    "a device": lambda path, before, canary: os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5)),
    "a link": lambda path, before, canary: os.symlink(canary, path),
    "a link to itself": lambda path, before, canary: os.symlink(os.path.basename(path), path),
    "100 MB": lambda path, before, canary: put(path, (NOISE + b"\n") * 10_000),
    "100 MB of lines": lambda path, before, canary: put(path, (before.rstrip(b"\n") + b"\n") * (100_000_000 // (len(before) + 1))),
    "gone": lambda path, before, canary: None,
}
COMMANDS = ["status", "plan", "log --verbose", "verify", "restore", "save", "undo", "gc --backups", "snapshots", "restore --start"]
ALWAYS = ["status", "restore", "restore --start"]
# Where that is set, one of the two of 100 MB, and the commands that are always run with two of the others in turn, each
# day other ones.
IS_THINNED = "ENVKEEP_CALL_STRIDE" in os.environ
TURN = int(os.environ.get("ENVKEEP_CALL_TURN", time.time() // 86400))


def end_all(program):
    running = [name for name in os.listdir("/proc") if name.isdigit() and exe_of(name) == program]
    for pid in running:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            os.kill(int(pid), signal.SIGTERM)
    while any(exe_of(pid) == program for pid in running):
        time.sleep(0.01)


def exe_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        return None


def harms_of(path):
    left_out = "100 MB" if path.endswith(".jsonl") else "100 MB of lines"
    return [(kind, harm) for kind, harm in DAMAGES.items() if not IS_THINNED or kind != left_out]


def commands_of(case):
    others = [command for command in COMMANDS if command not in ALWAYS]
    chosen = [others[(TURN + 2 * case + next) % len(others)] for next in (0, 1)]
    return [command for command in COMMANDS if not IS_THINNED or command in ALWAYS or command in chosen]


# WHOLE holds copies of STORE and HOME, by the names of their last parts: each case begins with them.
def each(program, store, home, whole, canary, *files):
    places = [home, store + "/envkeep/home", store + "/envkeep/backups", store + "/envkeep/.envkeep-aside"]
    secret = open(canary, "rb").read()
    bad = []
    wanted = set(bytes_below(places))
    cases = runs = 0
    for path in files:
        before = open(path, "rb").read()
        for kind, harm in harms_of(path):
            for place in (store, home):
                subprocess.run(["rm", "-rf", place], check=True)
                subprocess.run(["cp", "-a", whole + "/" + os.path.basename(place), place], check=True)
            os.unlink(path)
            harm(path, before, canary)
            cases += 1
            for command in commands_of(cases):
                runs += 1
                what = f"{os.path.relpath(path, os.path.dirname(store))}, {kind}: {command}"
                try:
                    ran = subprocess.run([program, *command.split(), "--store", store], timeout=60, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                except subprocess.TimeoutExpired:
                    bad.append(f"{what}: no end in a minute")
                    continue
                if not 0 <= ran.returncode <= 8:
                    bad.append(f"{what}: status {ran.returncode}: {ran.stdout[:1000]!r}")
                try:
                    check_text(ran.stdout)
                except (SystemExit, UnicodeDecodeError) as error:
                    bad.append(f"{what}: {error}")
            end_all(program)
            lost = wanted - set(bytes_below(filter(os.path.isdir, places))) - {hashlib.sha256(before).hexdigest()}
            if lost:
                bad.append(f"{path}, {kind}: {len(lost)} files are lost")
            if open(canary, "rb").read() != secret:
                bad.append(f"{path}, {kind}: a link was followed")
    print("\n".join(bad))
    print(f"{len(files)} files, damaged in {cases} ways and read by {runs} commands")
    if bad:
        raise SystemExit(1)


def main(command, *words):
    if command == "names":
        make_names(*words)
    elif command == "deep":
        make_deep(*words)
    elif command == "special":
        make_special(*words)
    elif command == "list":
        list_all(words)
    elif command == "bytes":
        list_bytes(words)
    elif command == "prints":
        check_text(open(words[0], "rb").read())
    elif command == "json":
        check_json(*words)
    elif command == "terminal":
        on_terminal(words[0], list(words[1:]))
    elif command == "watch":
        watch(words[0], words[1], words[2:])
    elif command == "each":
        each(*words)
    elif command == "exchange":
        exchange(*words)
    elif command == "swap":
        swap(words[0], list(words[1:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
