#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A home whose disk is full, while the store has room: what changed is saved all the same, each change once, and
# 'status' says that the home is full.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [{path: .conf, how: copy, kind: file}]\nsave: {every: 5s}\n' >"$store/envkeep/manifest.yaml"
mount -t tmpfs -o size=1m tmpfs "$home"
fill() { dd if=/dev/zero of="$home/fill" bs=4k 2>/dev/null || :; }
# In place: a new file would need room.
change() { printf '%s\n' "$1" | dd of="$home/.conf" conv=notrunc 2>/dev/null; }
is_saved() { [ "$(cat "$store/envkeep/home/.conf")" = "$1" ]; }

echo one >"$store/envkeep/home/.conf"
expect 'a start' sh -c '"$1" restore --start </dev/null' sh "$envkeep"
expect_equal 'brings the copy' one "$(cat "$home/.conf")"
wait_for 'its background process' has_background "$home"
fill
for word in two six; do
    change "$word"
    wait_for "$word is saved by itself" is_saved "$word"
done
change ten
expect 'a save by hand' "$envkeep" save
expect 'saves it too' is_saved ten
expect_equal 'each once' .conf "$(ls -A "$store/envkeep/home")"
expect_status 'status has something to say' 1 "$envkeep" status
expect 'that the home is full' grep -q 'home-full' "$scratch/said"
rm "$home/fill"
"$envkeep" status >"$scratch/said" 2>&1 || :
expect 'and no more once there is room' sh -c '! grep -q home-full "$1"' sh "$scratch/said"
end_background "$home"
umount "$home"

# So small that nothing can be set apart for this.
mount -t tmpfs -o size=64k tmpfs "$home"
printf 'envkeep: 1\nkeep: [{path: .conf, how: copy, kind: file}]\nsave: off\n' >"$store/envkeep/manifest.yaml"
expect 'a restore into a small home' "$envkeep" restore
fill
change red
expect_status 'a save says what it could not write' 3 "$envkeep" save
expect 'namely to the home' grep -q home-full "$scratch/said"
expect_equal 'and has saved it' red "$(cat "$store/envkeep/home/.conf")"
expect_status 'status says it too' 1 "$envkeep" status
expect 'with its name' grep -q home-full "$scratch/said"
rm "$home/fill"
expect_status 'with room again there is nothing to save' 0 "$envkeep" save
expect_equal 'and one version' .conf "$(ls -A "$store/envkeep/home")"
finish 'a full home: each change is in the store, once'
