# SPDX-License-Identifier: MIT
# What a shell test expects, counted in $failures: sourced by tests/scenarios/scenario.sh and
# tests/simulator/session.sh, which set $scratch. $support is the folder of this file.
#   expect WHAT CMD...   the command must succeed
#   expect_status WHAT STATUS CMD...   what it said is in $scratch/said
#   expect_equal WHAT WANTED FOUND
#   wait_for WHAT CMD...   until the command succeeds, a minute at most
failures=0
support=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    failures=$((failures + 1))
}

expect() {
    local what=$1
    shift
    if "$@" >"$scratch/expect.log" 2>&1; then
        printf 'ok: %s\n' "$what"
    else
        fail "$what"
        sed 's/^/    /' "$scratch/expect.log" >&2
    fi
}

expect_status() {
    local what=$1 wanted=$2 status=0
    shift 2
    "$@" >"$scratch/said" 2>&1 || status=$?
    if [ "$status" = "$wanted" ]; then
        printf 'ok: %s\n' "$what"
    else
        fail "$what: wanted status $wanted, found $status"
        sed 's/^/    /' "$scratch/said" >&2
    fi
}

expect_equal() {
    if [ "$2" = "$3" ]; then
        printf 'ok: %s\n' "$1"
    else
        fail "$1: wanted '$2', found '$3'"
    fi
}

wait_for() {
    local what=$1 end=$((SECONDS + 60))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            fail "$what: waited for a minute in vain"
            return 1
        fi
        sleep 0.05  # each look costs a process or two
    done
}
