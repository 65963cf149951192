#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Stores that cannot do everything: read-only, empty mount point, no space, modes that do not hold.
. "$(dirname "$0")/scenario.sh"
begin
printf 'envkeep: 1\nkeep: [.ssh, .config]\n' >"$scratch/manifest"
key() { printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n' "$1"; }

mkdir -p "$scratch/mount-ro" "$scratch/mount-tmp" "$scratch/mount-fuse"
"$program" init >/dev/null 2>&1
cp "$scratch/manifest" "$store/envkeep/manifest.yaml"
mkdir -p "$store/envkeep/home/.ssh"
key one >"$store/envkeep/home/.ssh/id_rsa"
chmod 600 "$store/envkeep/home/.ssh/id_rsa"
mkdir -p "$home/.config"
echo local >"$home/.config/rc"
mount --bind "$store" "$scratch/mount-ro"
mount -o remount,ro,bind "$scratch/mount-ro"
expect_status 'read-only: a part could not be done' 3 "$program" restore --store "$scratch/mount-ro"
expect 'read-only: what the store has is linked' test -L "$home/.ssh"
expect 'read-only: what it lacks stays where it is' grep -q local "$home/.config/rc"
expect 'read-only: it is said' grep -q store-read-only "$scratch/said"
expect_status 'read-only: again the same' 3 "$program" restore --store "$scratch/mount-ro"
expect 'read-only: and what waits' grep -q '1 keep waits for the store' "$scratch/said"
expect_status 'read-only: plan' 1 "$program" plan --store "$scratch/mount-ro"
expect_status 'read-only: verify' 1 "$program" verify --store "$scratch/mount-ro"
expect_status 'read-only: status' 1 "$program" status --store "$scratch/mount-ro"
expect 'read-only: the keep is not in order' grep -q 'waits.*~/.config' "$scratch/said"
expect 'read-only: of modes nothing is known' sh -c "! grep -q store-modes-ignored '$scratch/said'"
umount "$scratch/mount-ro"

rm -rf "$home"
mkdir -p "$home"
expect_status 'an empty mount point is not the store' 4 "$program" restore --store "$scratch/mount-ro"
expect 'and it says what to do' grep -q 'hint' "$scratch/said"
expect_equal 'and nothing was made there' '' "$(ls -A "$scratch/mount-ro")"

mount -t tmpfs -o size=10m tmpfs "$scratch/mount-tmp"
mkdir -p "$home/big"
head -c 20000000 /dev/urandom >"$home/big/bytes"
sum=$(sha256sum <"$home/big/bytes")
# The program itself takes most of that space: only the manifest and the identity are put there.
mkdir -p "$scratch/mount-tmp/envkeep/home"
printf 'envkeep: 1\nkeep: [big]\n' >"$scratch/mount-tmp/envkeep/manifest.yaml"
cp "$store/envkeep/store.json" "$scratch/mount-tmp/envkeep/"
expect_status 'no space for the seed' 3 "$program" restore --store "$scratch/mount-tmp"
expect_equal 'the home is untouched' "$sum" "$(sha256sum <"$home/big/bytes")"
expect_equal 'no half copy is left' '' "$(find "$scratch/mount-tmp/envkeep/home" -type f)"
umount "$scratch/mount-tmp"

rm -rf "$home"
mkdir -p "$home"
if bindfs --chmod-ignore --perms=0777 "$store" "$scratch/mount-fuse"; then
    expect 'modes ignored: restore' "$program" restore --store "$scratch/mount-fuse"
    expect 'modes ignored: the key is a copy in the home' test -f "$home/.ssh/id_rsa" -a ! -L "$home/.ssh"
    expect_equal 'modes ignored: with its mode' 600 "$(stat -c %a "$home/.ssh/id_rsa")"
    "$program" status --store "$scratch/mount-fuse" >"$scratch/text" 2>&1 || :
    expect 'modes ignored: status says so' grep -q store-modes-ignored "$scratch/text"
    key two >"$home/.ssh/id_new"
    expect 'modes ignored: a new key is saved back' "$program" save --store "$scratch/mount-fuse"
    expect 'and is in the store' grep -q two "$store/envkeep/home/.ssh/id_new"
    fusermount -u "$scratch/mount-fuse" || umount "$scratch/mount-fuse"
else
    fail 'bindfs does not mount here'
fi
finish
