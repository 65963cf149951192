#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A manifest that is no manifest: 50 MB, a YAML bomb, nested beyond measure, a pipe, a device, a folder, a link to
# nowhere; files to include that are such things, that include each other, or are 10,000. Each command says what is
# wrong and changes nothing, in 512 MB of memory; a start lets the notebook come up.
. "$(dirname "$0")/scenario.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin
"$program" init >/dev/null 2>&1
echo mine >"$home/.bashrc"
manifest=$store/envkeep/manifest.yaml
cases=0
commands=('manifest check' plan restore save 'adopt .bashrc' sync) at_once=6 of_large=6
# Where that is set, each manifest meets two of the commands in turn, on each day others; what is large meets all.
[ -z "${ENVKEEP_CALL_STRIDE-}" ] || at_once=2
turn=${ENVKEEP_CALL_TURN:-$(($(date +%s) / 86400))}

# Memory is bounded where the program is not one with sanitizers, which reserve terabytes. With them each manifest
# meets two of the commands in turn: that all six take it alike the program without them shows.
bounded() { (ulimit -v 524288 && timeout 60 "$@"); }
bounded "$program" --version >/dev/null 2>&1 || {
    bounded() { timeout 60 "$@"; }
    at_once=2 of_large=2
}

home_now() { find "$home" -mindepth 1 ! -path '*/.envkeep-state*' -printf '%P %y %s %l\n' | sort; }
before=$(home_now)

# refused WHAT WORDS: all commands that read the manifest refuse it with WORDS.
refused() {
    local what=$1 words=$2 command number
    : >"$scratch/all-said"
    for ((number = 0; number < at_once; number++)); do
        command=${commands[(turn + cases * at_once + number) % ${#commands[@]}]}
        # shellcheck disable=SC2086 # words
        expect_status "$what: $command" 2 bounded "$envkeep" $command
        expect "  says why" grep -qE "$words" "$scratch/said"
        cat "$scratch/said" >>"$scratch/all-said"
    done
    expect "$what: all for a terminal" python3 "$here/hostile.py" prints "$scratch/all-said"
    expect_status "$what: status still looks" 2 bounded "$envkeep" status
    expect '  says why' grep -qE "$words" "$scratch/said"
    expect_equal "$what: the start line lets the notebook come up" 'status 0' \
        "$(bounded bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/said" </dev/null)"
    end_background "$home"
    expect "$what: and the log says why" grep -qE "$words" "$scratch/said"
    expect_equal "$what: nothing changed" "$before" "$(home_now)"
    cases=$((cases + 1))
    rm -rf "$manifest" "${manifest%/*}"/more*
}
including() { printf 'envkeep: 1\ninclude: [%s]\n' "$1" >"$manifest"; }

yes '  - a-name-that-is-kept' 2>/dev/null | head -c 52428800 >"$scratch/lines" || :
{ printf 'envkeep: 1\nkeep:\n'; cat "$scratch/lines"; } >"$manifest"
rm "$scratch/lines"
at_once=$of_large refused '50 MB' 'larger than|too large'

{
    printf 'envkeep: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n'
    for level in 1 2 3 4 5 6 7 8 9; do
        printf 'a%d: &a%d [' "$level" "$level"
        printf "*a$((level - 1)), %.0s" 1 2 3 4 5 6 7 8
        printf '*a%d]\n' "$((level - 1))"
    done
    printf 'keep: *a9\n'
} >"$manifest"
at_once=$of_large refused 'a YAML bomb' 'manifest.yaml:'
{ printf 'envkeep: 1\nkeep: '; printf '[%.0s' {1..200000}; } >"$manifest"
at_once=$of_large refused 'brackets' 'nested deeper'
{ printf 'envkeep: 1\nkeep:\n'; for ((i = 0; i < 900; i++)); do printf '%*s- \n' "$i" ''; done; } >"$manifest"
refused 'steps' 'nested deeper'
printf 'envkeep: 1\nkeep: &all [*all]\n' >"$manifest"
refused 'an alias of itself' 'manifest.yaml:'
head -c 100000 /dev/urandom >"$manifest"
refused noise 'manifest.yaml'
printf 'envkeep: 1\nkeep: ["\033[2J\302\233"]\n' >"$manifest"
refused 'control characters' 'manifest.yaml'

rm "$manifest" && mkfifo "$manifest"
refused 'a pipe' 'manifest.yaml'
rm -f "$manifest" && mkdir "$manifest"
refused 'a folder' 'manifest.yaml'
ln -s /dev/zero "$manifest"
refused 'a link to a device' '/dev/zero'
mknod "$manifest" c 1 5
refused 'a device' 'manifest.yaml'
ln -s manifest.yaml "$manifest"
refused 'a link to itself' 'manifest.yaml'

mkfifo "${manifest%/*}/more.yaml"
including more.yaml
refused 'include of a pipe' 'more.yaml'
mknod "${manifest%/*}/more.yaml" c 1 5
including more.yaml
refused 'include of a device' 'more.yaml'
including /dev/zero
refused 'include of /dev/zero' '/dev/zero'
mkdir "${manifest%/*}/more"
including more
refused 'include of a folder' 'more'
including manifest.yaml
refused 'include of itself' 'manifest.yaml'
printf 'envkeep: 1\ninclude: [more-2.yaml]\n' >"${manifest%/*}/more-1.yaml"
printf 'envkeep: 1\ninclude: [more-1.yaml]\n' >"${manifest%/*}/more-2.yaml"
including more-1.yaml
refused 'include in a circle' 'more-[12].yaml'
for ((i = 0; i < 10000; i++)); do
    printf 'envkeep: 1\ninclude: [more-%d.yaml]\n' $((i + 1)) >"${manifest%/*}/more-$i.yaml"
done
including more-0.yaml
at_once=$of_large refused '10,000 files, each includes the next' 'include'
mkdir "${manifest%/*}/more"
for ((i = 0; i < 10000; i++)); do
    : >"${manifest%/*}/more/$i.yaml"
done
including "$(printf 'more/%d.yaml, ' {0..9999})"
at_once=$of_large refused '10,000 files in one list' 'more/|include'

printf 'envkeep: 1\nkeep: [.bashrc]\n' >"$manifest"
expect_status 'the manifest in order again' 0 "$envkeep" restore
expect 'does its work' test -L "$home/.bashrc"
each='each command'
[ "$at_once" = "${#commands[@]}" ] || each="each of ${#commands[@]} commands in turn"
finish "$cases manifests that are none: $each names it and changes nothing, the start goes on"
