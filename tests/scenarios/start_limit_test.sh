#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A start whose work takes longer than its limit: the hook returns, what had not begun waits for
# 'restore', and nothing is lost. Each link costs 0.3 s here, as on a slow store: ten of them 3 s.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
{
    echo 'envkeep: 1'
    echo 'start: {limit: 1s}'
    echo 'keep:'
    for i in 0 1 2 3 4 5 6 7 8 9; do
        echo "  - data$i"
        mkdir -p "$home/data$i"
        head -c 10000 /dev/urandom >"$home/data$i/bytes"
    done
} >"$store/envkeep/manifest.yaml"
before=$(cat "$home"/data*/bytes | sha256sum)
expect_equal 'the hook returns with status 0' 'status 0' \
    "$(strace -D -f -o /dev/null -e trace=symlinkat -e inject=symlinkat:delay_enter=300000 \
        bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/text" </dev/null)"
expect 'and says that the limit was reached' grep -q limit "$scratch/text"
# The step that had begun is finished in the background; then the worker tells who it is.
wait_for 'the worker is the background process' has_background "$home"
end_background "$home"
real=$(find "$home" -maxdepth 1 -name 'data*' -type d | wc -l)
[ "$real" -gt 0 ] || fail 'nothing was left to do: the limit was not reached'
expect_status 'status shows what waits' 1 "$envkeep" status
expect 'restore does the rest' "$envkeep" restore
expect_equal 'all are links now' 10 "$(find "$home" -maxdepth 1 -name 'data*' -type l | wc -l)"
expect_equal 'with the bytes they had' "$before" "$(cat "$home"/data*/bytes | sha256sum)"
finish
