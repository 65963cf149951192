#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The program is one static, position independent file of at most 10 MB that asks for no loader and
# no library, is stripped, and names no folder of the machine it was built on.
set -euo pipefail
program=$ENVKEEP_PROGRAM

fail() {
    echo "$*" >&2
    exit 1
}

elf=$(readelf --wide --file-header --program-headers --dynamic --section-headers "$program")
has() { grep -q -- "$1" <<<"$elf"; }
has 'Type: *DYN' || fail 'it is not position independent'
has 'INTERP' && fail 'it asks for a loader'
has 'NEEDED' && fail 'it asks for shared libraries'
has '\.symtab' && fail 'it is not stripped'
has 'GNU_RELRO' || fail 'its relocated data stays writable'
has 'GNU_STACK.* RW ' || fail 'its stack is executable'
size=$(stat -c %s "$program")
echo "size: $size bytes"
[ "$size" -le 10000000 ] || fail "it has $size bytes, 10 MB is the limit"
grep -qaF "$ENVKEEP_BUILD_DIR" "$program" && fail "it names '$ENVKEEP_BUILD_DIR'"
[ -s "$program.debug" ] || fail 'its debug file is missing'
