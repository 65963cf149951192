#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a restore with nothing to do costs, in system calls: at most two for each link more, whether it is a keep or
# a dotfile, and at most 150 beside those of keeps. What reads journals opens no more of them than it needs, however
# many there are.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1

# calls: those of the process that links. What looks at the working copy is another one, which is waited for as
# long as it takes; memory comes in pieces of any size.
calls() {
    "$envkeep" restore --no-network >/dev/null 2>&1 || fail "restore: status $?"
    strace -o "$scratch/calls" -e trace='!brk,mmap,munmap,poll,ppoll,rt_sigtimedwait,wait4' \
        "$envkeep" restore --no-network --quiet >/dev/null 2>&1 || fail "restore: status $?"
    grep -c '^[a-z]' "$scratch/calls"
}

# two_each WHAT ONE MANY: the counts with one link and with 41.
two_each() { expect "$1: $(($3 - $2)) calls for 40 links more, at most 80" test "$(($3 - $2))" -le 80; }

keeps() {
    {
        printf 'envkeep: 1\nkeep:\n'
        seq -f '  - kept%g' "$1"
    } >"$store/envkeep/manifest.yaml"
    "$envkeep" restore >/dev/null || fail "restore: status $?"
    calls
}
one=$(keeps 1)
many=$(keeps 41)
two_each keeps "$one" "$many"
expect "keeps: $((one - 2)) beside those for links, at most 150" test "$((one - 2))" -le 150

git init -q --template= -b main "$scratch/work"
dotfiles() {
    local number
    for number in $(seq "$1"); do echo "$number" >"$scratch/work/.dot$number"; done
    git -C "$scratch/work" add -A
    git -C "$scratch/work" -c user.name=n -c user.email=e@x commit -qm "$1"
    printf 'envkeep: 1\ndotfiles: {url: "file://%s"}\n' "$scratch/work/.git" >"$store/envkeep/manifest.yaml"
    "$envkeep" sync >/dev/null || fail "sync: status $?"
    [ "$(find "$home" -maxdepth 1 -name '.dot*' -type l | wc -l)" = "$1" ] || fail "$1 dotfiles are not linked"
    calls
}
one=$(dotfiles 1)
many=$(dotfiles 41)
two_each dotfiles "$one" "$many"

# opened WORD...: how many journals the command opens.
opened() {
    strace -f -o "$scratch/calls" -e trace=openat "$envkeep" "$@" --no-network >/dev/null || fail "$1: status $?"
    grep -c '[0-9]Z-[0-9a-f]*\.jsonl", O_RDONLY' "$scratch/calls"
}
last=$(find "$store/envkeep/journal" -name '*.jsonl' | sort | tail -1)
for number in $(seq 1000 1499); do
    sed 's/"boot_id":"/&another-/' "$last" >"$store/envkeep/journal/20250101T000000Z-${number}000000.jsonl"
done
expect_equal 'log -n 3 opens three journals of 500' 3 "$(opened log -n 3)"
expect_equal 'undo opens the journal that it takes back, of 500' 1 "$(opened undo)"
rm -rf "$home"/.[!.]* "$home"/*
strace -f -o "$scratch/calls" -e trace=openat "$envkeep" restore --no-network >/dev/null || fail "restore: status $?"
expect 'a restore in a new container opens no old journal' test -z "$(grep '20250101T.*\.jsonl' "$scratch/calls")"
finish
