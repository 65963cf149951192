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
# What a save could not write back it does not call saved.
umount "$scratch/mount-ro"
printf 'envkeep: 1\nkeep: [{path: .hist, how: copy}]\n' >"$store/envkeep/manifest.yaml"
echo old >"$store/envkeep/home/.hist"
mount --bind "$store" "$scratch/mount-ro"
mount -o remount,ro,bind "$scratch/mount-ro"
expect 'read-only: a copy' "$program" restore --store "$scratch/mount-ro"
echo new >>"$home/.hist"
expect_status 'read-only: save' 3 "$program" save --store "$scratch/mount-ro"
expect 'read-only: it says so' grep -q 'could not be written back' "$scratch/said"
expect 'read-only: and nothing else' sh -c "! grep -q 'nothing to save' '$scratch/said'"
# What the store wins goes aside, and no backup can be made of it.
rm "$home/.ssh"
mkdir "$home/.ssh"
echo other >"$home/.ssh/id_rsa"
printf 'envkeep: 1\nkeep: [{path: .ssh, on_conflict: store}]\n' >"$store/envkeep/manifest.yaml"
"$program" restore --store "$scratch/mount-ro" >"$scratch/said" 2>&1 || :
expect 'read-only: what went aside is only here' grep -q backup-only-here "$scratch/said"
expect 'read-only: room in the store is no cure for that' sh -c "! grep -qE 'gc --backups|limit:' '$scratch/said'"
"$program" status --store "$scratch/mount-ro" >"$scratch/said" 2>&1 || :
expect 'read-only: status says both' sh -c "grep -q backup-only-here '$scratch/said' && grep -q store-read-only '$scratch/said'"
expect 'read-only: with all linked it is a note' grep -q 'note: .*store-read-only' "$scratch/said"
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
expect 'it was known before a byte was written' grep -q 'nothing was copied' "$scratch/said"
expect 'and how to go on, whichever command it was' grep -q 'do the same again' "$scratch/said"
expect_equal 'the home is untouched' "$sum" "$(sha256sum <"$home/big/bytes")"
expect_equal 'no half copy is left' '' "$(find "$scratch/mount-tmp/envkeep/home" -type f)"
umount "$scratch/mount-tmp"

# Full to the last byte, or of files: what the store has is linked at a start, and the rest comes with the room.
for fill in bytes files; do
    mount -t tmpfs -o size=8m,nr_inodes=64 tmpfs "$scratch/mount-tmp"
    mkdir "$scratch/mount-tmp/envkeep"
    cp -a "$store/envkeep/home" "$store/envkeep/store.json" "$scratch/mount-tmp/envkeep/"
    rm -rf "$scratch/mount-tmp/envkeep/home/.config" "$home"
    cp "$scratch/manifest" "$scratch/mount-tmp/envkeep/manifest.yaml"
    mkdir -p "$home/.config" "$scratch/mount-tmp/fill"
    echo local >"$home/.config/rc"
    if [ "$fill" = bytes ]; then
        head -c 10000000 /dev/zero >"$scratch/mount-tmp/fill/0" 2>/dev/null || :
    else
        for i in $(seq 64); do : >"$scratch/mount-tmp/fill/$i" || break; done 2>/dev/null
    fi
    "$program" restore --start --store "$scratch/mount-tmp" >/dev/null 2>"$scratch/said" </dev/null
    expect "full of $fill: what the store has is linked" test -L "$home/.ssh"
    expect "full of $fill: what it lacks stays where it is" grep -qx local "$home/.config/rc"
    expect "full of $fill: it is said why" grep -q 'no space left' "$scratch/said"
    expect "full of $fill: the session has its background process" sh -c "kill -0 $(background_pid "$home")"
    "$program" status --store "$scratch/mount-tmp" >"$scratch/said" 2>&1 || :
    expect "full of $fill: status says so" grep -q store-read-only "$scratch/said"
    rm -r "$scratch/mount-tmp/fill"
    expect "full of $fill: with room" "$program" restore --store "$scratch/mount-tmp"
    expect "full of $fill: it is in the store" grep -qx local "$scratch/mount-tmp/envkeep/home/.config/rc"
    expect "full of $fill: and linked" test -L "$home/.config"
    "$program" status --verbose --store "$scratch/mount-tmp" >"$scratch/said" 2>&1 || :
    expect "full of $fill: what was measured is shown" \
        grep -q 'mounted (tmpfs), writing, .*modes, owners, locks; a small file takes' <(tr -s ' \n' ' ' <"$scratch/said")
    end_background "$home"
    umount "$scratch/mount-tmp"
done

# A mount that comes once the start has begun.
rm -rf "$home"
mkdir -p "$home" "$scratch/late"
"$program" restore --start --store "$scratch/late" >/dev/null 2>&1 </dev/null &
late=$!
wait_for 'the start has begun' test -e "$home/.envkeep-state/start.json"
mount --bind "$store" "$scratch/late"
expect 'a late mount: the start returns' wait "$late"
expect_equal 'a late mount: it is linked' "$scratch/late/envkeep/home/.ssh" "$(readlink "$home/.ssh")"
end_background "$home"
umount "$scratch/late"

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
