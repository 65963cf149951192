#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Links that somebody planted in the data folders of a store, and another process that swaps folders there for links
# out of it while commands work: nothing outside is written, removed or read, and nothing of the user is lost.
. "$(dirname "$0")/scenario.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin
hostile() { python3 "$here/hostile.py" "$@"; }
runs=${HOSTILE_RUNS:-12}

"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'MANIFEST'
envkeep: 1
keep:
  - .conf
  - {path: .copy, how: copy}
  - {path: .tree, children: true}
  - {path: .one, kind: file, how: copy}
  - {path: .history, kind: file, how: merge}
  - .ssh
modes:
  ".conf/*/*": "0600"
MANIFEST
for folder in .conf .copy .tree; do
    mkdir -p "$home/$folder/sub/deep"
    for name in a b c sub/a sub/b sub/deep/a; do
        echo "$folder $name" >"$home/$folder/$name"
    done
done
mkdir -p "$home/.ssh"
echo key >"$home/.ssh/id_rsa"
echo one >"$home/.one"
echo ls >"$home/.history"
expect 'restore' "$envkeep" restore
expect 'a change to save' sh -c "echo two >>'$home/.copy/a'; echo two >>'$home/.one'; '$envkeep' save"

# Outside there is the same, so that whoever follows a link finds what it looks for.
canary=$scratch/canary
cp -a "$store/envkeep" "$canary"
hostile list "$canary" >"$scratch/canary.before"
hostile watch "$scratch/watching" "$scratch/events" "$canary" &
watcher=$!
wait_for 'the watch' test -e "$scratch/watching"
: >"$scratch/events" # of the watch itself
untouched() {
    if [ -s "$scratch/events" ]; then
        fail "$1: outside was looked at"
        sort "$scratch/events" | uniq -c | head -20 >&2
        : >"$scratch/events"
    else
        printf 'ok: %s: nothing outside was looked at\n' "$1"
    fi
}

# Planted before the run.
plant() {
    rm -rf "$home/.conf" "$home/.copy" "$home/.tree" "$home/.one" "$home/.ssh" "$home/.history" "$home/.envkeep-state"
    rm -rf "$store/envkeep/home"
    cp -a "$scratch/home.kept" "$store/envkeep/home"
    rm -rf "$store/envkeep/home/$1"
    ln -s "$canary/home/$1" "$store/envkeep/home/$1"
}
cp -a "$store/envkeep/home" "$scratch/home.kept"
for planted in .conf .copy .tree .one .history .ssh .conf/sub .copy/sub .tree/sub .copy/a .ssh/id_rsa; do
    for words in restore plan status 'verify --deep' save 'restore --start' undo; do
        plant "$planted"
        [ "$words" = restore ] || "$envkeep" restore >/dev/null 2>&1 || :
        # A link that was planted in the place of a source is a link in the home too: this test follows none.
        [ "$words" != save ] || [ -L "$home/.one" ] || echo three >>"$home/.one"
        [ "$words" != save ] || [ -L "$home/.copy" ] || echo three >"$home/.copy/new"
        # shellcheck disable=SC2086
        timeout -s KILL 60 "$envkeep" $words --store "$store" >"$scratch/said" 2>&1 </dev/null || :
        end_background "$home"
    done
    untouched "a planted $planted"
done
rm -rf "$store/envkeep/home"
mv "$scratch/home.kept" "$store/envkeep/home"
rm -rf "$home"
mkdir "$home"
kill "$watcher"
expect 'outside is as it was' sh -c "python3 '$here/hostile.py' list '$canary' | diff '$scratch/canary.before' -"

# Swapped while commands work.
links=$scratch/links
mkdir "$links"
pairs=()
for place in home/.conf/sub home/.copy home/.tree/sub home/.ssh journal backups leases .envkeep-aside; do
    [ -d "$store/envkeep/$place" ] || continue
    ln -s "$canary/$place" "$links/${place//\//_}"
    pairs+=("$store/envkeep/$place" "$links/${place//\//_}")
done
rm -f "$scratch/watching" "$scratch/events"
hostile watch "$scratch/watching" "$scratch/events" "$canary" &
watcher=$!
wait_for 'the watch' test -e "$scratch/watching"
: >"$scratch/events"
hostile swap "$scratch/swapping" "${pairs[@]}" &
swapper=$!
wait_for 'the swapper' test -e "$scratch/swapping"

follow() { cat "$store/envkeep/home/.conf/sub/a" >/dev/null 2>&1 || :; [ -s "$scratch/events" ]; }
wait_for 'whoever follows links is seen outside' follow
: >"$scratch/events"

declare -A statuses
try() {
    local status=0
    timeout -s KILL 120 "$envkeep" "$@" >"$scratch/said" 2>&1 </dev/null || status=$?
    statuses["$1 $status"]=$((${statuses["$1 $status"]:-0} + 1))
    [ "$status" -le 7 ] || { fail "$*: status $status" && cat "$scratch/said" >&2; }
}
for ((run = 0; run < runs; ++run)); do
    mkdir -p "$home/.conf.new/sub/deep" "$home/.tree.new/sub"
    echo "run $run" | tee "$home/.conf.new/sub/a" "$home/.conf.new/only-$run" >"$home/.tree.new/sub/b"
    rm -rf "$home/.conf" "$home/.tree"
    mv "$home/.conf.new" "$home/.conf"
    mv "$home/.tree.new" "$home/.tree"
    try restore
    try plan
    try status
    mkdir -p "$home/.copy/sub"
    echo "run $run" | tee "$home/.copy/sub/a" "$home/.copy/new-$run" >"$home/.one"
    try save
    try verify --deep
    try undo
    try gc --backups --older-than 0s
    try restore --start --store "$store"
    end_background "$home"
done
untouched "$runs rounds of swaps"
kill "$swapper" "$watcher"
wait "$swapper" "$watcher" 2>/dev/null || :
for key in "${!statuses[@]}"; do
    printf '    %s: %d times\n' "$key" "${statuses[$key]}"
done | sort
expect 'outside is as it was' sh -c "python3 '$here/hostile.py' list '$canary' | diff '$scratch/canary.before' -"
finish
