#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A remote that takes connections and says nothing, or not all: the start does not wait for it beyond git's
# share, goes on in the background, and whatever is killed meanwhile, nothing half made is ever shown and
# the next one completes.
. "$(dirname "$0")/git_start.sh"
new_large_remote

# The start's limit leaves git some seconds; what is proved is what was reported, not how long it took.
dotfiles() { manifest "$(printf 'start: {limit: 4s}\ndotfiles: {url: "%s"}\n' "$1")"; }

children() { cat "/proc/$1"/task/*/children 2>/dev/null; }
claims() { find "$store/envkeep/leases" -name 'copy-*' | wc -l; }

expect_nothing_half_made() {
    expect "$1: no working copy is there" test ! -e "$store/envkeep/repos/dotfiles"
    expect_equal "$1: no link leads to it" '' "$(find "$home" -maxdepth 1 -type l)"
}

# Silent from the first byte.
hold_remote
dotfiles "$held"
start hung
expect_equal 'the server was asked' 1 "$(asked)"
expect 'the report says that it is under way' reported git-under-way
expect_nothing_half_made 'while it hangs'
expect 'the log says that it goes on in the background' grep -q 'in the background' "$scratch/text"
let_remote_go
wait_for 'the working copy comes' copy_is_there
wait_for 'the first terminal is told' grep -q "new dotfiles are here; '$envkeep restore' links them" "$home/.envkeep-state/notice"
expect 'the background changes no place in the home' test ! -e "$home/.vimrc"
expect 'restore links them' "$envkeep" restore
expect_equal 'all is there' 'set number' "$(cat "$home/.vimrc")"
expect_equal 'and no claim is left' 0 "$(claims)"
rm -rf "$store/envkeep/repos"

# In the middle of the objects; the session is told to end.
hold_remote 30000
dotfiles "$held"
start ended
wait_for 'half of it has come' is_cloning
jobs=$(children "$(background_pid "$home")")
expect 'a process is at work' test -n "$jobs"
end_background "$home"
for job in $jobs; do
    wait_for 'the process that was at work ends' sh -c "! kill -0 $job"
done
expect_nothing_half_made 'told to end'
expect_equal 'not even beside its place' '' "$(workshops)"
expect_equal 'and no claim is left' 0 "$(claims)"
let_remote_go

# Killed hard, as containers end: process and background.
hold_remote 30000
dotfiles "$held"
start killed
wait_for 'half of it has come' is_cloning
pid=$(background_pid "$home")
jobs=$(children "$pid")
kill -KILL "$pid"
for job in $jobs; do
    wait_for 'what it had begun ends with it' sh -c "! kill -0 $job"
done
expect_nothing_half_made 'killed'
expect_equal 'the claim of the dead is left' 1 "$(claims)"
let_remote_go

# Two starts at once on the same store, after that: the claim of the dead is taken over by one of them, and
# the other waits for it.
hold_remote
dotfiles "$held"
end_background "$home"
for name in left right; do
    begin_home "$name"
    bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' >"$scratch/status-$name" 2>"$scratch/text-$name" </dev/null &
done
wait_for 'both hooks have returned' sh -c "grep -q . '$scratch/status-left' && grep -q . '$scratch/status-right'"
expect_equal 'with status 0' 'status 0 status 0' "$(cat "$scratch/status-left" "$scratch/status-right" | xargs)"
expect_equal 'one of them asks the server' 1 "$(asked)"
let_remote_go
for name in left right; do
    home=$scratch/home-$name
    export HOME=$home
    wait_for "$name is told" grep -q 'new dotfiles are here' "$home/.envkeep-state/notice"
    expect "$name: restore links them" "$envkeep" restore
    expect_equal "$name: all is there" 'set number' "$(cat "$home/.vimrc" 2>&1)"
    expect "$name: verify has nothing against it" "$envkeep" verify
    end_background "$home"
done
expect_equal 'nothing is left beside it' '' "$(workshops)"
expect_equal 'nor a claim' 0 "$(claims)"
expect 'the working copy is whole' git -c safe.directory='*' -C "$store/envkeep/repos/dotfiles" fsck --strict
finish
