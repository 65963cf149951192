#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The shipped program over a messy home, each of its system calls made to fail in turn, and killed at each one:
# nothing of the user's is lost, and the next run completes. Its last line is 'N injected, N survived'.
#
#   tests/faults.sh [--sample] [--cores N] [--only CALL:ERROR:NUMBER] [COMMAND...]
#
# Commands: restore adopt undo release sync snapshot gc save; all if none is named. --sample does an even part of it,
# about a minute; --cores 2 gives the program two worker threads; --only repeats one failure.
set -euo pipefail
export LC_ALL=C.UTF-8
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ENVKEEP_PROGRAM=${ENVKEEP_PROGRAM:-$tree/build/release/envkeep}
# Everything happens on a tmpfs that no other process sees, and nothing that was started outlives it.
exec unshare --mount --pid --fork --kill-child=KILL --mount-proc --propagation private -- \
    bash -c 'mount -t tmpfs -o size=2g,mode=0755 faults /mnt && exec python3 "$0" "$@"' \
    "$tree/tests/faults/inject.py" "$@"
