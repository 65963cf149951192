# SPDX-License-Identifier: MIT
"""Makes system calls of the program fail, one a run, and looks at what is left. See tests/faults.sh."""
import argparse
import collections
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

import scenes
from scenes import HOME, ROOT, STORE

KEPT = "/mnt/scene"
TRACE = "/mnt/trace"
SAMPLE_SECONDS = int(os.environ.get("ENVKEEP_FAULTS_SECONDS", "55"))

# What the process does with itself; failing it says nothing of files.
OF_THE_PROCESS = ("brk,munmap,mprotect,madvise,futex,exit,exit_group,execve,arch_prctl,set_tid_address,set_robust_list,"
                  "rseq,prlimit64,sigaltstack,gettid,getpid,getppid,clock_gettime,clock_nanosleep,nanosleep,tgkill,"
                  "restart_syscall,rt_sigaction,rt_sigprocmask,rt_sigreturn,sched_yield,mremap,wait4,prctl,clone,clone3,"
                  "sched_getaffinity,uname,getuid,geteuid,getgid,getegid,getrandom,membarrier").split(",")

READING = "EIO EACCES ESTALE EINTR"
MAKING = "EIO ENOSPC EACCES EROFS ESTALE EINTR"
ERRORS = {
    "openat": "EIO ENOSPC EACCES EROFS ESTALE EINTR", "openat2": "EIO ENOSPC EACCES EROFS ESTALE EINTR EXDEV",
    "open": MAKING, "read": "EIO ESTALE EINTR", "pread64": "EIO ESTALE EINTR", "readv": "EIO ESTALE EINTR",
    "write": "EIO ENOSPC EROFS ESTALE EINTR", "writev": "EIO ENOSPC EROFS ESTALE EINTR",
    "pwrite64": "EIO ENOSPC EROFS ESTALE EINTR", "close": "EIO ENOSPC EINTR", "lseek": "EIO ESTALE",
    "copy_file_range": "EIO ENOSPC EXDEV ESTALE EINTR", "sendfile": "EIO ENOSPC ESTALE EINTR",
    "ftruncate": "EIO ENOSPC EROFS EINTR", "fallocate": "EIO ENOSPC EROFS EINTR", "ioctl": "EIO EACCES EROFS EXDEV",
    "renameat": MAKING + " EXDEV", "renameat2": MAKING + " EXDEV", "rename": MAKING + " EXDEV",
    "linkat": MAKING + " EXDEV", "link": MAKING + " EXDEV", "fsync": "EIO ENOSPC EROFS ESTALE EINTR",
    "fdatasync": "EIO ENOSPC EROFS ESTALE EINTR", "syncfs": "EIO ENOSPC ESTALE EINTR", "flock": "EIO EINTR ESTALE",
    "fcntl": "EIO EINTR ESTALE", "mmap": "EIO EACCES", "chdir": READING, "poll": "EINTR", "umask": ""}
for _call in "mkdirat mkdir symlinkat symlink unlinkat unlink rmdir fchmod fchmodat fchmodat2 chmod fchown fchownat " \
             "utimensat setxattr fsetxattr lsetxattr".split():
    ERRORS[_call] = MAKING

AT = {"openat", "openat2", "newfstatat", "statx", "mkdirat", "unlinkat", "readlinkat", "renameat", "renameat2", "linkat",
      "symlinkat", "fchmodat", "fchmodat2", "fchownat", "utimensat", "faccessat", "faccessat2", "name_to_handle_at"}
BY_PATH = {"open", "stat", "lstat", "chmod", "statfs", "setxattr", "getxattr", "lgetxattr", "llistxattr", "readlink",
           "access", "mkdir", "rmdir", "unlink", "rename", "link", "symlink", "chdir"}
LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*)$")
PLACE = re.compile(r'(?:(?:\d+|AT_FDCWD)<([^>]*)>)?(?:, )?(?:"((?:[^"\\]|\\.)*)")?')


def lies_in(path, folder):
    return path == folder or path.startswith(folder + "/")


def places_of(call, words):
    """The paths that a call is about, as far as the trace tells."""
    if call in BY_PATH:
        return re.findall(r'"((?:[^"\\]|\\.)*)"', words)[:2]
    folders = re.findall(r"(?:^|[( ,])(?:\d+|AT_FDCWD)<([^>]*)>", words.split(" = ")[0])
    if call not in AT:
        return folders[:2]
    found = []
    for folder, name in re.findall(r'(?:^|, )(?:\d+|AT_FDCWD)<([^>]*)>, "((?:[^"\\]|\\.)*)"', words):
        found.append(name if name.startswith("/") else folder + ("/" + name if name else ""))
    return found[:2] or folders[:1]


