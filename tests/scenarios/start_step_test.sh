#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A step that killed the last two starts is left out at the third and named, so that the rest comes up; a
# restore by hand does it, and the starts after it do it again.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [{path: .models, how: copy}, .ssh]\n' >"$store/envkeep/manifest.yaml"
mkdir -p "$store/envkeep/home/.models" "$store/envkeep/home/.ssh"
echo weights >"$store/envkeep/home/.models/weights"
notice=$home/.envkeep-state/notice

# A home of a new container.
start_anew() {
    end_background "$home"
    rm -rf "$home"
    mkdir "$home"
    "$@" "$envkeep" restore --start --json --store "$store" >"$scratch/document" 2>/dev/null </dev/null || :
}
# The worker is killed where it copies, or where it links.
killed_at() { strace -D -f -o /dev/null -e trace="$1" -e inject="$1:signal=KILL" "${@:2}"; }
marks() { find "$store/envkeep/starts" -type f | wc -l; }

start_anew killed_at copy_file_range
expect_equal 'a killed start leaves its mark' 1 "$(marks)"
expect 'which names its step' grep -qF '"step":"~/.models"' -r "$store/envkeep/starts"
start_anew killed_at symlinkat
expect_equal 'another that was killed elsewhere too' 2 "$(marks)"
start_anew env
wait_for 'the start has ended' has_background "$home"
expect 'then nothing is left out' test -e "$home/.models/weights"
expect_equal 'and an end takes the marks away' 0 "$(marks)"

start_anew killed_at copy_file_range
start_anew killed_at copy_file_range
expect 'what comes after the copy is missing' test ! -L "$home/.ssh"
start_anew killed_at copy_file_range
expect 'the third start brings it' test -L "$home/.ssh"
expect 'and not the copy' test ! -e "$home/.models"
expect 'the report tells it' grep -qF '"id":"start-step-left-out"' "$scratch/document"
wait_for 'the start has ended' has_background "$home"
expect_equal 'the first terminal too, in one line' \
    "envkeep: left out: ~/.models; the last two starts were killed in it; '$envkeep restore' does it by hand" \
    "$(cat "$notice")"
start_anew env
expect 'the fourth leaves it out too' test ! -e "$home/.models"

# Not beside the background process, which lists the image just then.
wait_for 'the start has ended' has_background "$home"
end_background "$home"
expect_status 'a restore by hand does it' 0 "$envkeep" restore
expect 'the copy is there' grep -qx weights "$home/.models/weights"
start_anew env
expect 'the next start does it again' grep -qx weights "$home/.models/weights"
expect_equal 'and nothing is left to tell' 0 "$(grep -c start-step-left-out "$scratch/document")"
end_background "$home"
finish
