#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One session goes back to an old snapshot while another removes old snapshots, again and again: what is being
# restored stays. Even where nobody knows of the restore any more it ends, with what lies in the trash.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

# As if all in the store was written long ago.
# The background of a session may take something away meanwhile.
age_store() { find "$store/envkeep" -exec touch -h -c -d '3 days ago' {} + 2>/dev/null || :; }

gc() { envkeep_in other gc --keep 1; }

# stopped_restore NAME: goes back to the old snapshot, and is stopped in the midst of it; $restoring waits for
# it, $restore_pid is it.
stopped_restore() {
    new_container "$1"
    : >"$scratch/containers/$1/upper/server.sh"
    start "$1" /server.sh
    expect "$1: the newest comes" envkeep_in "$1" wait
    # By whose lease the snapshot is held when the restore has ended.
    wait_for "$1: the session has its lease" grep -q '"session":"[^"]' \
        "$scratch/containers/$1/upper/root/.envkeep-state/session.json"
    # As a child: nsenter would stop with what it runs itself. Stopped from beside it: from out here it is too late.
    in_container "$1" /bin/sh -c "/storage/envkeep/bin/envkeep restore --at $old & echo \$! >/restore.pid
        until grep -q '\"coming\":{[^}]*$old' /root/.envkeep-state/layer.json; do :; done
        kill -STOP \$!; touch /stopped; wait \$!" >"$scratch/$1.log" 2>&1 &
    restoring=$!
    wait_for "$1: the restore has begun, and is stopped" test -e "$scratch/containers/$1/upper/stopped"
    expect "$1: it is stopped in the midst" shell_in "$1" '! [ -e /opt/tool/9 ]'
}

go_on() { in_container "$1" /bin/sh -c 'kill -CONT "$(cat /restore.pid)"'; }

expect_old() {
    expect "$1: with the bytes of then" diff "$scratch/old.wanted" <(shell_in "$1" 'cd /opt/tool && sha256sum * | sort')
}

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
expect 'an old snapshot' shell_in zero '
    mkdir -p /opt/tool
    for i in 1 2 3 4 5 6 7 8 9; do head -c 20000000 /dev/urandom >/opt/tool/$i; done
    /storage/envkeep/bin/envkeep snapshot --json >/old.json'
old=$(sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' "$scratch/containers/zero/upper/old.json" | head -n 1)
shell_in zero 'cd /opt/tool && sha256sum * | sort' >"$scratch/old.wanted"
expect 'a newer one without its files' shell_in zero 'rm /opt/tool/*
    /storage/envkeep/bin/envkeep snapshot'
forget_container zero
new_container other
age_store

stopped_restore first
for round in 1 2 3; do
    expect "gc, round $round" gc
done
go_on first
while kill -0 "$restoring" 2>/dev/null; do
    gc >/dev/null || fail 'gc during the restore'
done
expect 'first: the restore ends well' wait "$restoring"
cat "$scratch/first.log"
expect 'gc after it' gc
expect_old first
expect 'first: every byte is proven' envkeep_in first verify --deep
cat "$scratch/expect.log"
forget_container first

# Its lease is as old as one of a container that is gone.
age_store
stopped_restore second
age_store
expect 'gc takes the old snapshot' gc
cat "$scratch/expect.log"
expect_equal 'the old snapshot is in the trash' 1 "$(ls "$store/envkeep/trash" | grep -c "snapshots.$old.json")"
go_on second
expect 'second: the restore ends well' wait "$restoring"
cat "$scratch/second.log"
expect_old second
forget_container second
finish
