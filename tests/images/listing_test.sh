#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Says which images the tests ran in. That of the release we build on must be there, and for each
# that is not there must be a reason.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

listing=$("$here/../images.sh" --list)
printf '%s\n' "$listing"
if grep -q 'not made yet' <<<"$listing" || ! grep -q '^bookworm: Debian' <<<"$listing"; then
    echo "images are missing: run tests/images.sh" >&2
    exit 1
fi
