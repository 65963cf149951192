#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets everything up and passes every test: installs and builds what envkeep needs, makes the root
# images, builds the presets, and runs all their tests as one. Its last lines are ctest's summary;
# its status is 0 only if every test passed.
#
#   tests/run.sh [--all] [preset...]    release (GCC) and asan (Clang, sanitizers) if none is named
#
# --all: also what is long and proves again, another way, what a shorter test proves (label `long`), and each kill
# and fault of the suites that else meet one in 23.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8
# Debian's own programs first: a python3 that a version manager stands in for takes twelve times as long to start.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$tree"
short=(--label-exclude '^long$')
export ENVKEEP_CALL_STRIDE=23
if [ "${1-}" = --all ]; then
    shift
    short=()
    unset ENVKEEP_CALL_STRIDE
fi
presets=("$@")
[ $# -gt 0 ] || presets=(release asan)

step() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }

mkdir -p build
step 'packages and libraries'
cmake/dependencies.sh
tests/images.sh >build/images.log 2>&1 &
images=$!

for preset in "${presets[@]}"; do
    step "building $preset"
    cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || {
        cat "build/configure-$preset.log"
        exit 1
    }
    # No more at once than there are cores: two more, Ninja's own choice, take a seventh longer on two.
    cmake --build --preset "$preset" --parallel "$(nproc)"
done

step 'root images'
wait "$images" || status=$?
cat build/images.log
[ "${status-0}" = 0 ] || exit "$status"

# One run over all the build folders, so that there is one summary.
mkdir -p build/all
printf 'subdirs("%s")\n' "${presets[@]/#/$tree/build/}" >build/all/CTestTestfile.cmake
step 'tests'
# For time, less than the preset asan has by itself: freed memory is kept back for a while (256 MB of it cost a
# third of all time), frames of functions that returned are not (another third where much is forked).
export ASAN_OPTIONS=detect_stack_use_after_return=0:strict_string_checks=1:quarantine_size_mb=16:malloc_context_size=10:handle_sigill=1
# Two more than there are cores: many tests wait for processes and limits.
exec ctest --test-dir build/all "${short[@]}" --output-on-failure --no-tests=error --parallel "$(($(nproc) + 2))"