def role_of_path(path):
    path = path.removeprefix(ROOT) or "/"
    path = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]+", "RUN", path)
    path = re.sub(r"[0-9a-f]{16,}", "ID", path)
    path = re.sub(r"/objects/[0-9a-f]{2}(?=/|$)", "/objects/ID", path)
    path = re.sub(r"(git2_|tmp_)\w{6,}", r"\1TEMP", path)
    is_temporary = ".envkeep-" in re.sub(r"/\.envkeep-(state|aside)", "", path)
    path = re.sub(r"/\.?([^/]*)\.envkeep-[0-9a-f]{8}", r"/\1", path)
    path = re.sub(r"\d+", "N", path)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    # Which of the kept ones it is makes no other role: each is a place, a source, or a way from one to the other.
    depth = 2
    for folder in ("/root/.envkeep-aside/RUN", "/storage/envkeep/.envkeep-aside/RUN", "/storage/envkeep/backups/RUN/root",
                   "/storage/envkeep/home", "/storage/envkeep/repos", "/storage/envkeep", "/root/.envkeep-state", "/proc/N",
                   "/proc/sys/kernel/random", "/root", "/remote", "/usr/local"):
        names = folder.split("/")[1:]
        if parts[:len(names)] == names and len(parts) > len(names):
            depth = len(names) + 1
            if folder == "/storage/envkeep" and parts[2] not in ("packs", "home", "backups", "repos"):
                depth += 1
            if names[-1] in ("RUN", "root", "home") and not parts[len(names)].startswith(".envkeep-"):
                parts[len(names)] = "ENTRY"
            if ".git" in parts[depth:]:
                parts = parts[:depth] + [".git"] + parts[parts.index(".git") + 1:]
                depth += 2
            break
    role = "/" + "/".join(parts[:depth]) + ("/..." if len(parts) > depth else "")
    return role + (" (new)" if is_temporary else "")


def role_of(call, words):
    role = " -> ".join(role_of_path(place) for place in places_of(call, words))
    if call in ("openat", "openat2", "open") and re.search(r"O_(CREAT|WRONLY|RDWR)", words):
        role += " to write"
    return role or "-"


def events_of(trace):
    """Each call of a trace: thread, name, its number in that thread, role, its line or two."""
    numbers, events, unfinished = collections.Counter(), [], {}
    for line in open(trace, errors="replace"):
        match = LINE.match(line)
        if not match:
            continue
        thread, call, words = match.groups()
        if " resumed>" in line.split("(")[0]:
            if thread in unfinished:
                unfinished.pop(thread)[-1] += line
            continue
        numbers[thread, call] += 1
        events.append([thread, call, numbers[thread, call], role_of(call, words), line])
        if "<unfinished ...>" in line:
            unfinished[thread] = events[-1]
    return events


def wait_for_processes():
    """Those of a killed run end by themselves, a moment after it; they are ours, since this is the first process."""
    last = time.monotonic() + 30
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended and time.monotonic() > last:
            os.kill(-1, signal.SIGKILL)
        if not ended:
            time.sleep(0.01)


def fresh():
    wait_for_processes()
    for name in os.listdir(ROOT):
        if name != "proc":
            path = os.path.join(ROOT, name)
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    subprocess.run(["cp", "-a", "--reflink=auto", KEPT + "/.", ROOT], check=True)


def is_ours(path):
    """What envkeep writes of itself: it may change."""
    return re.search(r"^/root/\.envkeep-state(/|$)|^/storage/envkeep/(leases|reports|journal|refs|\.envkeep-state)(/|$)"
                     r"|/backups/[^/]*\.jsonl$|\.envkeep-[0-9a-f]{8}(/|$)|/\.git/(?!objects/)|^/remote/.*/(?!objects/)", path)


def read_all():
    """Path to (kind, mode, digest or text) of all that lies in home, store and remote. Of a history, which is merged, each
    line counts by itself."""
    found = {}
    for top in ("/root", "/storage", "/opt", "/usr", "/remote"):
        for folder, folders, names in os.walk(ROOT + top):
            for name in folders + names:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                mode = stat.S_IMODE(status.st_mode)
                if stat.S_ISLNK(status.st_mode):
                    found[path[len(ROOT):]] = ("link", 0, os.readlink(path))
                elif stat.S_ISREG(status.st_mode):
                    with open(path, "rb") as file:
                        content = file.read()
                    found[path[len(ROOT):]] = ("file", mode, hashlib.blake2b(content).hexdigest())
                    if name.endswith("_history"):
                        found.update({f"{path[len(ROOT):]}\0{line}": ("line", 0, hashlib.blake2b(line).hexdigest())
                                      for line in content.splitlines()})
                else:
                    found[path[len(ROOT):]] = ("folder", mode, "")
    return found


