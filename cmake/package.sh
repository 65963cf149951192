#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# package.sh <program> <name> <folder>: packs the program and the manual page that it prints into
# <folder>/<name>.tar.gz, and writes <folder>/SHA256SUMS and <folder>/envkeep.1. The same program, sources and date give the same bytes, wherever it runs.
#
# The date of the files is SOURCE_DATE_EPOCH, else that of the last commit.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$1 name=$2 folder=$3
export LC_ALL=C TZ=UTC
umask 022

date=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || echo 315532800)}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

mkdir "$stage/$name"
install -m 755 "$program" "$stage/$name/envkeep"
"$program" help man >"$stage/$name/envkeep.1"
chmod 644 "$stage/$name/envkeep.1"
install -m 644 "$here/../LICENSE" "$stage/$name/LICENSE"
"$here/third_party_notices.sh" >"$stage/$name/THIRD-PARTY-NOTICES"
chmod 644 "$stage/$name/THIRD-PARTY-NOTICES"
if [ -e "$here/../README.md" ]; then
    install -m 644 "$here/../README.md" "$stage/$name/README.md"
fi

tar --create --file - --directory "$stage" --format=ustar --sort=name --mtime="@$date" \
    --owner=0 --group=0 --numeric-owner "$name" | gzip -n -9 >"$stage/archive"
mkdir -p "$folder"
install -m 644 "$stage/$name/envkeep.1" "$folder/envkeep.1"
mv "$stage/archive" "$folder/$name.tar.gz"
(cd "$folder" && sha256sum "$name.tar.gz" >SHA256SUMS)
