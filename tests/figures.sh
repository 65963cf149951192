#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The figures that the tests printed when they ran last, for docs/promises.md: one row for each.
#
#   tests/figures.sh [LOG]       after tests/run.sh; LOG is ctest's, build/all/Testing/Temporary/LastTest.log by default
set -euo pipefail
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log=${1:-$tree/build/all/Testing/Temporary/LastTest.log}
[ -r "$log" ] || {
    echo "there is no $log: run tests/run.sh first" >&2
    exit 1
}
awk '/^[0-9]+\/[0-9]+ Test: / { test = $3 }
    sub(/^figure: /, "") || /^[0-9]+ injected, [0-9]+ survived$/ || /^OK, passed [0-9]+ tests/ || /: faults told / {
        printf "| `%s` | %s |\n", test, $0
        found = 1
    }
    END { exit !found }' "$log" || {
    echo "no test of $log printed a figure" >&2
    exit 1
}
