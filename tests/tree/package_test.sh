#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# package_test.sh <program> <name> <build folder>: the archive that was built holds the program and
# can be made again, byte for byte; SHA256SUMS fits it.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$1 name=$2 build=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

(cd "$build" && sha256sum --check --strict SHA256SUMS)
for folder in one other; do
    (cd / && umask 077 && "$source/cmake/package.sh" "$program" "$name" "$scratch/$folder")
done
cmp "$scratch/one/$name.tar.gz" "$scratch/other/$name.tar.gz"
cmp "$scratch/one/$name.tar.gz" "$build/$name.tar.gz"
cmp "$scratch/one/SHA256SUMS" "$build/SHA256SUMS"

tar -C "$scratch" -xzf "$build/$name.tar.gz"
cmp "$program" "$scratch/$name/envkeep"
"$scratch/$name/envkeep" version
"$program" help man | cmp - "$scratch/$name/envkeep.1"
cmp "$build/envkeep.1" "$scratch/$name/envkeep.1"
owners=$(tar --numeric-owner -tvzf "$build/$name.tar.gz" | awk '{print $2}' | sort -u)
[ "$owners" = 0/0 ] || {
    echo "the archive names owners '$owners'" >&2
    exit 1
}

# As `man` shows it on a terminal: commands can be copied from it.
page=$(groff -man -Tutf8 -ww -rLL=78n -P-cbou "$build/envkeep.1" 2>"$scratch/said")
[ ! -s "$scratch/said" ] || {
    cat "$scratch/said" >&2
    exit 1
}
while read -r command; do
    grep -qxF -- "       $command" <<<"$page" || {
        echo "the manual page has no line '$command'" >&2
        exit 1
    }
done <<'END'
eval "$(envkeep env)"
envkeep release '.conf*'
envkeep restore --take home ~/.condarc
envkeep verify --quiet || envkeep diff
END
if grep -F $'\u2010' <<<"$page" >&2; then
    echo 'the manual page breaks words, and with them commands' >&2
    exit 1
fi
