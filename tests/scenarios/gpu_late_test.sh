#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A look at the GPU that is held up, and a remote that is too: git has its share of the start whatever the look does, and
# a look that is through by the end of it is told although it took its time.
. "$(dirname "$0")/scenario.sh"
with_slow_store . "$(dirname "$0")/git_start.sh"
new_remote
mkdir -p "$scratch/behind" "$scratch/hung"

is_through() { grep -ls '^State:[[:space:]]*Z' $(grep -ls '^Name:[[:space:]]*envkeep$' /proc/[0-9]*/status); }

start_held() {
    rm -rf "$store/envkeep/repos" "$store"/envkeep/reports/start-*.json
    end_background "$home"
    begin_home "$1"
    hold_remote
    manifest "$(printf 'gpu: {expect: required}\ndotfiles: {url: "%s"}\n' "$held")"
    # A day for each request.
    "$scratch/slow_store" 86400000000 "$scratch/behind" "$scratch/hung" 2>"$scratch/fuse.log" &
    local server=$! hook
    wait_for 'the hung folder is mounted' grep -q " $scratch/hung fuse" /proc/self/mounts
    PYTHONPATH=$scratch/hung bash -c '. "$ENVKEEP_STORE/pre-run.sh"' 2>"$scratch/text" </dev/null &
    hook=$!
    wait_for 'the look is held' grep -q '^holds ' "$scratch/fuse.log"
    wait_for 'git has begun' test -s "$scratch/held/asked"
    { kill -KILL "$server" && wait "$server"; } 2>/dev/null || :
    wait_for 'the look is through' is_through
    let_remote_go
    wait "$hook"
    umount -l "$scratch/hung" 2>/dev/null || :
    wait_for 'the worker is the background process' has_background "$home"
}

number=1
start_held "$number"
# On a machine under load git's share may be over before.
while reported git-under-way >/dev/null && [ "$number" -lt 5 ]; do
    wait_for 'it is through later' compgen -G "$home/.envkeep-state/git/*.json"
    number=$((number + 1))
    start_held "$number"
done
expect 'the look is told' reported gpu-expected-missing
expect_status 'and is not called late' 1 reported gpu-not-looked-at
expect_equal 'git had its share' 'set number' "$(cat "$home/.vimrc")"
finish
