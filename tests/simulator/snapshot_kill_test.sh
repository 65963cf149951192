#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `envkeep snapshot` killed at system calls with which it writes: the snapshot before stands, nothing is damaged,
# the next run takes it, and `verify --deep` proves it.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"
# shellcheck source=tests/simulator/killed.sh
. "$(dirname "$0")/killed.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

# More of everything that a snapshot holds.
install_more() {
    shell_in first "mkdir -p /usr/local/lib/tool/$1
        for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $1 \$i >/usr/local/lib/tool/$1/\$i; done
        head -c 300000 /dev/urandom >/usr/local/lib/tool/$1/large
        ln /usr/local/lib/tool/$1/1 /usr/local/lib/tool/$1/second-name
        ln -s 1 /usr/local/lib/tool/$1/link
        echo $1 >/usr/local/lib/tool/same-place"
}

listed() { envkeep_in first snapshots --json >"$scratch/listed" && { grep -o '"id"' "$scratch/listed" || :; } | wc -l; }

# kill_snapshot CALL NUMBER: fails where it was not killed, with what is due then done all the same
kill_snapshot() {
    local before after was_killed=yes
    install_more "$1-$2"
    before=$(listed)
    killed_in first "$1" "$2" /storage/envkeep/bin/envkeep snapshot || was_killed=no
    after=$(listed) || fail "killed at $1 $2: the snapshots cannot be listed"
    # Killed when it had its place already it is there, and may be taken once more by a session that forgot it.
    [ "$after" = "$before" ] || [ "$after" = $((before + 1)) ] || fail "killed at $1 $2: $before became $after"
    ! envkeep_in first snapshots | grep damaged || fail "killed at $1 $2: something is damaged"
    envkeep_in first snapshot >"$scratch/again.log" 2>&1 || fail "killed at $1 $2: the next run: $(cat "$scratch/again.log")"
    [ "$(listed)" -gt "$before" ] || fail "killed at $1 $2: the next run took none"
    envkeep_in first verify --deep >"$scratch/again.log" 2>&1 || fail "killed at $1 $2: $(cat "$scratch/again.log")"
    [ "$was_killed" = yes ]
}

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" 2>&1 || fail 'init'
forget_container zero
new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"

kill_at_each 'write fdatasync renameat2 renameat fchmod' kill_snapshot
expect_kills it 8

shell_in first 'cd /usr/local/lib/tool; find . -type f -exec sha256sum {} + | sort' >"$scratch/first.list"
forget_container first
new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
expect 'the next session has it' envkeep_in second wait
expect 'all of it' diff "$scratch/first.list" <(shell_in second 'cd /usr/local/lib/tool; find . -type f -exec sha256sum {} + | sort')
expect 'every byte is proven' envkeep_in second verify --deep
cat "$scratch/expect.log"
finish
