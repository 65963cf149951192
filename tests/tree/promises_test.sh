#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each test that docs/promises.md names is one that ctest knows, or a case of one; a name with `*` stands for at least
# one.
#   promises_test.sh BUILD PREFIX unit|program    of a build folder, whose tests begin with PREFIX: those named
#   asan.*, or those of the shipped program
set -euo pipefail
build=$1 prefix=$2 kind=$3
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
known=$(
    ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p'
    find "$build" -name '*.suites.cmake.cases' -exec cat {} +
)
named=$(grep -oE '`[a-z_]+\.[A-Za-z0-9_*/.]+`' docs/promises.md | tr -d '`' | sort -u)
if [ "$kind" = unit ]; then
    wanted=$(sed -n "s/^asan\./$prefix/p" <<<"$named")
else
    wanted=$(grep -E '^(scenarios|simulator|faults|images|package|program)\.' <<<"$named" | sed "s/^/$prefix/")
fi
[ -n "$known" ] && [ -n "$wanted" ] || {
    echo 'no names were found at all'
    exit 1
}
missing=$(awk 'NR == FNR { known[NR] = $0; next }
    {
        pattern = $0
        gsub(/[.]/, "[.]", pattern)
        gsub(/[*]/, ".*", pattern)
        for (i in known) if (known[i] ~ "^" pattern "$") next
        print
    }' <(printf '%s\n' "$known") <(printf '%s\n' "$wanted"))
[ -z "$missing" ] || {
    printf 'docs/promises.md names what is no test of %s:\n%s\n' "$build" "$missing"
    exit 1
}
