#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A platform that saves the container's disk at the stop and brings it up again: the home is as the last
# session left it, with our links, a link that a tool replaced by a file, and new files beside them.
. "$(dirname "$0")/session.sh"
. "$(dirname "$0")/first_session.sh"
begin_platform

new_container one
install_envkeep one
work_in one
envkeep_in one restore
in_container one /bin/bash -euc '
    rm ~/.gitconfig
    printf "[user]\n\tname = Changed by a tool\n" >~/.gitconfig
    echo "made in the last session" >~/notes.txt'
end_container one
before=$(inventory "$store/envkeep/home" "$scratch/containers/one/upper/root" | cut -d ' ' -f 1 | sort -u)

same_disk_again one
echo 'echo "server runs"' >"$scratch/containers/one/upper/server.sh"
expect_equal 'the server starts on the dirty home' 'server runs' \
    "$(start one /server.sh 2>"$scratch/start.log" | tail -n 1)"
cat "$scratch/start.log"
after=$(inventory "$store/envkeep" "$scratch/containers/one/upper/root" | cut -d ' ' -f 1 | sort -u)
expect_equal 'no content is lost' '' "$(comm -23 <(echo "$before") <(echo "$after"))"
expect 'a file that is not kept stays where it was' in_container one test -f /root/notes.txt
expect 'the file that replaced the link is still to be found' \
    grep -rq 'Changed by a tool' "$store/envkeep" "$scratch/containers/one/upper/root"
expect_equal 'the installed program runs' 'hello from the store' \
    "$(in_container one /root/.local/bin/greeter 2>&1)"
finish
