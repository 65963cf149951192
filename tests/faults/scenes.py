# SPDX-License-Identifier: MIT
"""Roots in which the program runs, one for each command, made once and copied for each injection."""
import json
import os
import shutil
import signal
import subprocess
import time

ROOT = "/mnt/root"  # where the program runs
HOME = ROOT + "/root"
STORE = ROOT + "/storage"

MANIFEST = """envkeep: 1
keep:
  - .ssh
  - .jupyter
  - {path: .gitconfig, kind: file}
  - {path: .bash_history, kind: file, how: copy}
  - {path: .zsh_history, kind: file, how: merge}
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
    write(folder + "/.gitconfig", f"[user]\n name = {side}\n email = {side}@example.com\n")
    write(folder + "/.bash_history", f"ls {side}\n", 0o600)
    write(folder + "/.zsh_history", "".join(f"cd {side}/{number}\n" for number in range(3)), 0o600)
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
    run("restore", "--take", "store", "/root/both", "/root/.bash_history", "/root/.gitconfig", allowed=(0, 3))
    run("restore", allowed=(0, 3))


def to_restore():
    messy()
    return ["restore"]


def to_adopt():
    restored()
    mess("adopted", HOME + "/mine")
    write(HOME + "/.condarc", "channels: []\n")
    os.symlink("../not kept", HOME + "/mine/link")
    return ["adopt", "mine", ".condarc"]


def to_save():
    """Copies, histories and a link that became a file, changed here; a history that another session saved meanwhile."""
    restored()
    write(HOME + "/work/one", "changed here\n")
    write(HOME + "/work/made-here", "made here\n")
    for folder, side in ((HOME, "here"), (STORE + "/envkeep/home", "there")):
        with open(folder + "/.zsh_history", "a") as history:
            history.write(f"make {side}\n")
    os.unlink(HOME + "/.gitconfig")
    write(HOME + "/.gitconfig", "[user]\n name = written anew\n")
    return ["save"]


def to_undo():
    messy()
    run("restore", allowed=(0, 3))
    last = sorted(os.listdir(STORE + "/envkeep/journal"))[-1].removesuffix(".jsonl")
    return ["undo", last]


def to_release():
    restored()
    return ["release", ".jupyter", "odd name", "work", ".gitconfig"]


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main", *words], cwd=folder,
                   check=True, capture_output=True)


def to_sync():
    """Dotfiles that changed here and at the remote, a copy to fast-forward, and one to clone."""
    restored()
    for name in ("dotfiles", "tools", "new"):
        write(f"{ROOT}/remote/work-{name}/.rc-{name}", "first\n")
        write(f"{ROOT}/remote/work-{name}/deep/other", f"other {name}\n" * 200)
        os.symlink("deep/other", f"{ROOT}/remote/work-{name}/link")
        write(f"{ROOT}/remote/work-{name}/run.sh", "#!/bin/sh\n", 0o755)
        git(f"{ROOT}/remote/work-{name}", "init", "-q")
        git(f"{ROOT}/remote/work-{name}", "add", "-A")
        git(f"{ROOT}/remote/work-{name}", "commit", "-qm", "first")
        git(f"{ROOT}/remote", "clone", "-q", "--bare", f"work-{name}", f"{name}.git")
    with open(STORE + "/envkeep/manifest.yaml", "a") as manifest:
        manifest.write("dotfiles: {url: file:///remote/dotfiles.git, push: on-sync}\nrepos:\n"
                       "  - {url: file:///remote/tools.git, dir: ~/tools}\n")
    run("sync", allowed=(0, 1, 3))
    with open(STORE + "/envkeep/manifest.yaml", "a") as manifest:
        manifest.write("  - {url: file:///remote/new.git, dir: ~/new}\n")
    for name in ("dotfiles", "tools"):
        write(f"{ROOT}/remote/work-{name}/.from-others", f"theirs {name}\n")
        write(f"{ROOT}/remote/work-{name}/deep/other", f"changed {name}\n")
        git(f"{ROOT}/remote/work-{name}", "add", "-A")
        git(f"{ROOT}/remote/work-{name}", "commit", "-qm", "second")
        git(f"{ROOT}/remote/work-{name}", "push", "-q", f"../{name}.git", "HEAD")
    write(STORE + "/envkeep/repos/dotfiles/.rc-dotfiles", "changed here\n")
    write(STORE + "/envkeep/repos/dotfiles/.made-here", "made here\n")
    write(HOME + "/tools/untracked", "mine\n")
    return ["sync"]


def install(version):
    folder = f"{ROOT}/usr/local/lib/tool"
    write(folder + "/same-place", f"{version}\n")
    write(folder + f"/{version}/one", f"one {version}\n" * 500, 0o755)
    os.link(folder + f"/{version}/one", folder + f"/{version}/second-name")
    os.symlink("one", folder + f"/{version}/link")
    write(folder + f"/{version}/large", os.urandom(200000))


def session():
    """A session whose image is listed."""
    restored()
    write(ROOT + "/usr/local/lib/tool/of-the-image", "the image's\n")
    run("restore", "--start")
    listing = STORE + "/envkeep/images"
    end = time.monotonic() + 60
    while not any(name.endswith(".zst") and "envkeep-" not in name for name in
                  (os.listdir(listing) if os.path.isdir(listing) else [])):
        if time.monotonic() > end:
            raise SystemExit("the image is not listed")
        time.sleep(0.01)
    with open(HOME + "/.envkeep-state/session.json") as state:
        background = json.load(state)["background"]["pid"]
    os.kill(background, signal.SIGTERM)
    while os.path.exists(f"/proc/{background}"):
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pass
        time.sleep(0.01)


def to_snapshot():
    session()
    install(1)
    run("snapshot", allowed=(0, 3))
    install(2)
    os.unlink(ROOT + "/usr/local/lib/tool/of-the-image")
    return ["snapshot"]


def to_gc():
    session()
    for version in (1, 2, 3):
        install(version)
        run("snapshot", allowed=(0, 3))
    # Old enough for all of it, and the newest stays.
    for folder, folders, names in os.walk(STORE + "/envkeep"):
        for name in folders + names:
            os.utime(os.path.join(folder, name), (time.time() - 300000,) * 2, follow_symlinks=False)
    return ["gc", "--keep", "1"]


COMMANDS = {"restore": to_restore, "adopt": to_adopt, "undo": to_undo, "release": to_release, "sync": to_sync,
            "snapshot": to_snapshot, "gc": to_gc, "save": to_save}
