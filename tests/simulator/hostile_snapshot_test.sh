#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A snapshot of names that are hard on a program and on a terminal, of a path beyond PATH_MAX, of files of
# another user, of set-id bits: the next session has the same, but for pipes, devices and sockets, and all that
# is printed is for a terminal.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

hostile_in() {
    local name=$1
    shift
    in_container "$name" python3 /storage/hostile.py "$@"
}

begin_session() {
    new_container "$1"
    : >"$scratch/containers/$1/upper/server.sh"
    start "$1" /server.sh
}

# tells NAME STATUS WORD...: what a command says in that container, and its status.
tells() {
    local name=$1 wanted=$2 status=0
    shift 2
    envkeep_in "$name" "$@" >"$scratch/said" 2>&1 || status=$?
    expect_equal "$name: $1: its status" "$wanted" "$status"
    expect "$name: $1 is for a terminal" python3 "$simulator/../scenarios/hostile.py" prints "$scratch/said"
}

begin_platform
cp "$simulator/../scenarios/hostile.py" "$store/hostile.py"
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero
printf 'envkeep: 1\nkeep: [.vimrc]\n' >"$store/envkeep/manifest.yaml"

begin_session first
hostile_in first names /opt/odd
hostile_in first special /opt/special
hostile_in first deep /opt/deep
in_container first sh -c 'echo beside >/opt/special/beside'
hostile_in first list /opt | grep -vE "special/(fi|null|socket)" >"$scratch/first.list"
tells first 0 snapshot
cat "$scratch/said"
tells first 0 diff
tells first 0 snapshots
tells first 0 verify --deep
forget_container first

begin_session second
hostile_in second list /opt >"$scratch/second.list"
expect 'the same names, bytes, modes, owners and links' diff "$scratch/first.list" "$scratch/second.list"
tells second 0 verify --deep
tells second 0 diff
hostile_in second names /opt/more
in_container second sh -c 'rm -rf /opt/odd'
tells second 0 snapshot
hostile_in second list /opt >"$scratch/second.list"
forget_container second

begin_session third
hostile_in third list /opt >"$scratch/third.list"
expect 'what was removed is gone, what came is there' diff "$scratch/second.list" "$scratch/third.list"
tells third 0 log --verbose
for file in "$store"/envkeep/reports/*.json; do
    expect "${file##*/} is for a terminal" python3 "$simulator/../scenarios/hostile.py" prints "$file"
done
finish
