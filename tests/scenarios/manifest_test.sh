#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the manifest says, through the built program: what stays out, conditions, rules that are refused.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
kept=$store/envkeep/home
manifest() { printf 'envkeep: 1\n%s\n' "$1" >"$store/envkeep/manifest.yaml"; }
caches() { find "$store/envkeep" -path '*Cache*' -printf '%P\n'; }

mkdir -p "$home/.config/app/Cache"
head -c 100000 /dev/urandom >"$home/.config/app/Cache/big"
echo rc >"$home/.config/app/rc"
manifest 'keep: [{path: .config, exclude: ["**/Cache"]}]'
expect_status 'a link cannot leave out what may be anywhere' 2 "$program" manifest check
expect 'the cure is named' grep -q "how: copy" "$scratch/said"
expect_status 'and nothing is moved' 2 "$program" restore
expect_equal 'no byte of it is in the store' '' "$(caches)"
expect 'it is where it was' test -f "$home/.config/app/Cache/big"

manifest 'keep: [{path: .config, exclude: ["*/Cache"]}]'
expect 'folders in which something stays out: restore' "$program" restore
expect 'what stays out is where it was' test -f "$home/.config/app/Cache/big"
expect 'what is beside it is in the store' grep -q rc "$kept/.config/app/rc"
mkdir -p "$home/.config/new/Cache"
echo new >"$home/.config/new/Cache/x"
echo new >"$home/.config/new/rc"
expect 'a folder that comes later' "$program" restore
expect 'is kept' grep -q new "$kept/.config/new/rc"
expect_equal 'but for what stays out' '' "$(caches)"
expect 'nothing is left to do' "$program" plan

rm -rf "$home" "$kept/.config"
mkdir -p "$home/.config/app/Cache" "$kept/.config/app"
head -c 100000 /dev/urandom >"$home/.config/app/Cache/big"
echo home >"$home/.config/app/rc"
echo store >"$kept/.config/app/rc"
manifest 'keep: [{path: .config, how: copy, exclude: ["**/Cache"]}]'
expect 'a copy that leaves out what is anywhere: restore' "$program" restore
expect_equal 'the copy is the store'"'"'s' store "$(cat "$home/.config/app/rc")"
expect_equal 'what stays out is in no backup' '' "$(caches)"
expect 'what stood there is' grep -rq home "$store/envkeep/backups"
mkdir -p "$home/.config/app/Cache"
echo new >"$home/.config/app/Cache/x"
expect 'save' "$program" save
expect_equal 'and is not saved' '' "$(caches)"

rm -f /etc/os-release
printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n' >/etc/os-release
manifest 'keep: [{path: a, when: {image: "debian-1?"}}, {path: b, when: {image: "*(bookworm)"}}, {path: c, when: {image: "ubuntu*"}}]'
unset ENVKEEP_IMAGE
expect_equal 'the image is known by its system' 'a b' \
    "$("$program" manifest show 2>/dev/null | sed -n 's/^  - //p' | xargs)"
expect_equal 'or by what its maker says' c \
    "$(ENVKEEP_IMAGE=ubuntu-x "$program" manifest show 2>/dev/null | sed -n 's/^  - //p' | xargs)"

manifest 'keep: [m$$x]'
expect_equal 'show can be read back' '  - m$$x' "$("$program" manifest show 2>/dev/null | grep '^  - ')"

manifest 'keep:
  - $NOWHERE/x
  - {path: y, kinde: file}'
expect_status 'what evaluation finds' 2 "$program" manifest check
expect_equal 'comes in the order of the lines' '3 4' "$(sed -n 's/.*yaml:\([0-9]*\):.*/\1/p' "$scratch/said" | xargs)"
expect 'with its line' grep -q '3 |   - $NOWHERE/x' "$scratch/said"

mkdir -p "$home/.ssh"
printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n' >"$home/.ssh/id_rsa"
chmod 600 "$home/.ssh/id_rsa"
manifest 'keep: [.ssh]'
expect 'a key' "$program" restore
manifest 'keep: [.ssh]
modes: {.ssh/id_rsa: "0644"}'
expect_status 'a rule that would open it: plan' 1 "$program" plan
expect_status 'verify' 1 "$program" verify
expect_status 'restore' 3 "$program" restore
expect 'it is named' grep -q 'private key' "$scratch/said"
expect_equal 'the key stays closed' 600 "$(stat -L -c %a "$home/.ssh/id_rsa")"
finish
