#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The store stops answering in the midst of a restore: the start ends all the same, the server comes up, and
# when the store answers again the rest of the snapshot comes.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"
# shellcheck source=tests/simulator/special_store.sh
. "$(dirname "$0")/special_store.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

needs_fuse
begin_platform
hold=$scratch/hold
store_behind_fuse 0 "$hold"
new_container first
install_envkeep first >"$scratch/log" || fail 'init'
printf 'envkeep: 1\nstart: {limit: 6s}\n' >"$scratch/behind/envkeep/manifest.yaml"
expect 'files are made' shell_in first '
    mkdir -p /opt/tool
    for i in 1 2 3 4 5 6; do head -c 16000000 /dev/urandom >/opt/tool/$i; done'
expect 'a snapshot is taken' envkeep_in first snapshot
shell_in first 'cd /opt/tool && sha256sum *' >"$scratch/wanted"
forget_container first

new_container second
upper=$scratch/containers/second/upper
echo 'touch /server-is-up' >"$upper/server.sh"
echo 'read /envkeep/packs/*' >"$hold"
start second /server.sh >"$scratch/second.log" 2>&1 &
starting=$!
wait_for 'the restore has begun, and the store lets it hang' \
    grep -q '^holds read /envkeep/packs/' "$scratch/slow_store.log"
expect 'the start ends while the store hangs' wait "$starting"
cat "$scratch/second.log"
expect 'the start says that its limit was reached' grep -q limit "$scratch/second.log"
expect 'the server is up' test -e "$upper/server-is-up"
expect 'not all of the snapshot is there' bash -c "! cat $upper/opt/tool/{1,2,3,4,5,6} >/dev/null"
rm "$hold"
expect 'the rest comes when the store answers' envkeep_in second wait
expect 'with the same bytes' diff "$scratch/wanted" <(shell_in second 'cd /opt/tool && sha256sum *')
expect 'verify proves them' envkeep_in second verify --deep
forget_container second
finish
