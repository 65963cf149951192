#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A home and a store full of names that are hard on a program and on a terminal: line ends, control characters,
# invalid UTF-8, 255 bytes, a path beyond PATH_MAX, set-id bits, files of another user, fifos, devices and sockets.
# Every command comes through them: nothing is lost, what is printed is for a terminal, JSON is UTF-8.
. "$(dirname "$0")/scenario.sh"
here=$(cd "$(dirname "$0")" && pwd)
schema=$here/../../docs/schema/output.schema.json
begin
hostile() { python3 "$here/hostile.py" "$@"; }

# tells STATUS WORD...: what a command says, and its status.
tells() {
    local status=$1
    shift
    expect_status "$*" "$status" "$envkeep" "$@"
    expect '  is for a terminal' hostile prints "$scratch/said"
}

# tells_json STATUS WORD...
tells_json() {
    local status=$1
    shift
    "$envkeep" "$@" --json >"$scratch/document" 2>"$scratch/said" || :
    expect "$* as JSON: $status" hostile json "$scratch/document" "$schema" "$status"
    expect '  beside it nothing but what is for a terminal' hostile prints "$scratch/said"
}

# looks STATUS WORD...: a command that only looks, in all three ways.
looks() {
    tells "$@"
    tells_json "$@"
    expect "${*:2} on a terminal" hostile terminal "$1" "$envkeep" "${@:2}"
}

odd=$home/$'li\nne\eM'
mkdir -p "$store"
"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'MANIFEST'
envkeep: 1
keep:
  - odd
  - {path: local, how: copy}
  - {path: many, children: true}
  - {path: special, kind: folder}
  - {path: pipe, kind: file}
  - {path: device, how: copy}
  - "li\nne\eM"
  - deep
  - {path: "c1\x9b\u202E", kind: file, how: copy}
  - {path: "..two", kind: file, how: merge}
MANIFEST
for folder in odd local many; do
    hostile names "$home/$folder"
done
hostile special "$home/special"
hostile deep "$home/deep"
echo beside >"$home/special/beside"
mkfifo "$home/pipe"
mknod "$home/device" c 1 3
mkdir "$odd"
echo in >"$odd/"$'\xff'
echo c1 >"$home/"$'c1\u009b\u202e'
echo two >"$home/..two"
canary=$scratch/canary
mkdir "$canary"
echo precious >"$canary/file"
ln -s "$canary" "$home/odd/canary"
hostile list "$home/odd" >"$scratch/odd.before"
hostile list "$home/local" >"$scratch/local.before"
hostile list "$home/deep" >"$scratch/deep.before"
hostile bytes "$home" >"$scratch/bytes"
nothing_lost() {
    hostile bytes "$home" "$store" >"$scratch/bytes.now"
    expect_equal "$1: nothing is lost" '' "$(comm -23 "$scratch/bytes" "$scratch/bytes.now")"
}

looks 1 plan
tells 3 restore
expect 'so is what is no file' grep -q 'conflict: ~/pipe: ' "$scratch/said"
expect 'what could not be copied is named' grep -q 'fi.x0afo' "$scratch/said"
nothing_lost restore
looks 1 status
looks 1 verify
looks 0 log --verbose
looks 0 log -n 1
looks 0 snapshots
"$envkeep" doctor >"$scratch/said" 2>&1 || :
expect 'doctor is for a terminal' hostile prints "$scratch/said"
hostile list "$home/odd/" >"$scratch/odd.after"
expect 'the same files by the link' diff "$scratch/odd.before" "$scratch/odd.after"
expect 'what lies beyond PATH_MAX too' test -L "$home/deep"
hostile list "$home/deep/" >"$scratch/deep.after"
expect 'with all that is in it' diff "$scratch/deep.before" "$scratch/deep.after"
hostile list "$store/envkeep/home/local" >"$scratch/local.after"
expect 'and in the store of a copy' diff "$scratch/local.before" "$scratch/local.after"
expect 'nothing of what was outside went in' sh -c "! grep -rqx precious '$store'"

# Another session.
rm -rf "$home"
mkdir "$home"
tells 0 restore
hostile list "$home/odd/" >"$scratch/odd.after"
expect 'the same files by the link, in the next session' diff "$scratch/odd.before" "$scratch/odd.after"
hostile list "$home/local" >"$scratch/local.after"
expect 'and of the copy' diff "$scratch/local.before" "$scratch/local.after"
looks 1 status # no start line ran here
looks 0 verify

# What changed there goes back.
echo more >>"$home/local/"$'new\nline'
echo new >"$home/local/"$'added\e\xff'
tells 0 save
hostile list "$home/local" >"$scratch/local.now"
hostile list "$store/envkeep/home/local" >"$scratch/local.after"
expect 'the store has it' diff "$scratch/local.now" "$scratch/local.after"

# In, and out again.
more=$home/$'ad\eMopt\n'
hostile names "$more"
hostile list "$more" >"$scratch/more.before"
hostile bytes "$home" "$store" >"$scratch/bytes"
tells 0 adopt "$more"
expect 'it is a link' test -L "$more"
hostile list "$more/" >"$scratch/more.after"
expect 'to the same files' diff "$scratch/more.before" "$scratch/more.after"
tells 0 release "$more"
expect 'it is real' test ! -L "$more"
hostile list "$more" >"$scratch/more.after"
expect 'with the same files' diff "$scratch/more.before" "$scratch/more.after"
tells_json 0 undo
expect 'it is a link again' test -L "$more"
tells 0 undo
nothing_lost 'adopt, release and undo'
manifest=$(cat "$store/envkeep/manifest.yaml")
mkdir "$home/"$'no\xff'
tells 2 adopt "$home/"$'no\xff'
tells_json 2 adopt "$home/"$'no\xff'
expect_equal 'what YAML cannot hold is refused, and changes nothing' "$manifest" "$(cat "$store/envkeep/manifest.yaml")"
tells 2 release "$home/"$'no\e'
tells 2 undo $'no\e\xff'
tells 2 log -n $'\e'
tells 2 $'no\e\xff'
tells 4 status --store $'/no\e\xff'
tells 2 plan --manifest $'/no\e\xff'

# A cure names the very thing: what is printed is what brings it in order.
rm "$home/"$'c1\u009b\u202e'
echo theirs >"$store/envkeep/home/"$'c1\u009b\u202e'
echo mine >"$home/"$'c1\u009b\u202e'
tells 3 restore
cure=$(grep -m 1 -- '--take home' "$scratch/said" | sed 's/^ *//')
expect 'the cure as printed' bash -c "PATH=$store/envkeep/bin:\$PATH; $cure"
expect_equal 'settles it' mine "$(cat "$store/envkeep/home/"$'c1\u009b\u202e')"
expect 'a start' "$envkeep" restore --start --store "$store"
end_background "$home"
for file in "$home"/.envkeep-state/notice "$store"/envkeep/reports/*; do
    [ ! -e "$file" ] || expect "${file##*/} is for a terminal" hostile prints "$file"
done
expect 'nothing was run that a name says' test ! -e pwned -a ! -e "$home/pwned"
finish
