#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A save that is killed at any of its renames: the version before is in the store, and the next one puts it where it
# is listed and leaves no temporary name.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [{path: .toolrc, kind: file}]\n' >"$store/envkeep/manifest.yaml"

places_of() { grep -rlxF "$1" "$store/envkeep" "$home" 2>/dev/null | sort -u || :; }
# Of what is kept: leases go by their age.
temporaries() { find "$store/envkeep" -path "$store/envkeep/leases" -prune -o -name '*.envkeep-????????' -print; }

# killed_at NUMBER: false where the save has no such rename.
killed_at() {
    rm -rf "$home" "$store"/envkeep/{home,journal,backups,.envkeep-aside}
    mkdir -p "$home" "$store/envkeep/home"
    echo 'before' >"$store/envkeep/home/.toolrc"
    "$envkeep" restore >/dev/null
    rm "$home/.toolrc"
    echo 'written anew' >"$home/.toolrc"
    local status=0
    # The shell would tell of it.
    { strace -f -o /dev/null -e trace=renameat,renameat2 -e inject=renameat,renameat2:signal=KILL:when="$1" \
        "$envkeep" save >/dev/null 2>&1 || status=$?; } 2>/dev/null
    [ "$status" = 137 ]
}

holds() {
    expect "$1: the version before is there" test -n "$(places_of before)"
    expect "$1: and what was written anew" test -n "$(places_of 'written anew')"
}
is_tidy() {
    holds "$1"
    expect_equal "$1: no temporary name is left" '' "$(temporaries)"
}

number=1 left=0
while killed_at "$number"; do
    holds "killed at rename $number"
    [ -z "$(temporaries)" ] || left=$((left + 1))
    "$envkeep" save >"$scratch/said" 2>&1 || fail "save after rename $number: $(cat "$scratch/said")"
    is_tidy "the next save after rename $number"
    number=$((number + 1))
done
expect 'it was killed at several renames' test "$number" -gt 3
expect 'and left something behind' test "$left" -gt 0
finish "a save killed at each of $((number - 1)) renames"
