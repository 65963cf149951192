#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a snapshot holds beside plain files below the usual folders: extended attributes and access lists of
# the image's files and folders, files with holes, folders that the manifest names, packed keeps elsewhere.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

begin_session() {
    new_container "$1"
    : >"$scratch/containers/$1/upper/server.sh"
    start "$1" /server.sh
}

what_is_there() {
    shell_in "$1" 'stat -c "%n %f %u:%g %s %y" /usr/bin/env /srv /data /data/x /opt/holes \
            /usr/local/share/more/y /usr/local/share/more/second /workspace/venv/bin/tool
        stat -c "%n %h" /usr/local/share/more/y
        python3 -c "
import os
for path in \"/usr/bin/env\", \"/srv\", \"/srv/shared\", \"/data\", \"/etc/issue\":
    for name in sorted(os.listxattr(path)):
        print(path, name, os.getxattr(path, name).hex())
"; /workspace/venv/bin/tool; sha256sum /opt/holes'
}

test_age() { [ $((SECONDS - $1)) -ge 4 ]; }

begin_platform
mkdir -p "$scratch/layer/srv"
echo old >"$scratch/layer/srv/one"
ln "$scratch/layer/srv/one" "$scratch/layer/srv/two"
# Older than any container that starts from now on, by more than clocks may differ.
born=$SECONDS
wait_for 'the image has aged' test_age "$born"
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero
cat >"$store/envkeep/manifest.yaml" <<'END'
envkeep: 1
keep:
  - {path: /workspace/venv, how: packed}
snapshot: {include: [/usr/local/share/more, /data]}
END

begin_session first
expect 'a session changes what only attributes tell' shell_in first 'python3 -c "
import os
os.setxattr(\"/usr/bin/env\", \"security.capability\", bytes.fromhex(\"01000002\" + \"0020000000000000\" + \"00\" * 8))
access = \"02000000\" + \"01000700ffffffff\" + \"020007004d000000\" + \"04000500ffffffff\" + \"10000700ffffffff\" + \"20000000ffffffff\"
os.setxattr(\"/srv\", \"system.posix_acl_default\", bytes.fromhex(access))
os.mkdir(\"/srv/shared\")
os.makedirs(\"/data\")
os.setxattr(\"/data\", \"user.note\", b\"of a folder\")
"
    echo x >/data/x
    mkdir -p /usr/local/share/more /workspace/venv/bin
    echo y >/usr/local/share/more/y; ln /usr/local/share/more/y /usr/local/share/more/second
    printf "#!/bin/sh\necho from the venv\n" >/workspace/venv/bin/tool; chmod 0755 /workspace/venv/bin/tool
    echo new >/srv/three; mv /srv/three /srv/one; ln -f /srv/one /srv/two
    truncate -s 500M /opt/holes; echo end >>/opt/holes'
expect 'a packed keep elsewhere is not captured yet' shell_in first \
    '/storage/envkeep/bin/envkeep status | grep -q "not captured yet"'
expect 'a snapshot is taken' envkeep_in first snapshot
cat "$scratch/expect.log"
expect 'now it is' shell_in first '! /storage/envkeep/bin/envkeep status | grep -q "not captured yet"'
what_is_there first >"$scratch/first.list" || fail 'all is there in the first session'
expect 'verify proves it' envkeep_in first verify --deep
forget_container first

begin_session second
what_is_there second >"$scratch/second.list" || fail 'all is there in the second session'
expect 'the same attributes, lists, sizes, times and names' diff "$scratch/first.list" "$scratch/second.list"
expect 'both names of what was replaced have the new bytes' shell_in second \
    '[ "$(cat /srv/one /srv/two | sort -u)" = new ] && [ "$(stat -c %h /srv/one)" = 2 ]'
expect 'holes are holes' shell_in second '[ "$(stat -c %b /opt/holes)" -lt 1000 ]'
expect 'every byte is proven' envkeep_in second verify --deep
cat "$scratch/expect.log"
expect 'nothing has changed since' shell_in second \
    '/storage/envkeep/bin/envkeep snapshot | grep -q "nothing has changed"'
forget_container second
finish
