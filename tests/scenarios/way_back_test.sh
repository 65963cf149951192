#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The way back from the home to the store: what the background process that a start leaves writes
# when the session ends, what 'save' writes, and what is kept when both sides changed.
. "$(dirname "$0")/scenario.sh"
begin
start() { bash -c '. "$ENVKEEP_STORE/pre-run.sh"' >/dev/null 2>&1 </dev/null; }

"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'END'
envkeep: 1
keep:
  - {path: .bash_history, kind: file, how: copy}
  - {path: .gitconfig, kind: file}
backups: {expire: 1d}
END
mkdir -p "$store/envkeep/home"
echo ls >"$store/envkeep/home/.bash_history"
echo '[user]' >"$store/envkeep/home/.gitconfig"
old=$store/envkeep/backups/20200101T000000Z-0000000000
mkdir -p "$old/root"
echo old >"$old/root/file"
printf '{"path":"/root/file","at":"root/file","bytes":4,"files":1}\n' >"$old.jsonl"

start
wait_for 'a background process' has_background "$home"
expect_equal 'the copy is there' ls "$(cat "$home/.bash_history")"
wait_for 'an expired backup is gone' sh -c "[ ! -e '$old.jsonl' ] && [ ! -e '$old' ]"

echo ps >>"$home/.bash_history"
printf '[user]\n name = me\n' >"$home/.gitconfig.new"
mv "$home/.gitconfig.new" "$home/.gitconfig" # as editors save: the link is a file now
end_background "$home"
expect_equal 'the end of the session writes the copy back' 'ls ps' \
    "$(tr '\n' ' ' <"$store/envkeep/home/.bash_history" | sed 's/ $//')"
expect 'and what was a link' grep -q 'name = me' "$store/envkeep/home/.gitconfig"
expect 'the version before is kept' grep -rqx '\[user\]' "$store/envkeep/.envkeep-aside"
expect 'and listed' sh -c "'$envkeep' status --verbose | grep -q backup"

start
wait_for 'a background process' has_background "$home"
echo mine >>"$home/.bash_history"
echo theirs >>"$store/envkeep/home/.bash_history"
expect_status 'save where both sides changed' 1 "$envkeep" save
expect 'the store has its own' grep -q theirs "$store/envkeep/home/.bash_history"
expect 'and the other beside it' sh -c "grep -q mine '$store'/envkeep/home/.bash_history.from-*"
expect_equal 'the home is untouched' mine "$(tail -1 "$home/.bash_history")"
expect_status 'a second save writes nothing more' 1 "$envkeep" save
expect_equal 'and keeps one version' 1 "$(find "$store/envkeep/home" -name '.bash_history.from-*' | wc -l)"

rm -rf "$home"
mkdir "$home"
expect_status 'save in a new home has nothing to write' 0 "$envkeep" save
expect 'and loses nothing' grep -q theirs "$store/envkeep/home/.bash_history"
finish