def belongings(found):
    return {what[2]: path for path, what in found.items() if what[0] in ("file", "line") and not is_ours(path.split("\0")[0])}


def shape(found):
    """What a command is to come to: the home, and what the store has of it."""
    return {path: what for path, what in found.items() if what[0] != "line" and re.match(
        r"/root/(?!\.envkeep-)|/storage/envkeep/(home/|manifest\.yaml)|/opt|/storage/envkeep/repos/", path)
        and not re.search(r"\.envkeep-[0-9a-f]{8}(/|$)|/\.git/", path)}


def command_line(words, cores, *options):
    traced = ["strace", "-f", "-y", "-o", TRACE, *options] if options else []
    return ["taskset", "-c", cores, *traced, "chroot", ROOT, "/envkeep", *words]


def execute(words, cores, *options):
    if options and os.path.exists(TRACE):
        os.unlink(TRACE)
    try:
        done = subprocess.run(command_line(words, cores, *options), env=scenes.ENVIRONMENT, cwd=ROOT, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


class Command:
    def __init__(self, name, cores):
        self.name, self.cores = name, cores
        self.words = scenes.COMMANDS[name]()
        shutil.rmtree(KEPT, ignore_errors=True)
        os.makedirs(KEPT)
        for entry in set(os.listdir(ROOT)) - {"proc"}:
            subprocess.run(["cp", "-a", f"{ROOT}/{entry}", KEPT], check=True)

    def learn(self):
        """One run without a fault: what it calls, what it comes to."""
        fresh()
        self.before = belongings(read_all())
        calls = "!" + ",".join(OF_THE_PROCESS)
        self.status, said = execute(self.words, self.cores, "-e", "trace=" + calls)
        after = read_all()
        self.superseded = set(self.before) - set(belongings(after))
        again, _ = execute(self.words, self.cores)
        self.shape = shape(read_all())
        self.statuses = {self.status, again}
        print(f"{self.name}: status {self.status}, then {again}; replaced by design: "
              f"{sorted(self.before[digest] for digest in self.superseded)}", flush=True)
        if os.environ.get("ENVKEEP_FAULTS_VERBOSE"):
            print(said)
        self.places = collections.defaultdict(list)
        self.opening = None  # the call that opens the manifest
        is_open = False
        for _, call, number, role, line in events_of(TRACE):
            is_open = is_open or "manifest.yaml" in line
            self.opening = self.opening or (call if is_open else None)
            if is_open and call not in OF_THE_PROCESS:
                self.places[call, role].append(number)

    def wanted(self):
        """(call, error, number), the occurrences of a place taken in turn by its errors."""
        for (call, role), numbers in self.places.items():
            errors = ERRORS.get(call, READING).split()
            if call == "mmap" and role == "-":
                continue
            for turn, error in enumerate([*errors, "KILL"]):
                yield call, error, numbers[turn * len(numbers) // (len(errors) + 1)], role

    def inject(self, call, error, number):
        """None if it was not reached once the manifest was opened, else the role hit and what went wrong."""
        fresh()
        # With the faster --seccomp-bpf strace sends no signal.
        fault = ["-e", f"inject={call}:signal=KILL:when={number}"] if error == "KILL" else \
            ["--seccomp-bpf", "-e", f"inject={call}:error={error}:when={number}"]
        status, said = execute(self.words, self.cores, "-e", f"trace={call},{self.opening}", *fault)
        if not os.path.exists(TRACE):
            return None, []  # a call that is newer than strace
        with open(TRACE, errors="replace") as trace:
            was_killed = "+++ killed by SIGKILL +++" in trace.read()
        hit, is_open, is_early = None, False, False
        for _, what, at, role, line in events_of(TRACE):
            is_open = is_open or "manifest.yaml" in line
            if "(INJECTED)" in line or (was_killed and what == call and at == number):
                is_early = is_early or not is_open
                hit = hit or role
        if hit is None or is_early:
            return None, []
        wrong = []
        if status == "hangs" or (error != "KILL" and (status < 0 or status > 100)):
            wrong.append(f"ends with {status}: {said[-300:]}")
        wrong += self.losses("after it")
        status, said = execute(self.words, self.cores)
        if status not in self.statuses:
            wrong.append(f"the next run ends with {status}: {said[-600:]}")
        found = read_all()
        wrong += self.losses("after the next run", found)
        shape_now = shape(found)
        for path in sorted(set(shape_now) | set(self.shape)):
            now, due = shape_now.get(path), self.shape.get(path)
            # EACCES of a change of mode means a file system that keeps none: the copy is the owner's alone.
            if now and due and error == "EACCES" and "chmod" in call and now[1] & ~due[1] == 0:
                due = (due[0], now[1], due[2])
            if now != due:
                wrong.append(f"after the next run {path!r} is {now}, not {due}")
        return hit, wrong

    def losses(self, when, found=None):
        found = found or read_all()
        there = belongings(found)
        if when == "after it":  # on its way to where it is listed; the next run brings it there
            there |= {what[2]: path for path, what in found.items()
                      if re.search(r"^/storage/envkeep/home/.*\.envkeep-[0-9a-f]{8}$", path)}
        anywhere = {what[2]: path for path, what in found.items()}
        lost = [f"{when} lost: {path!r}, now at {anywhere.get(digest, 'no place')!r}" for digest, path in self.before.items()
                if digest not in there and digest not in self.superseded]
        return lost + (self.unlisted(found) if when == "after the next run" else [])

    def unlisted(self, found):
        """What is only where it went aside, or in a backup, and nobody says so."""
        put_away = re.compile(r"^(/root|/storage|/storage/envkeep)/\.envkeep-aside/|^/storage/envkeep/backups/(?!released/)")
        in_use = {what[2] for path, what in found.items() if not put_away.match(path) and not is_ours(path.split("\0")[0])}
        away = {what[2]: path for path, what in found.items() if put_away.match(path) and what[0] in ("file", "line")}
        only_away = [digest for digest in self.before
                     if digest in away and digest not in in_use and digest not in self.superseded]
        if not only_away:
            return []
        told = subprocess.run(command_line(["status", "--json"], self.cores), env=scenes.ENVIRONMENT, cwd=ROOT,
                              timeout=60, stdin=subprocess.DEVNULL, capture_output=True).stdout
        status = json.loads(told)
        places = [one["at"] for one in status["backups"]] + status["aside"]
        listed = {digest for digest in only_away for path, what in found.items() if what[2] == digest
                  and any(lies_in(path.split("\0")[0], place) for place in places)}
        return [f"no backup that 'status' lists: {self.before[digest]!r} at {away[digest]!r}"
                for digest in only_away if digest not in listed]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--sample", action="store_true")
    options.add_argument("--only")
    options.add_argument("--cores", type=int, default=1)
    options.add_argument("commands", nargs="*")
    options = options.parse_args()
    names = options.commands or list(scenes.COMMANDS)
    usable = sorted(os.sched_getaffinity(0))
    cores = ",".join(str(core) for core in usable[:options.cores])
    os.makedirs(ROOT + "/proc")
    subprocess.run(["mount", "-t", "proc", "proc", ROOT + "/proc"], check=True)
    seen, survived, missed, reached = set(), set(), [], set()
    wanted_calls = set()
    begin = time.monotonic()
    for turn, name in enumerate(names):
        command = Command(name, cores)
        command.learn()
        wanted = list(command.wanted())
        print(f"{name}: {len(wanted)} to inject", flush=True)
        wanted_calls |= {(name, call) for call, *_ in wanted}
        if options.only:
            call, error, number = options.only.split(":")
            wanted = [(call, error, int(number), "")]
        elif options.sample:
            # The same ones at each run, spread evenly; as many as the time allows.
            wanted = [wanted[index * 7919 % len(wanted)] for index in range(len(wanted))] if len(wanted) % 7919 else wanted
        end = begin + SAMPLE_SECONDS * (turn + 1) / len(names)
        counted = len(seen)
        tried = set()
        for call, error, number, role in wanted:
            if (call, error, number) in tried:
                continue
            tried.add((call, error, number))
            if options.sample and time.monotonic() > end:
                break
            hit, wrong = command.inject(call, error, number)
            if hit is None:
                missed.append((name, call, error, role))
                continue
            key = (name, call, hit, error)
            reached.add((name, call))
            seen.add(key)
            survived.add(key)
            if wrong:
                survived.discard(key)
                seen.add(key)
                print(f"FAILED: {name}: {call} {error} at {hit}: tests/faults.sh --cores {options.cores} "
                      f"--only {call}:{error}:{number} {name}")
                for line in wrong[:6]:
                    print("    " + line, flush=True)
        print(f"{name}: {len(seen) - counted} injected after {time.monotonic() - begin:.0f} s", flush=True)
    if not options.sample:
        never = sorted(wanted_calls - reached)
        print("never hit: " + (", ".join(f"{call} of {name}" for name, call in never) or "none"))
        print(f"not reached again: {len(missed)}")
    print(f"{len(seen)} injected, {len(survived)} survived")
    return 0 if seen and len(seen) == len(survived) else 1


sys.exit(main())
