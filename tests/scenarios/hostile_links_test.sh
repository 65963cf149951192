#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Somebody exchanges folders of the home and of the store for links that lead elsewhere, again and again while the
# commands run. Nothing is written, moved or changed where the links lead, nothing of there is taken into home or store,
# every command ends with a status of its own, and once it is quiet all is there.
. "$(dirname "$0")/scenario.sh"
here=$(cd "$(dirname "$0")" && pwd)
hostile() { python3 "$here/hostile.py" "$@"; }
begin
"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'MANIFEST'
envkeep: 1
keep:
  - {path: .config/app, how: copy}
  - {path: .config/tool, kind: folder}
  - {path: .config/notes, how: copy, kind: file}
modes: {".config/app/*": "0600"}
MANIFEST
for folder in "$home/.config/app" "$home/.config/tool"; do
    mkdir -p "$folder/deep"
    for ((i = 0; i < 40; i++)); do
        echo "$folder $i" >"$folder/$i"
        echo "$folder deep $i" >"$folder/deep/$i"
    done
done
echo note >"$home/.config/notes"
"$envkeep" restore >/dev/null

# Where the links lead: the same names with other bytes, open to all.
outside=$scratch/outside
mkdir -p "$outside/app/deep" "$outside/tool/deep"
for ((i = 0; i < 40; i++)); do
    echo "of-elsewhere $i" >"$outside/app/$i"
    echo "of-elsewhere deep $i" >"$outside/app/deep/$i"
done
echo 'of-elsewhere note' >"$outside/notes"
chmod -R a+rwX "$outside"
hostile list "$outside" >"$scratch/outside.before"
find "$outside" -printf '%p %T@ %C@ %m\n' | sort >"$scratch/times.before"
hostile bytes "$home" "$store/envkeep/home" >"$scratch/bytes"

# Exchanges the parents for links to there, until it is ended; then the folders stand in their places again.
places=("$home/.config" "$store/envkeep/home/.config" "$store/envkeep/backups")
begin_swaps() {
    local place words=()
    for place in "${places[@]}"; do
        ln -s "$outside" "$scratch/link-${#words[@]}"
        words+=("$place" "$scratch/link-${#words[@]}")
    done
    rm -f "$scratch/swapping"
    python3 "$here/hostile.py" swap "$scratch/swapping" "${words[@]}" &
    swapper=$!
    wait_for 'the exchanges have begun' test -e "$scratch/swapping"
}
end_swaps() {
    local i=0 place
    kill "$swapper"
    wait "$swapper" 2>/dev/null || :
    for place in "${places[@]}"; do
        [ ! -L "$place" ] || hostile exchange "$place" "$scratch/link-$i"
        rm "$scratch/link-$i"
        i=$((i + 2))
    done
}

met=0
for ((round = 1; round <= 12; round++)); do
    # What changed in the home since, and what the home lacks.
    echo "round $round" >"$home/.config/app/$round"
    echo "round $round" >"$home/.config/notes"
    rm -rf "$home/.config/tool"
    mkdir -p "$home/.config/more"
    echo "more $round" >"$home/.config/more/$round"
    hostile bytes "$home" "$store/envkeep/home" >>"$scratch/bytes"
    begin_swaps
    for command in save restore plan 'adopt .config/more' 'release .config/more' undo 'restore --take store .config/app'; do
        status=0
        # shellcheck disable=SC2086 # words
        timeout 60 "$envkeep" $command >"$scratch/said" 2>&1 </dev/null || status=$?
        [ "$status" -le 8 ] || fail "round $round: $command: status $status: $(cat "$scratch/said")"
        ! grep -qE 'link|unsafe' "$scratch/said" || met=$((met + 1))
    done
    end_swaps
done
hostile list "$outside" >"$scratch/outside.after"
expect 'where the links lead nothing was changed' diff "$scratch/outside.before" "$scratch/outside.after"
find "$outside" -printf '%p %T@ %C@ %m\n' | sort >"$scratch/times.after"
expect 'nor touched' diff "$scratch/times.before" "$scratch/times.after"
expect_equal 'nothing of there is in home or store' '' "$(grep -rl of-elsewhere "$home" "$store" 2>/dev/null || :)"
expect 'the links were met' test "$met" -gt 0
expect_status 'once it is quiet, all is brought in order' 0 "$envkeep" restore --take home .config/app .config/notes
hostile bytes "$home" "$store" >"$scratch/bytes.now"
sort -u "$scratch/bytes" -o "$scratch/bytes"
expect_equal 'and every byte is there' '' "$(comm -23 "$scratch/bytes" "$scratch/bytes.now")"
finish "7 commands in 12 rounds, folders exchanged for links all the time; $met times they told of one"
