#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A store that stops answering at a moment of the start: before the program is executed, while it is, after the
# first file was read, between two actions. The server has taken the request, so that not even SIGKILL ends who
# waits for it. Each time the sourced line returns with status 0; what had been reached is named here; when the
# store answers again nothing is lost.
. "$(dirname "$0")/scenario.sh"
with_slow_store begin
hold=$scratch/hold
mkdir -p "$scratch/behind"
"$scratch/slow_store" 0 "$scratch/behind" "$store" "$hold" 2>"$scratch/fuse.log" &
server=$!
wait_for 'the store is mounted' grep -q " $store fuse" /proc/self/mounts
"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'END'
envkeep: 1
start: {limit: 2s}
keep: [{path: a, how: copy, kind: file}, {path: b, how: copy, kind: file}]
END
"$envkeep" hook install >/dev/null
echo a >"$store/envkeep/home/a"
echo b >"$store/envkeep/home/b"

# hangs_at WHAT REQUEST [COMMAND...]: a start in a new home, by the line if no other form is named, that waits for
# an answer to it. Whoever started it says the status: he goes on. Half a minute is more than it may take.
kinds=0
hangs_at() {
    local what=$1 request=$2
    shift 2
    [ $# -gt 0 ] || set -- bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"'
    kinds=$((kinds + 1))
    rm -rf "$home"
    mkdir "$home"
    : >"$scratch/fuse.log"
    # Nothing is read from the cache.
    echo 1 >/proc/sys/vm/drop_caches
    echo "$request" >"$hold"
    expect_equal "$what: it returns" 'status 0' \
        "$(timeout -s KILL 30 "$@" 2>"$scratch/text" </dev/null)"
    expect "$what: the store hangs" grep -q '^holds ' "$scratch/fuse.log"
}
answers_again() {
    rm "$hold"
    if [ -e "$home/.envkeep-state/start-killed" ]; then
        expect "$1: status knows" sh -c '"$1" status | grep -q "the start line began and did not end"' sh "$envkeep"
    fi
    wait_for 'whoever hung goes on and ends' sh -c 'pkill -TERM -x envkeep; ! pgrep -x envkeep'
    expect "$1: restore does it all" "$envkeep" restore
    expect_equal "$1: with every byte" 'a b a b' \
        "$(cat "$home/a" "$home/b" "$store/envkeep/home/a" "$store/envkeep/home/b" | xargs)"
}

hangs_at 'before exec' 'open /envkeep/bin/envkeep'
expect_equal 'before exec: nothing was done' '.envkeep-state' "$(ls -A "$home")"
expect 'before exec: the shell is told' grep -q 'did not answer within 4 s; once it does: ' "$scratch/text"
answers_again 'before exec'

hangs_at 'during exec' 'read /envkeep/bin/envkeep'
expect_equal 'during exec: nothing was done' '.envkeep-state' "$(ls -A "$home")"
expect 'during exec: the shell is told' grep -q 'did not answer within 4 s; once it does: ' "$scratch/text"
answers_again 'during exec'

hangs_at 'after the first read' 'open /envkeep/manifest.yaml'
expect 'after the first read: the limit is told' grep -q 'limit of 2 s' "$home/.envkeep-state/notice"
expect 'after the first read: nothing was copied' test ! -e "$home/a"
# The command that the notice names, in a program that lies elsewhere.
"$program" status >"$scratch/status" 2>&1 </dev/null &
asking=$!
wait_for 'after the first read: status says what it waits for' \
    grep -q "still waiting after 5 s: the store at '$store'" "$scratch/status"
answers_again 'after the first read'
wait "$asking" || :

hangs_at 'between two actions' 'open /envkeep/home/b'
expect 'between two actions: the limit is told' grep -q 'limit of 2 s' "$home/.envkeep-state/notice"
expect 'between two actions: the first is done' grep -qx a "$home/a"
expect 'between two actions: the second is not' test ! -e "$home/b"
answers_again 'between two actions'

# The form for a cell and for Jupyter's own configuration, with a limit that a test can wait for.
"$envkeep" hook print --for notebook-cell | sed 's/timeout=107/timeout=3/' >"$scratch/cell.py"
expect 'the limit of the cell is shortened' grep -q 'timeout=3' "$scratch/cell.py"
hangs_at 'a cell before exec' 'open /envkeep/bin/envkeep' \
    sh -c 'python3 "$1" >&2; echo "status $?"' sh "$scratch/cell.py"
expect 'a cell before exec: it is told' grep -q 'the store did not answer in time' "$scratch/text"
answers_again 'a cell before exec'

# What takes long in the background has a process of its own: the session is saved meanwhile.
rm -rf "$home" "$store"/envkeep/images/*
mkdir "$home"
: >"$scratch/fuse.log"
# With time for the start, whose copies are what is to be saved.
sed -i 's/limit: 2s/limit: 60s/' "$store/envkeep/manifest.yaml"
echo 'save: {every: 5s}' >>"$store/envkeep/manifest.yaml"
"$envkeep" hook install >/dev/null
echo 'create /envkeep/images/*' >"$hold"
bash -c '. "$ENVKEEP_STORE/pre-run.sh"' >/dev/null 2>&1 </dev/null
wait_for 'the image is listed, and the store lets that hang' grep -q '^holds create /envkeep/images/' "$scratch/fuse.log"
expect 'the start has copied it' grep -qx a "$home/a"
echo later >>"$home/a"
wait_for 'what changed meanwhile is saved' grep -qx later "$store/envkeep/home/a"
rm "$hold"

{ kill -KILL "$server" && wait "$server"; } 2>/dev/null || :
finish "$kinds kinds of hang, each time the line returned"
