#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Git work at a start: dotfiles arrive linked, the last good copy serves where the remote is gone, and who
# wants no git pays nothing for it.
. "$(dirname "$0")/git_start.sh"
new_remote
manifest 'dotfiles: {url: "file://'"$remote"'"}'

# But for what it did itself.
said() { grep -v '^envkeep: [0-9]* linked in' "$scratch/text" || :; }

start_whole one
expect_equal 'the file of the repository is there' 'set number' "$(cat "$home/.vimrc" 2>&1)"
expect 'as a link into the store' test -L "$home/.vimrc"
expect_equal 'the log says nothing against it' '' "$(said)"
commit .inputrc 'set bell-style none'
start_whole two
expect_equal 'what was pushed meanwhile comes with the next start' 'set bell-style none' "$(cat "$home/.inputrc" 2>&1)"

# A history that somebody pushed by force: a start tells it, and what it has stays until somebody says so.
git "${git_identity[@]}" -C "$scratch/work" reset --quiet --hard HEAD^
printf 'set bell-style audible\n' >"$scratch/work/.inputrc"
git "${git_identity[@]}" -C "$scratch/work" add --all
git "${git_identity[@]}" -C "$scratch/work" commit --quiet -m rewritten
git "${git_identity[@]}" -C "$scratch/work" push --quiet --force origin HEAD:main
start_whole rewritten
expect_equal 'a start does not follow a history that was pushed by force' 'set bell-style none' "$(cat "$home/.inputrc" 2>&1)"
expect 'and tells it' grep -q 'another history by force; the copy stays as it is' "$scratch/text"
expect_status 'the command that it names' 0 "$envkeep" sync dotfiles
expect_equal 'follows' 'set bell-style audible' "$(cat "$home/.inputrc" 2>&1)"

# Gone: no network, or a host that is down.
rm -rf "$store/envkeep/repos"
hold_remote
let_remote_go
manifest 'dotfiles: {url: "'"$held"'"}'
start_whole served
expect 'a git server serves as well' test -L "$home/.vimrc"
kill "$!"
start_whole offline
expect_equal 'the last good copy is linked' 'set number' "$(cat "$home/.vimrc" 2>&1)"
expect_equal 'and all of it' 'set bell-style audible' "$(cat "$home/.inputrc" 2>&1)"
expect_equal 'the log tells it in one line' \
    "envkeep: dotfiles: 127.0.0.1 port $(cat "$scratch/held/port") refuses connections; what is here stays" "$(said)"
expect_equal 'and the first terminal where it is told' \
    "envkeep: 1 error at the start; see '$envkeep status'" "$(cat "$home/.envkeep-state/notice")"
expect_status 'status has its evidence' 1 "$envkeep" status
expect 'with its reason' grep -q 'git-host-refuses' "$scratch/said"
expect 'and the age of the copy' grep -q 'what is here was last fetched' "$scratch/said"

# calls_of MANIFEST: what a start without anything to do asks of the kernel, its background process not.
calls_of() {
    manifest "$1"
    start_whole warm
    end_background "$home"
    # Leaks are not looked for below strace.
    ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -D -f -qq -s 0 -o "$scratch/calls" \
        "$envkeep" restore --start --store "$store" </dev/null >/dev/null 2>&1
    wait_for 'the worker is the background process' has_background "$home"
    end_background "$home"
    wait_for 'strace is through' sh -c "! grep -qs '^TracerPid:[[:space:]]*[1-9]' /proc/[0-9]*/status"
    sed -i "s|$scratch||g" "$scratch/calls"  # whatever that is called
}
forks() { grep -cE ' (clone|clone3|fork|vfork)\(' "$scratch/calls" || :; }

calls_of 'keep: [.ssh]'
without=$(forks)
expect_equal 'without git a start opens nothing of git' '' \
    "$(grep -E 'repos|[./]git|openssl|known_hosts|AF_INET' "$scratch/calls" || :)"
calls_of 'dotfiles: {url: "file://'"$remote"'"}'
expect_equal 'a repository costs one process more' $((without + 1)) "$(forks)"
expect 'which the same words show' grep -qE 'repos|[./]git' "$scratch/calls"
end_background "$home"
finish
