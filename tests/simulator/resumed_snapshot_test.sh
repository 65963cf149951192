#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A snapshot that finds the store full leaves nothing that passes for one; when there is room, the next one
# writes only what is missing, and a new session has all of it. A damaged pack is not built on, and nothing is
# removed by a restore that cannot bring all of it.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"

# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }
# What a snapshot wrote to the store, by its own account.
new_bytes() { sed -n 's/.*"new_bytes": *\([0-9]*\).*/\1/p' "$store"/envkeep/snapshots/*.json | tail -n 1; }

begin_platform
# Room for the first pack of incompressible files and not for the second.
mount -t tmpfs -o size=360m tmpfs "$store"
trap 'umount -l "$store"; end_platform' EXIT
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
shell_in first 'mkdir /opt/data; for i in 1 2 3 4; do head -c 100000000 /dev/urandom >/opt/data/$i; done'
if envkeep_in first snapshot >"$scratch/log" 2>&1; then
    fail 'a snapshot is taken in a store that cannot hold it'
fi
grep -q 'no space left' "$scratch/log" || fail "it tells why: $(cat "$scratch/log")"
expect 'no snapshot is there' test -z "$(ls "$store/envkeep/snapshots" 2>/dev/null)"
expect_equal 'one pack is there' 1 "$(ls "$store"/envkeep/packs/*.tar.zst | wc -l)"
expect 'what it holds is written down' test -s "$scratch/containers/first/upper/root/.envkeep-state/unfinished"

# The limit of 40 % allows what is still to come, and not all of it once more.
mount -o remount,size=900m "$store"
expect 'with more room the snapshot is taken' envkeep_in first snapshot --json
written=$(new_bytes)
expect "it wrote the rest, $written bytes, and no more" test "$written" -gt 0 -a "$written" -lt 200000000
expect 'nothing is left to go on with' \
    test ! -e "$scratch/containers/first/upper/root/.envkeep-state/unfinished"
shell_in first 'cd /opt/data; sha256sum *' >"$scratch/first.digest"

# The store loses half of a pack: the next snapshot reads all again and writes that pack anew.
pack=$(ls "$store"/envkeep/packs/*.tar.zst | head -n 1)
truncate -s 1000 "$pack"
shell_in first 'echo more >/opt/data/more; rm /etc/issue'
envkeep_in first snapshot >"$scratch/log" 2>&1 || :
grep -q 'is damaged' "$scratch/log" || fail "the damage is told: $(cat "$scratch/log")"
end_container first
forget_container first

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
expect 'all of it comes' envkeep_in second wait
expect 'the next session has all of it' \
    diff "$scratch/first.digest" <(shell_in second 'cd /opt/data; sha256sum [0-9]')
expect_equal 'and what came later' more "$(shell_in second 'cat /opt/data/more')"
expect 'what was removed is gone' shell_in second '[ ! -e /etc/issue ]'
expect 'proven by every byte' envkeep_in second verify --deep
end_container second
forget_container second

# Where a file cannot be brought back, nothing that was there before is removed.
for pack in "$store"/envkeep/packs/*.tar.zst; do
    printf damage | dd of="$pack" bs=1 seek=50000000 conv=notrunc status=none
done
new_container third
if envkeep_in third restore >"$scratch/log" 2>&1; then
    fail 'a restore from damaged packs is well'
fi
grep -q 'could not be brought back' "$scratch/log" || fail "it names what is damaged: $(cat "$scratch/log")"
expect 'what the image brought is still there' shell_in third '[ -e /etc/issue ]'
expect 'the rest is there' shell_in third '[ "$(cat /opt/data/more)" = more ]'
finish
