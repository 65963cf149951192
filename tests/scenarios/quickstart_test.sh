#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demonstration that the readme names comes to its end, shows what it promises, and leaves nothing behind.
. "$(dirname "$0")/scenario.sh"
begin
before=$(find "$scratch/home-of-root" /etc -xdev -newer "$scratch/etc" 2>/dev/null | sort)
expect_status 'it ends well' 0 env TMPDIR="$scratch" ENVKEEP_PROGRAM="$program" \
    "$(dirname "$0")/../../examples/quickstart.sh"
expect 'the next session runs what the last one installed' grep -qx 'hello from ~/.local' "$scratch/said"
expect 'the key that was open to others is 0600' grep -q '^600 .*/.ssh/id_ed25519' "$scratch/said"
expect 'a third start finds nothing to do' grep -q '^nothing to do: ' "$scratch/said"
expect 'no command failed on the way' sh -c "! grep -E '^\(status [2-9]' '$scratch/said'"
expect_equal 'its scratch folders are gone' '' "$(ls -d "$scratch"/envkeep-quickstart.* 2>/dev/null || :)"
expect_equal 'nothing else was written' "$before" \
    "$(find "$scratch/home-of-root" /etc -xdev -newer "$scratch/etc" 2>/dev/null | sort)"
finish
