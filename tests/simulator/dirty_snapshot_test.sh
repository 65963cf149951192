#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A container with a snapshot that is stopped and started: what was made after the snapshot is there as
# it was, and the next snapshot has it. On a copy of the disk, where no time of change tells anything,
# nothing is lost either.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero

new_container one
: >"$scratch/containers/one/upper/server.sh"
start one /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
expect 'a session works' shell_in one 'mkdir -p /root/work
    echo "train, first version" >/root/work/train.py; echo same >/root/work/same.py'
expect 'a snapshot is taken' envkeep_in one snapshot
expect 'the session goes on' shell_in one 'echo "train, second version" >/root/work/train.py
    printf "#!/bin/sh\necho later\n" >/usr/local/bin/later; chmod +x /usr/local/bin/later; rm /etc/issue.net'
end_container one

same_disk_again one
start one /server.sh >"$scratch/start.log" 2>&1
cat "$scratch/start.log"
expect_equal 'the edit is there' 'train, second version' "$(shell_in one 'cat /root/work/train.py')"
expect_equal 'what was installed too' later "$(shell_in one later)"
expect 'nothing of it went aside' shell_in one '! grep -rq train /root/.envkeep-aside'
expect_equal 'a restore changes nothing' 'train, second version' \
    "$(envkeep_in one restore >"$scratch/log" 2>&1; shell_in one 'cat /root/work/train.py')"
expect 'the next snapshot has it all' envkeep_in one snapshot
cat "$scratch/expect.log"
expect 'of the same image' shell_in one \
    '[ "$(cat /storage/envkeep/snapshots/*.json | grep -o "\"image\": *\"[0-9a-f]*\"" | sort -u | wc -l)" = 1 ]'
expect 'and it is proven' envkeep_in one verify --deep
expect 'the session goes on once more' shell_in one 'echo "train, third version" >/root/work/train.py'
end_container one

new_container two
: >"$scratch/containers/two/upper/server.sh"
start two /server.sh
expect_equal 'a new container has what the last snapshot has' 'train, second version' \
    "$(shell_in two 'cat /root/work/train.py')"
expect_equal 'programs' later "$(shell_in two later)"
expect 'and deletions' shell_in two '[ ! -e /etc/issue.net ]'
forget_container two

# As a platform does that saves the disk at the stop, or "docker commit".
mkdir -p "$scratch/containers/copy"
cp -a "$scratch/containers/one/upper" "$scratch/containers/copy/upper"
forget_container one
new_container copy
start copy /server.sh >"$scratch/copy.log" 2>&1
cat "$scratch/copy.log"
expect 'what was not in the snapshot is not lost' \
    grep -rqx 'train, third version' "$store/envkeep/backups" "$scratch/containers/copy/upper/root"
end_container copy
same_disk_again copy
expect 'it goes on with what the start left' shell_in copy 'echo "train, fourth version" >/root/work/train.py'
start copy /server.sh >"$scratch/copy.log" 2>&1
expect_equal 'and from then on it is known' 'train, fourth version' \
    "$(shell_in copy 'cat /root/work/train.py')"
forget_container copy
finish
