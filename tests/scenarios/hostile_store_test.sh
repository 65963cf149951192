#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each file that envkeep keeps for itself, in store and home, damaged in each way: cut short, noise, numbers that are
# none, a folder, a pipe, a device or a link in its place, 100 MB. Every command comes to an end with a status of its
# own, says what is for a terminal, loses nothing and follows no link; once the file is in order, all is as before.
. "$(dirname "$0")/scenario.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin
"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'MANIFEST'
envkeep: 1
keep:
  - .config/app
  - {path: .vimrc, kind: file}
  - {path: notes, kind: file, how: copy}
  - {path: .bash_history, how: merge}
MANIFEST
mkdir -p "$home/.config/app"
echo first >"$home/.config/app/rc"
echo 'set number' >"$home/.vimrc"
echo note >"$home/notes"
echo ls >"$home/.bash_history"
"$envkeep" restore >/dev/null
# The image's own, which a restore moves aside and backs up; an edit that goes back; a session that is alive.
rm "$home/.vimrc"
echo 'set ruler' >"$home/.vimrc"
"$envkeep" restore --take store .vimrc >/dev/null
echo more >>"$home/notes"
"$envkeep" save >/dev/null
"$envkeep" restore --start --store "$store" </dev/null >/dev/null 2>&1
wait_for 'the background process is there' has_background "$home"
mkdir "$scratch/live"
cp -a "$store/envkeep/leases/." "$scratch/live/"
end_background "$home"
cp -a "$scratch/live/." "$store/envkeep/leases/"
mkdir "$scratch/whole"
cp -a "$store" "$home" "$scratch/whole/"
canary=$scratch/canary
echo precious >"$canary"

# One of each kind.
one_of() { find "$1" -maxdepth 1 -type f -name "$2" | sort | tail -n 1; }
files=("$store/envkeep/store.json" "$home/.envkeep-state/session.json" "$(one_of "$store/envkeep/journal" '*.jsonl')"
    "$(one_of "$store/envkeep/backups" '*.jsonl')" "$(one_of "$store/envkeep/leases" '*.json')"
    "$(one_of "$store/envkeep/reports" '*.json')")
expect 'there is one of each kind' test -f "${files[2]}" -a -f "${files[3]}" -a -f "${files[4]}" -a -f "${files[5]}"
expect 'every damage is borne' python3 "$here/hostile.py" each "$envkeep" "$store" "$home" "$scratch/whole" "$canary" "${files[@]}"
figure=$(tail -n 1 "$scratch/expect.log")

rm -rf "${store:?}" "${home:?}"
cp -a "$scratch/whole/." "$scratch/"
expect_status 'the store in order again' 0 "$envkeep" restore
finish "$figure"
