#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A volume that is mounted where a snapshot has files: what is in it is older than the container and no
# image's. It stays as it is, nothing is written into it, and what it hides is not lost.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }
mounts_in() {
    nsenter --target "$(cat "$scratch/containers/$1/first.pid")" --mount \
        mount --bind "$scratch/volume" "$scratch/containers/$1/root/root/work"
}
test_age() { [ $((SECONDS - $1)) -ge 5 ]; }

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero
mkdir "$scratch/volume"
echo 'newer, of the volume' >"$scratch/volume/nb.ipynb"
# Older than the container that it is mounted in, by more than clocks may differ.
born=$SECONDS

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
expect 'a session works on its own disk' shell_in first 'mkdir -p /root/work/sub
    echo "of the disk" >/root/work/nb.ipynb; echo new >/root/work/new; echo sub >/root/work/sub/x
    echo beside >/root/beside'
expect 'a snapshot is taken' envkeep_in first snapshot
forget_container first

wait_for 'the volume has aged' test_age "$born"
new_container second
: >"$scratch/containers/second/upper/server.sh"
in_container second mkdir /root/work
mounts_in second
start second /server.sh >"$scratch/second.log" 2>&1
cat "$scratch/second.log"
expect 'all else is there' shell_in second 'grep -q beside /root/beside'
expect_equal 'the volume is as it was' 'nb.ipynb: newer, of the volume' \
    "$(cd "$scratch/volume" && for file in $(find . -type f); do echo "${file#./}: $(cat "$file")"; done)"
expect 'that is told, with the place' grep -q '/root/work' "$scratch/second.log"
expect 'verify knows of it' shell_in second '/storage/envkeep/bin/envkeep verify | grep -q "mounted there"'
cat "$scratch/expect.log"
expect 'and so does a restore' envkeep_in second restore
expect 'a snapshot takes nothing of the volume' shell_in second 'echo more >/root/more
    /storage/envkeep/bin/envkeep snapshot'
expect_equal 'and writes nothing there' nb.ipynb "$(ls -A "$scratch/volume")"
forget_container second

new_container third
: >"$scratch/containers/third/upper/server.sh"
start third /server.sh
expect 'what the volume hid is there in a session without it' shell_in third \
    'grep -q disk /root/work/nb.ipynb && grep -q sub /root/work/sub/x && grep -q more /root/more'
forget_container third
finish
