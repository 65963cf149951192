# SPDX-License-Identifier: MIT
"""Roots in which the program runs, one for each command, made once and copied for each injection."""
import os
import shutil
import subprocess

ROOT = "/mnt/root"  # where the program runs
HOME = ROOT + "/root"
STORE = ROOT + "/storage"

MANIFEST = """envkeep: 1
keep:
  - .ssh
  - .jupyter
  - {path: .gitconfig, kind: file}
  - {path: .bash_history, kind: file, how: copy}
  - {path: work, how: copy}
  - {path: .config, children: true, exclude: [Cache]}
  - dangling
  - foreign
  - "odd name"
  - {path: both, kind: file, how: copy}
modes:
  ".ssh/id_*": "0600"
"""


def run(*words, allowed=(0,)):
    done = subprocess.run(["chroot", ROOT, "/envkeep", *words], env=ENVIRONMENT, cwd=ROOT,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode not in allowed:
        raise SystemExit(f"making a scene: envkeep {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.decode(errors="replace")


ENVIRONMENT = {"HOME": "/root", "ENVKEEP_STORE": "/storage", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)


def new_root():
    for name in os.listdir(ROOT):
        if name != "proc":
            path = os.path.join(ROOT, name)
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    for folder in ("root", "storage", "tmp", "dev", "opt/elsewhere", "usr/local/lib/tool", "etc", "var/tmp"):
        os.makedirs(os.path.join(ROOT, folder))
    os.symlink("/proc/self/fd", ROOT + "/dev/fd")
    for number, name in ((3, "null"), (9, "urandom")):
        os.mknod(f"{ROOT}/dev/{name}", 0o020666, os.makedev(1, number))
    write(ROOT + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    write(ROOT + "/etc/hostname", "faults\n")
    write(ROOT + "/opt/elsewhere/theirs", "of somebody else\n")
    shutil.copy(os.environ["ENVKEEP_PROGRAM"], ROOT + "/envkeep")
    run("init")


def mess(side, folder):
    """What lies in a home, or in the store, before the program came."""
    write(folder + "/.ssh/id_ed25519", f"key {side}\n", 0o600)
    write(folder + "/.ssh/config", f"Host {side}\n")
    write(folder + "/.jupyter/settings.json", f"{{'{side}': 1}}")
    write(folder + f"/.jupyter/deep/er/only-{side}", f"only {side}\n", 0o640)
    write(folder + "/.gitconfig", f"[user]\n name = {side}\n")
    write(folder + "/.bash_history", f"ls {side}\n", 0o600)
    write(folder + "/work/one", f"work {side}\n" * 3000)
    os.link(folder + "/work/one", folder + "/work/one-too")
    write(folder + "/work/run.sh", f"#!/bin/sh\n# {side}\n", 0o755)
    write(folder + "/.config/app/rc", f"rc {side}\n")
    write(folder + f"/.config/{side}/rc", f"rc of {side}\n")
    write(folder + "/.config/Cache/blob", f"cache {side}\n")
    os.makedirs(folder + "/odd name", exist_ok=True)
    write(os.fsencode(folder) + b"/odd name/line\nbreak \xff\x1b[1m", f"odd {side}\n")
    write(folder + "/odd name/" + "n" * 255, f"long {side}\n", 0o400)


def messy():
    """A second session: a home and a store that both changed since the first, and things in the way."""
    new_root()
    write(STORE + "/envkeep/manifest.yaml", MANIFEST)
    write(HOME + "/both", "first\n")
    run("restore")
    write(STORE + "/envkeep/home/both", "the store's\n")
    write(HOME + "/both", "the home's\n")
    for name in (".ssh", ".jupyter", ".gitconfig", "odd name", "dangling", "foreign"):
        if os.path.islink(f"{HOME}/{name}"):
            os.unlink(f"{HOME}/{name}")
    for name in (".jupyter", ".ssh", ".config"):
        shutil.rmtree(f"{HOME}/{name}", ignore_errors=True)
    mess("home", HOME)
    mess("store", STORE + "/envkeep/home")
    os.symlink("/nowhere/at/all", HOME + "/dangling")
    os.symlink("/opt/elsewhere", HOME + "/foreign")
    write(HOME + "/not kept", "stays\n")


def restored():
    messy()
    run("restore", "--take", "store", "/root/both", allowed=(0, 3))
    run("restore", allowed=(0, 3))


def to_restore():
    messy()
    return ["restore"]


COMMANDS = {"restore": to_restore}
