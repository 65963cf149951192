#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Modes through the built program: secrets below keeps, and stores that keep no modes.
. "$(dirname "$0")/scenario.sh"
begin
key() { printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n' "$1"; }
mode() { stat -L -c %a "$1"; }
"$program" init >/dev/null 2>&1
kept=$store/envkeep/home

printf 'envkeep: 1\nkeep: [.config, .huggingface, kaggle.json, .cache/huggingface, x, {path: open, modes: none}]\n' \
    >"$store/envkeep/manifest.yaml"
mkdir -p "$kept"/{.config/gh,.config/kaggle,.huggingface,.cache/huggingface,x/.ssh,open}
for secret in .config/gh/hosts.yml .config/kaggle/kaggle.json .huggingface/token kaggle.json \
    .cache/huggingface/token open/kaggle.json; do
    echo secret >"$kept/$secret"
    chmod 644 "$kept/$secret"
done
echo settings >"$kept/.config/gh/config.yml"
key one >"$kept/x/.ssh/id_rsa"
chmod 644 "$kept/.config/gh/config.yml" "$kept/x/.ssh/id_rsa"
expect 'secrets below keeps: restore' "$program" restore
for secret in .config/gh/hosts.yml .config/kaggle/kaggle.json .huggingface/token kaggle.json \
    .cache/huggingface/token x/.ssh/id_rsa; do
    expect_equal "$secret is its owner's" 600 "$(mode "$home/$secret")"
done
expect_equal 'a folder of keys too' 700 "$(mode "$home/x/.ssh")"
expect_equal 'what is beside a secret is left' 644 "$(mode "$home/.config/gh/config.yml")"
expect_equal 'and all of a keep with modes: none' 644 "$(mode "$home/open/kaggle.json")"
expect 'nothing is left to do' "$program" plan
chmod 644 "$kept/x/.ssh/id_rsa"
expect_status 'a mode that was changed later is seen' 1 "$program" plan

rm -rf "$home" "$kept"
mkdir -p "$home" "$kept/.ssh" "$scratch/mount"
key one >"$kept/.ssh/id_rsa"
echo 'ssh-rsa AAAA' >"$kept/.ssh/id_rsa.pub"
echo 'ssh-rsa AAAA' >"$kept/.ssh/other.pub"
echo 'host ssh-rsa AAAA' >"$kept/.ssh/known_hosts"
echo '#!/bin/sh' >"$kept/.ssh/scr"
printf 'envkeep: 1\nkeep: [.ssh]\nmodes:\n  .ssh/scr: "0700"\n  .ssh/id*.pub: "0640"\n' >"$store/envkeep/manifest.yaml"
if bindfs --chmod-ignore --perms=0777 "$store" "$scratch/mount"; then
    expect 'a store without modes: restore' "$program" restore --store "$scratch/mount"
    expect_equal 'the key' 600 "$(mode "$home/.ssh/id_rsa")"
    expect_equal 'what is public' 644 "$(mode "$home/.ssh/other.pub")"
    expect_equal 'the hosts' 644 "$(mode "$home/.ssh/known_hosts")"
    expect_equal 'a rule for a script' 700 "$(mode "$home/.ssh/scr")"
    expect_equal 'a rule with a pattern' 640 "$(mode "$home/.ssh/id_rsa.pub")"
    expect 'a second run finds nothing' "$program" plan --store "$scratch/mount"
    fusermount -u "$scratch/mount" || umount "$scratch/mount"
else
    fail 'bindfs does not mount here'
fi
finish
