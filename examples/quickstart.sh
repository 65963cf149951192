#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds envkeep on a fresh Debian 12 and shows the main job on a scratch store and home, nothing else is
# touched:
#
#   examples/quickstart.sh
#
# ENVKEEP_PROGRAM=FILE shows the job with a program that is built already.
set -euo pipefail
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$tree"
if [ -z "${ENVKEEP_PROGRAM:-}" ]; then
    cmake/dependencies.sh
    cmake --preset release >/dev/null
    cmake --build --preset release
    ENVKEEP_PROGRAM=$tree/build/release/envkeep
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/envkeep-quickstart.XXXXXX")
store=$scratch/storage
home=$scratch/home
background=''
end() {
    [ -z "$background" ] || kill -TERM "$background" 2>/dev/null || :
    rm -rf "$scratch"
}
trap end EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    "$@" || printf '(status %d)\n' "$?"
}
export HOME=$home
export ENVKEEP_STORE=$store
envkeep=$store/envkeep/bin/envkeep

say 'A first session: keys with wrong modes, a program in ~/.local, and a store that survives.'
mkdir -p "$store" "$home/.ssh" "$home/.local/bin" "$home/.jupyter"
printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\n' >"$home/.ssh/id_ed25519"
chmod 644 "$home/.ssh/id_ed25519"
printf '#!/bin/sh\necho "hello from ~/.local"\n' >"$home/.local/bin/hello"
chmod 755 "$home/.local/bin/hello"
echo '{"theme": "dark"}' >"$home/.jupyter/settings.json"
run "$ENVKEEP_PROGRAM" init
run "$envkeep" plan
run "$envkeep" restore
run ls -l "$home"/.ssh/id_ed25519 "$home"/.jupyter

say 'The container is gone, and its home with it. The next start sources the hook, as the image does.'
rm -rf "$home"
mkdir -p "$home"
. "$store/pre-run.sh"
background=$("$envkeep" status --json 2>/dev/null | tr -d '\n ' |
    sed -n 's/.*"background":{"pid":\([0-9]*\).*/\1/p' || :)
run "$home/.local/bin/hello"
run stat -L -c '%a %n' "$home/.ssh/id_ed25519"
run "$envkeep" status

say 'A third start finds nothing to do.'
run "$envkeep" restore
