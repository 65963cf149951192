# SPDX-License-Identifier: MIT
"""Prints the table of docs/benchmarks.md on snapshots: snapshot_table.py RESULTS PROGRAM TREE..."""

import os
import statistics
import subprocess
import sys

results, program, *trees = sys.argv[1:]

titles = {"t1": "T1", "t1s": "T1s", "t2": "T2", "t3": "T3"}
tools = {
    "tar": "tar + zstd -3",
    "squashfs": "mksquashfs / unsquashfs, zstd 3",
    "restic": "restic",
    "borg": "borg, zstd 3",
    "rsync": "rsync -a",
    "reinstall": "installing again",
    "walk": "a bare lstat walk",
}
# What the design wants: how many times faster than the other, at least.
goals = {
    ("t1", "first", "tar"): 1.4,
    ("t1", "first", "restic"): 1.8,
    ("t1", "same", "tar"): 10,
    ("t1", "same", "restic"): 2,
    ("t1", "more", "restic"): 3,
    ("t1", "restore", "tar"): 1.8,
    ("t1", "restore", "squashfs"): 1,
    ("t1", "restore", "restic"): 2.5,
    ("t1", "restore", "borg"): 4,
    ("t1", "restore", "rsync"): 4,
    ("t2", "restore", "tar"): 1,
    ("t3", "restore", "tar"): 1,
    ("t2", "restore", "reinstall"): 15,
    ("t3", "restore", "reinstall"): 15,
}


def rows_of(kind, what, tool):
    """(microseconds, KiB, status) of each round."""
    path = f"{results}/{kind}.{what}.{tool}"
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [tuple(float(word) for word in line.split()) for line in file]


def seconds(rows):
    return statistics.median(row[0] for row in rows) / 1e6


def ratio(theirs, ours):
    return statistics.median(one[0] / other[0] for one, other in zip(theirs, ours))


def row(*cells):
    print("| " + " | ".join(cells) + " |")


def compared(kind, what, title):
    ours = rows_of(kind, what, "envkeep")
    if not ours:
        return
    for tool, name in tools.items():
        theirs = rows_of(kind, what, tool)
        # Whoever knows no increments writes all again.
        if not theirs or tool == "walk":
            continue
        goal = goals.get((kind, what, tool))
        found = ratio(theirs, ours)
        verdict = "" if goal is None or found >= goal else " **missed**"
        failed = "" if all(one[2] == 0 for one in theirs + ours) else ", with errors"
        row(
            f"{titles[kind]}, {title}: against {name}",
            "-" if goal is None else f"at least {goal}x faster",
            f"{found:.2f}x faster{verdict}",
            f"{seconds(ours):.2f} s, {tool} {seconds(theirs):.2f} s{failed}",
        )


def sizes(kind):
    ours = rows_of(kind, "size", "envkeep")
    for tool, limit in (("tar", 1.02), ("squashfs", 0.9), ("restic", 0.78), ("borg", 0.8)):
        theirs = rows_of(kind, "size", tool)
        if ours and theirs:
            share = ours[0][0] / theirs[0][0]
            goal = f"at most {limit}x" if kind == "t1" else "-"
            verdict = " **missed**" if kind == "t1" and share > limit else ""
            row(
                f"{titles[kind]}, size in the store: against {tools[tool]}",
                goal,
                f"{share:.2f}x{verdict}",
                f"{ours[0][0] / 1e6:.0f} MB, {theirs[0][0] / 1e6:.0f} MB",
            )


def slower(kind, what, ours, theirs, title, limit):
    if ours and theirs:
        found = ratio(ours, theirs)
        verdict = " **missed**" if limit is not None and found > limit else ""
        row(
            f"{titles[kind]}, {title}",
            "-" if limit is None else f"at most {limit}x",
            f"{found:.2f}x{verdict}",
            f"{seconds(ours):.2f} s, {what} {seconds(theirs):.2f} s",
        )


def memory(kind):
    for what, title in (("first", "snapshot"), ("restore", "restore")):
        ours = rows_of(kind, what, "envkeep")
        if ours:
            most = max(one[1] for one in ours) / 1024
            verdict = " **missed**" if most >= 300 else ""
            others = ", ".join(
                f"{tool} {max(one[1] for one in theirs) / 1024:.0f} MB"
                for tool in tools
                if (theirs := rows_of(kind, what, tool))
            )
            row(f"{titles[kind]}, largest resident size of {title}", "below 300 MB", f"{most:.0f} MB{verdict}", others)


def load(kind):
    with open(f"{results}/{kind}.load") as file:
        return " to ".join(line.split()[0] for line in file)


version = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.strip()
day = subprocess.run(["date", "-u", "+%Y-%m-%d"], capture_output=True, text=True, check=True).stdout.strip()
print(f"`tests/bench/snapshots.sh` on {os.cpu_count()} cores, Linux {os.uname().release}, {version}, {day}; load ", end="")
print(", ".join(f"{titles[kind]} {load(kind)}" for kind in trees), end="\n\n")
row("what", "goal", "measured", "figures (medians)")
row("---", "---", "---", "---")
for kind in trees:
    compared(kind, "first", "first snapshot")
    compared(kind, "same", "snapshot, nothing changed")
    compared(kind, "more", "snapshot after one package of 500 files")
    sizes(kind)
    compared(kind, "restore", "restore")
    nothing = rows_of(kind, "nothing", "envkeep")
    slower(kind, "walk", nothing, rows_of(kind, "nothing", "walk"), "restore, nothing to do: against a bare lstat walk", 1.2)
    slow = rows_of(kind, "slow", "envkeep")
    slower(kind, "local", slow, rows_of(kind, "restore", "envkeep"), "restore at 1 ms a request: against our own local time", 1.3)
    compared(kind, "slow", "restore at 1 ms a request")
    memory(kind)
row("binary, stripped, static", "at most 10 MB", f"{os.path.getsize(program) / 1e6:.2f} MB", "")
