#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two sessions take a snapshot of their own in the same moment: both stand, the later one is the newest, and
# each comes back whole.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

# member FILE PATH...: of a JSON document.
member() {
    python3 -c 'import json, sys
found = json.load(open(sys.argv[1]))
for name in sys.argv[2:]:
    found = found[name]
print(found)' "$@"
}

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
# What both find there, so that their snapshots have bytes in common.
expect 'a snapshot is there' shell_in zero 'mkdir -p /opt/tool; head -c 3000000 /dev/urandom >/opt/tool/common
    /storage/envkeep/bin/envkeep snapshot'
forget_container zero

for session in one two; do
    new_container $session
    : >"$scratch/containers/$session/upper/server.sh"
    start $session /server.sh
    expect "$session: what was there comes" envkeep_in $session wait
    expect "$session: files of its own" shell_in $session "for i in \$(seq 500); do echo $session \$i >/opt/tool/\$i; done
        head -c 5000000 /dev/urandom >/opt/tool/$session; cp /opt/tool/common /opt/tool/copy-of-$session"
done
for session in one two; do
    # Each waits until both are ready.
    in_container $session /bin/sh -c "touch /storage/ready-$session
        until [ -e /storage/ready-one ] && [ -e /storage/ready-two ]; do :; done
        exec /storage/envkeep/bin/envkeep snapshot --json" >"$scratch/$session.json" &
    declare "taking_$session=$!"
done
expect 'one: its snapshot is taken' wait "$taking_one"
expect 'two: its snapshot is taken' wait "$taking_two"
rm -f "$store"/ready-*
for session in one two; do
    id=$(member "$scratch/$session.json" snapshot id)
    declare "number_$session=$(basename "$(grep -lx "$id" "$store"/envkeep/refs/*/*)")"
    shell_in $session 'cd /opt/tool && sha256sum * | sort' >"$scratch/$session.wanted"
done
expect_equal 'they have the next two numbers' '000002 000003' \
    "$(printf '%s\n' "$number_one" "$number_two" | sort | tr '\n' ' ' | sed 's/ $//')"
later=one earlier=two
[[ $number_two < $number_one ]] || later=two earlier=one
expect 'the later one is told of the earlier' grep -q 'snapshot-branch' "$scratch/$later.json"
forget_container one
forget_container two

new_container three
: >"$scratch/containers/three/upper/server.sh"
start three /server.sh
for session in $later $earlier; do
    id=$(member "$scratch/$session.json" snapshot id)
    [ "$session" = "$later" ] || expect "the earlier one is asked for" envkeep_in three restore --at "$id"
    expect "$session: it comes" envkeep_in three wait
    expect "$session: with the same bytes" diff "$scratch/$session.wanted" \
        <(shell_in three 'cd /opt/tool && sha256sum * | sort')
    in_container three /storage/envkeep/bin/envkeep verify --deep --json >"$scratch/verify.json" ||
        fail "$session: verify proves it"
    expect_equal "$session: the digest is the one that was recorded" \
        "$(member "$scratch/$session.json" snapshot content)" "$(member "$scratch/verify.json" snapshot content)"
done
forget_container three
finish
