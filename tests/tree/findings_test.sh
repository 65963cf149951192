#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/findings.md, and docs/doctor.md for the doctor, name every finding that the sources can make, and no other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
failures=0
made=$(grep -rhoE '\.id = "[a-z-]+"' agent --include='*.cpp' --exclude=platform.cpp | cut -d '"' -f 2 | sort -u)
made=$made$'\n'$(grep -rhoE 'Check\{"[a-z0-9-]+"' agent/gpu --include='*.cpp' | cut -d '"' -f 2 | sort -u)
told=$(sed -n 's/^| `\([a-z0-9-]*\)` |.*/\1/p' docs/findings.md docs/doctor.md | sort -u)
[ -n "$made" ] && [ -n "$told" ] || {
    echo 'no ids were found at all'
    exit 1
}
named=$(grep -rhoE '"[a-z0-9-]+"' agent | tr -d '"' | sort -u)
# only_in ONE OTHER: the lines that the other list has not
only_in() { comm -23 <(sort -u <<<"$1") <(sort -u <<<"$2"); }
for id in $(only_in "$made" "$told"); do
    echo "neither docs/findings.md nor docs/doctor.md tells of '$id'"
    failures=1
done
for id in $(only_in "$told" "$named"); do
    echo "docs/findings.md or docs/doctor.md tells of '$id', which nothing makes"
    failures=1
done
exit "$failures"
