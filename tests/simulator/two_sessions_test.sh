#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The main job, end to end: install and work in one session, throw the container away, start the next
# through the sourced hook. All is there; and a start that finds nothing to do says so and writes nothing.
. "$(dirname "$0")/session.sh"
. "$(dirname "$0")/first_session.sh"
begin_platform

new_container one
install_envkeep one
expect 'the hook line is in pre-run.sh' grep -q envkeep/hook.sh "$store/pre-run.sh"
before=$(inventory "$store")
envkeep_in one init >/dev/null
expect_equal 'running init again changes no file' "$before" "$(inventory "$store")"
work_in one
expect 'restore takes all of it into the store' envkeep_in one restore
expect_work_in one
expect 'what the image shipped was seeded into the store' \
    grep -rq 'brought by the image' "$store/envkeep/home/.local/share"
forget_container one

new_container two
cat >"$scratch/server.sh" <<'END'
echo "options=$- pwd=$PWD status=$?" >/notebooks/server.log
END
cp "$scratch/server.sh" "$scratch/containers/two/upper/server.sh"
new=$(start two /server.sh 2>&1)
printf '%s\n' "$new"
expect 'the server started' in_container two test -f /notebooks/server.log
expect_work_in two
expect 'status is in order' envkeep_in two verify

# The background lists an image once, at the first start with it.
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
before=$(inventory "$store/envkeep" | grep -v -e /leases/ -e /reports/)
expect 'restore finds nothing to do' envkeep_in two restore
expect_equal 'a third start writes nothing to the store' "$before" \
    "$(inventory "$store/envkeep" | grep -v -e /leases/ -e /reports/)"
in_container two /bin/bash -c 'echo "echo from session two" >>/root/.bash_history'
expect 'the background process ends at SIGTERM' end_background two
expect 'and has written the history back' grep -rq 'from session two' "$store/envkeep/home"
forget_container two

new_container three
cp "$scratch/server.sh" "$scratch/containers/three/upper/server.sh"
start three /server.sh
expect_work_in three
expect 'the third session has what the second wrote' \
    in_container three grep -q 'from session two' /root/.bash_history
forget_container three
finish
