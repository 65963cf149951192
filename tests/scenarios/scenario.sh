# SPDX-License-Identifier: MIT
# A store and a home for one test of the built program: sourced by the scripts beside it.
#   begin                an empty $store and $home, taken away at the end with what runs in the background
#   expect WHAT CMD...   the command must succeed
#   expect_status WHAT STATUS CMD...   what it said is in $scratch/said
#   expect_equal WHAT WANTED FOUND
#   finish               fails if anything failed
set -euo pipefail
program=${ENVKEEP_PROGRAM:?the built program}
scratch=${ENVKEEP_SCRATCH_DIR:?the folder for one run}
failures=0

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    failures=$((failures + 1))
}

expect() {
    local what=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        printf 'ok: %s\n' "$what"
    else
        fail "$what"
        sed 's/^/    /' "$scratch/log" >&2
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

begin() {
    rm -rf "$scratch"
    store=$scratch/storage
    home=$scratch/home
    mkdir -p "$store" "$home"
    unset ENVKEEP_OFF ENVKEEP_STORE
    export HOME=$home ENVKEEP_STORE=$store
    envkeep=$store/envkeep/bin/envkeep
    trap end EXIT
}

# The pid of this home's background process, as its state tells it.
background_pid() {
    sed -n 's/.*"background":{"pid":\([0-9]*\).*/\1/p' "$1/.envkeep-state/session.json" 2>/dev/null
}

end_background() {
    local pid
    pid=$(background_pid "$1" || :)
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 0
    kill -TERM "$pid"
    # Its start is its own session: only its end is waited for.
    tail --pid="$pid" -f /dev/null 2>/dev/null || :
}

end() {
    local one
    for one in "$scratch"/home*; do
        end_background "$one"
    done
    umount "$scratch"/mount* 2>/dev/null || :
    rm -rf "$scratch"
}

finish() {
    if [ "$failures" -gt 0 ]; then
        printf '%d failed\n' "$failures" >&2
        exit 1
    fi
    printf 'all held\n'
}
