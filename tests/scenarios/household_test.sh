#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Getting in and out: init and its versions, import, adopt, undo, release, uninstall.
. "$(dirname "$0")/scenario.sh"
begin
# What a container remembers of itself is not the user's.
contents() {
    find "$@" -name .envkeep-state -prune -o -type f -exec sha256sum {} + 2>/dev/null | cut -d ' ' -f 1 | sort -u
}

printf '#!/bin/sh\n# mine\nexport MINE=1\n' >"$store/pre-run.sh"
chmod 700 "$store/pre-run.sh"
expect 'init makes a store' "$program" init
expect_equal 'what was in pre-run.sh is still there, our line above it' '#!/bin/sh # mine export MINE=1' \
    "$(grep -v envkeep "$store/pre-run.sh" | tr '\n' ' ' | sed 's/ $//')"
expect_equal 'its mode is kept' 700 "$(stat -c %a "$store/pre-run.sh")"
before=$(cd "$store" && find . -printf '%p %s %T@ %i\n' | sort)
expect 'init a second time' "$program" init
expect_equal 'and nothing changed' "$before" "$(cd "$store" && find . -printf '%p %s %T@ %i\n' | sort)"

# A binary with another version in its mark.
with_version() {
    python3 - "$program" "$1" "$2" <<'END'
import os, re, sys
program, version, copy = sys.argv[1:]
data = open(program, "rb").read()
data = re.sub(rb"(envkeep program version: )\d+\.\d+\.\d+;", rb"\g<1>" + version.encode() + b";", data)
open(copy, "wb").write(data)
os.chmod(copy, 0o755)
END
}
with_version 0.1.1 "$scratch/newer"
expect 'a newer one installs itself' "$scratch/newer" init
expect_equal 'and is in place' "$("$scratch/newer" version)" "$("$envkeep" version)"
expect_status 'an older one is refused' 2 "$program" init
expect 'which names the way back' grep -q rollback "$scratch/said"
expect 'rollback' "$envkeep" init --rollback
expect_equal 'the earlier one is in place' "$("$program" version)" "$("$envkeep" version)"
expect 'rollback again returns' "$envkeep" init --rollback
expect_equal 'to the newer one' "$("$scratch/newer" version)" "$("$envkeep" version)"
expect 'and back' "$envkeep" init --rollback

# adopt, undo
printf 'envkeep: 1\n# my keeps\nkeep:\n  - .ssh   # keys\n' >"$store/envkeep/manifest.yaml"
manifest=$(cat "$store/envkeep/manifest.yaml")
mkdir -p "$home/.config/tool"
echo setting >"$home/.config/tool/rc"
all=$(contents "$home")
expect 'adopt' "$envkeep" adopt .config
expect 'the place is a link' test -L "$home/.config"
expect 'comments in the manifest survive' grep -q '# keys' "$store/envkeep/manifest.yaml"
expect 'the file is in the store' grep -q setting "$store/envkeep/home/.config/tool/rc"
expect 'undo' "$envkeep" undo
expect 'the place is real again' test -d "$home/.config" -a ! -L "$home/.config"
expect_equal 'the manifest is as it was' "$manifest" "$(cat "$store/envkeep/manifest.yaml")"
expect_equal 'nothing is lost' '' "$(comm -23 <(echo "$all") <(contents "$home" "$store"))"
expect_status 'adopt of what is not there' 3 "$envkeep" adopt .nothing
expect_status 'adopt of the home' 2 "$envkeep" adopt '~'
expect_equal 'neither changed the manifest' "$manifest" "$(cat "$store/envkeep/manifest.yaml")"

expect 'what made room went aside in the store' test -d "$store/envkeep/.envkeep-aside"

# release
expect 'adopt again' "$envkeep" adopt .config
expect 'release' "$envkeep" release .config
expect 'the place is real' test -d "$home/.config" -a ! -L "$home/.config"
expect 'with its content' grep -q setting "$home/.config/tool/rc"
expect 'the entry is gone' sh -c "! grep -q .config '$store/envkeep/manifest.yaml'"
expect 'the store side is kept under released' grep -rq setting "$store/envkeep/backups/released"
expect_status 'release of what is not kept' 2 "$envkeep" release .nothing
expect 'undo of the release' "$envkeep" undo
expect 'the place is a link again' test -L "$home/.config"
expect 'and leads to its content' grep -q setting "$home/.config/tool/rc"

# a copy that was changed since the last save
echo one >"$home/.hist"
expect 'adopt as a copy' "$envkeep" adopt --copy .hist
echo two >>"$home/.hist"
expect 'release of a changed copy' "$envkeep" release .hist
expect 'the kept copy has the last version' grep -rqx two "$store/envkeep/backups/released"

# conflicts: both sides differ, and the way out that is printed works
rm "$home/.config"
expect 'a keep of one file' "$envkeep" restore
echo one >"$home/.toolrc"
expect 'adopted' "$envkeep" adopt .toolrc
rm "$home/.toolrc"
echo two >"$home/.toolrc"
echo three >"$store/envkeep/home/.toolrc"
expect_status 'both sides differ' 3 "$envkeep" restore
expect 'the command to choose is printed' grep -q -- '--take' "$scratch/said"
expect_equal 'nothing was touched' two "$(cat "$home/.toolrc")"
expect 'take the home side' "$envkeep" restore --take home "$home/.toolrc"
expect_equal 'it is in the store' two "$(cat "$store/envkeep/home/.toolrc")"
expect 'and linked' test -L "$home/.toolrc"
expect 'the store side is in a backup or aside' grep -rqx three "$store/envkeep" "$home/.envkeep-aside"

# a store that others may write
chmod g+w "$store/envkeep/manifest.yaml"
expect_status 'status tells who may write what runs here' 1 "$envkeep" status
cure=$(sed -n 's/^.*\(chmod go-w .*\)$/\1/p' "$scratch/said")
expect 'and its cure' sh -c "$cure"
expect 'works' sh -c "! '$envkeep' status | grep -q 'others may write what'"

# uninstall
all=$(contents "$home" "$store/envkeep/home")
echo one >"$home/.last"
expect 'one more copy' "$envkeep" adopt --copy .last
echo two >>"$home/.last"
expect 'uninstall' "$envkeep" uninstall
expect 'links are real' test -f "$home/.toolrc" -a ! -L "$home/.toolrc"
expect 'no line of ours is left' sh -c "! grep -q envkeep '$store/pre-run.sh'"
expect 'the store has what was written last' grep -qx two "$store/envkeep/home/.last"
expect 'the program is gone' test ! -e "$envkeep"
expect 'the manifest stays' test -f "$store/envkeep/manifest.yaml"
expect_equal 'nothing is lost' '' "$(comm -23 <(echo "$all") <(contents "$home" "$store"))"

# import of a store made by paperspace-setup, without moving data
rm -rf "$home" "$store"
mkdir -p "$home" "$store/cfg/.local/bin" "$store/cfg/.ssh"
echo key >"$store/cfg/.ssh/id_rsa"
echo alias >"$store/cfg/.gitconfig"
tree=$(cd "$store/cfg" && find . -printf '%p %i\n' | sort)
expect 'init --import' "$program" init --import "$store/cfg"
expect 'restore' "$envkeep" restore
expect_equal 'links lead into the imported store' "$store/cfg/.ssh" "$(readlink "$home/.ssh")"
expect_equal 'files too' "$store/cfg/.gitconfig" "$(readlink "$home/.gitconfig")"
expect_equal 'and nothing was moved' "$tree" "$(cd "$store/cfg" && find . -printf '%p %i\n' | sort)"
finish
