#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a restore with nothing to do costs, in system calls: at most two for each link more, whether it is a keep or
# a dotfile, and at most 150 beside those of keeps.
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
finish
