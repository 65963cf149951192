#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# On a store that takes a millisecond to answer each request: a snapshot, the start of the next session with it,
# and the proof of every byte.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"
# shellcheck source=tests/simulator/special_store.sh
. "$(dirname "$0")/special_store.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

needs_fuse
begin_platform
store_behind_fuse 1000
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
expect 'files are made' shell_in first '
    mkdir -p /opt/tool/many
    for i in $(seq 2000); do echo "file $i" >/opt/tool/many/$i; done
    head -c 20000000 /dev/urandom >/opt/tool/large'
expect 'a snapshot is taken' envkeep_in first snapshot
cat "$scratch/expect.log"
shell_in first 'cd /opt/tool && sha256sum large many/*' >"$scratch/wanted"
forget_container first

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
expect 'all of it comes' envkeep_in second wait
expect 'with the same bytes' diff "$scratch/wanted" <(shell_in second 'cd /opt/tool && sha256sum large many/*')
expect 'verify proves them' envkeep_in second verify --deep
cat "$scratch/expect.log"
expect 'nothing has changed since' shell_in second '/storage/envkeep/bin/envkeep snapshot | grep -q "nothing has changed"'
forget_container second
finish
