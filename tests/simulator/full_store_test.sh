#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A store without room: a snapshot says how much it wants, before it writes or in the midst of it; what was there
# is whole, the older snapshot restores, and with room the next snapshot succeeds. gc frees it.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"
# shellcheck source=tests/simulator/special_store.sh
. "$(dirname "$0")/special_store.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

# What snapshots have in the store.
snapshots_there() { (cd "$store/envkeep" && find packs manifests snapshots refs -type f | sort | xargs sha256sum); }

# refused WHAT PATTERN: the snapshot in `first` says so, and the store is as it was.
refused() {
    local before status=0
    before=$(snapshots_there)
    envkeep_in first snapshot >"$scratch/refused.log" 2>&1 || status=$?
    cat "$scratch/refused.log"
    [ "$status" -ne 0 ] || fail "$1: it was taken"
    expect "$1: it says why, with sizes" grep -Eq "$2" "$scratch/refused.log"
    # Packs that are whole stay for the next try; nothing half-written does.
    expect_equal "$1: what was there is as it was" "$before" \
        "$(snapshots_there | grep -F -f <(printf '%s\n' "$before"))"
    expect "$1: nothing half-written stays" bash -c "! find $store/envkeep/packs -name '.*' | grep ."
    expect "$1: the older snapshot is the newest" test "$(cat "$store"/envkeep/refs/*/* | wc -l)" = 1
}

begin_platform
store_of 96m
new_container first
install_envkeep first >"$scratch/log" || fail 'init'
printf 'envkeep: 1\nsnapshot: {limit: 100%%}\n' >"$store/envkeep/manifest.yaml"
expect 'files are made' shell_in first 'mkdir -p /opt/tool; head -c 8000000 /dev/urandom >/opt/tool/small'
expect 'a snapshot is taken' envkeep_in first snapshot
small=$(shell_in first 'sha256sum /opt/tool/small')

# It does not shrink, and so takes thrice what was thought.
free=$(($(stat -f -c '%a * %S' "$store")))
expect 'more than there is room for' shell_in first "head -c $((free * 3 / 2)) /dev/urandom >/opt/tool/noise"
refused 'in the midst of packing' 'writing packs \([0-9.]+ MiB so far.*no space left'

head -c $((free - 4000000)) /dev/zero >"$store/in-the-way"
refused 'before anything is written' 'needs about [0-9.]+ MiB in the store, which has [0-9.]+ MiB free'

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
expect 'the older snapshot restores from the full store' envkeep_in second verify --deep
expect_equal 'with its bytes' "$small" "$(shell_in second 'sha256sum /opt/tool/small')"
forget_container second

rm "$store/in-the-way"
expect 'what does not fit is made smaller' shell_in first "truncate -s $((free / 2)) /opt/tool/noise"
expect 'with room the snapshot is taken' envkeep_in first snapshot
noise=$(shell_in first 'cd /opt/tool && sha256sum *')
forget_container first
new_container third
: >"$scratch/containers/third/upper/server.sh"
start third /server.sh
expect 'and comes back' envkeep_in third wait
expect_equal 'with its bytes' "$noise" "$(shell_in third 'cd /opt/tool && sha256sum *')"
expect 'proven' envkeep_in third verify --deep
forget_container third

# Nothing at all can be written, and all is older than a day.
find "$store/envkeep" -exec touch -h -d '3 days ago' {} +
head -c "$free" /dev/zero >"$store/in-the-way" 2>/dev/null || :
new_container fourth
expect 'what gc would free of the full store is told' envkeep_in fourth gc --dry-run --keep 1
cp "$scratch/expect.log" "$scratch/gc.log"
expect 'with the snapshot that would go' grep -q 'would go' "$scratch/gc.log"
expect 'and gc frees it' envkeep_in fourth gc --keep 1
expect_equal 'one snapshot is left' 1 "$(ls "$store"/envkeep/snapshots/*.json | wc -l)"
for old in "$store"/envkeep/trash/2*; do
    mv "$old" "$store/envkeep/trash/20201120T120000Z${old##*/????????T??????Z}"
done
expect 'a day later for good' envkeep_in fourth gc
expect_equal 'nothing is in the trash' '' "$(ls "$store/envkeep/trash" | grep -v clock)"
forget_container fourth
finish
