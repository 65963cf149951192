#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Searches for inputs that break a reader of files: builds the fuzzers with coverage and sanitizers, and has each
# one run for as long as is said. The bounded run of every build is 'ctest -R fuzz.'.
#
#   tests/fuzz.sh [NAME|all] [SECONDS]    all of them, a minute each, if nothing is named
#
# What breaks one is told, and lies in build/fuzz/tests/fuzz/found/NAME/: keep it in tests/data/fuzz/NAME/ with the
# fix. What reached something new stays in 'inputs' there for the next search. Status 0: nothing broke.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${2:-60}
names=("${1:-all}")
[ "${names[0]}" != all ] || mapfile -t names < <(cd tests/data/fuzz && printf '%s\n' *)

mkdir -p build
cmake --preset fuzz >build/configure-fuzz.log 2>&1 || {
    cat build/configure-fuzz.log
    exit 1
}
cmake --build --preset fuzz --target "${names[@]/%/_fuzzer}"

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:handle_sigill=1
broken=()
for name in "${names[@]}"; do
    found=build/fuzz/tests/fuzz/found/$name
    printf '\n== %s\n' "$name"
    build/fuzz/tests/fuzz/"${name}_fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$found/" "$found/inputs" "tests/data/fuzz/$name" \
        >"$found/log" 2>&1 || broken+=("$name")
    grep -E '^(stat::number_of_executed_units|SUMMARY)|Test unit written' "$found/log" || tail -5 "$found/log"
done
[ "${#broken[@]}" = 0 ] || {
    printf '\nbroken: %s\n' "${broken[*]}"
    exit 1
}
