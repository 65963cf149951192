#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the copyright notices of everything that the static program carries.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

notice() {
    printf '%s\n%s\n\n' "==== $1" "----"
    cat "$2"
    printf '\n\n'
}

for package in libc6-dev libstdc++-12-dev libyaml-cpp-dev \
    zlib1g-dev libhttp-parser-dev libcli11-dev libfmt-dev libexpected-dev \
    nlohmann-json3-dev; do
    file=/usr/share/doc/$package/copyright
    if [ -e "$file" ]; then
        notice "$package" "$file"
    fi
done
# Boost's file speaks of all of Boost, most of which is not here: its licence alone.
file=/usr/share/doc/libboost-filesystem1.81-dev/copyright
if [ -e "$file" ]; then
    notice libboost-filesystem1.81-dev <(sed -n '/^ Boost Software License - Version/,/^$/p' "$file")
fi
for file in "$("$here/dependencies.sh" --where)"/copyright/*; do
    notice "$(basename "$file")" "$file"
done
