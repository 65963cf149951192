#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# uninstall while another session on the same store is alive, and the cures that it names.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [.a, .b]\n' >"$store/envkeep/manifest.yaml"
mkdir "$home/.b"
echo a >"$home/.a"
echo b >"$home/.b/file"
expect 'restore' "$envkeep" restore

other=$scratch/other
mkdir "$other"
HOME=$other sh -c '. "$ENVKEEP_STORE/pre-run.sh"' </dev/null >/dev/null 2>&1
# Its start line has returned; its lease comes from the background a moment later.
until grep -q "^sessions *$other" <<<"$("$envkeep" status 2>&1 || :)"; do
    [ "$SECONDS" -lt 120 ] || break
done
expect_status 'uninstall warns of the other session' 1 "$program" uninstall
expect 'and names it' grep -q "a session of $other on .* is still alive" "$scratch/said"
expect 'the program is gone' test ! -e "$envkeep"
end_background "$other"

expect_status 'init again' 0 "$program" init
rm -rf "$home/.a" "$home/.b"
expect 'restore again' "$envkeep" restore
printf 'envkeep: 1\nkeep: [.a, {path: .b, hwo: copy}]\n' >"$store/envkeep/manifest.yaml"
sh -c '. "$ENVKEEP_STORE/pre-run.sh"' </dev/null >/dev/null 2>&1
expect_status 'uninstall with a broken entry' 3 "$program" uninstall
expect 'its own session is no other' sh -c '! grep -q "still alive" "$1"' sh "$scratch/said"
expect 'its link is still there' test -L "$home/.b"
cure=$(sed -n 's/^ *\(rm .* && cp -a .*\)$/\1/p' "$scratch/said")
expect 'the cure that is named' sh -c "$cure"
expect_equal 'makes it real' 'b' "$(test ! -L "$home/.b" && cat "$home/.b/file")"
finish
