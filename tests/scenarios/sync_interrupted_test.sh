#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Ctrl-C, a terminal that is closed, and SIGTERM while 'envkeep sync' clones: its processes end, nothing half
# made stays, it is said what happened, and the next sync does it all and says how far it is.
. "$(dirname "$0")/git_start.sh"
new_large_remote
hold_remote 30000
manifest "$(printf 'dotfiles: {url: "%s"}\nrepos: [{url: "%s", dir: work}]\n' "$held" "$held")"

# on_terminal HOW: 'envkeep sync' on a terminal of its own, ended by HOW once both clones have begun; its
# words go to $scratch/said, its status to $scratch/status.
on_terminal() {
    PYTHONPATH=$support python3 -B - "$1" "$envkeep" "$scratch" "$store/envkeep/repos" "$home" <<'END'
import glob, os, pty, signal, sys, time
from terminal import shown_on
how, program, scratch, *places = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(program, [program, "sync"])
while not all(glob.glob(place + "/.*/copy/.git/objects/pack/*") for place in places):
    time.sleep(0.01)
jobs = open(f"/proc/{pid}/task/{pid}/children").read().split()
said = b""
if how == "INT":
    os.write(terminal, b"\x03")
elif how == "HUP":
    os.close(terminal)
else:
    os.kill(pid, signal.SIGTERM)
if how != "HUP":
    said = b"".join(shown_on(terminal))
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
for job in jobs:
    assert not os.path.exists(f"/proc/{job}"), job
assert len(jobs) == 2, jobs
open(scratch + "/said", "wb").write(said)
open(scratch + "/status", "w").write(str(status))
END
}

for how in INT HUP TERM; do
    expect "$how: its processes end with it" on_terminal "$how"
    expect_equal "$how: the status is that of git" 7 "$(cat "$scratch/status")"
    if [ "$how" != HUP ]; then
        expect_equal "$how: it says what happened, of each" 2 "$(grep -c 'interrupted before it was done' "$scratch/said")"
        expect "$how: and what goes on with it" grep -q 'envkeep sync' "$scratch/said"
    fi
    expect_equal "$how: nothing half made is there" '' "$(workshops)$(find "$home" -mindepth 1 -maxdepth 1 ! -name '.envkeep-*')"
    expect_equal "$how: nor a claim" '' "$(find "$store/envkeep/leases" -name 'copy-*')"
done

# What it says while both are held back; then they may go on. A server sends up to 64 KiB as one.
hold_remote 100000
manifest "$(printf 'dotfiles: {url: "%s"}\nrepos: [{url: "%s", dir: work}]\n' "$held" "$held")"
watched() {
    PYTHONPATH=$support python3 -B - "$envkeep" "$scratch" <<'END'
import os, pty, re, sys
from terminal import shown_on
program, scratch = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(program, [program, "sync"])
said = b""
for part in shown_on(terminal):
    said += part
    if re.search(rb"\d+ s  [^\r]*: fetching \d+ of \d+ objects", said):
        open(scratch + "/held/go", "w").close()
open(scratch + "/said", "wb").write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}
expect 'the next sync does it all, and on a terminal it says how far it is' watched
expect_equal 'in one line, which is gone at the end' '' "$(sed 's/.*\r\x1b\[K//' "$scratch/said" | grep -a fetching || :)"
expect_equal 'dotfiles' 'set number' "$(cat "$home/.vimrc")"
expect_equal 'and repository' 'set number' "$(cat "$home/work/.vimrc")"
finish
