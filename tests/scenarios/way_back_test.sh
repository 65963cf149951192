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

expect_status 'a plan still says that both changed' 1 "$envkeep" plan
expect 'as a conflict' grep -q 'conflict' "$scratch/said"
expect_status 'which is settled by a choice' 0 "$envkeep" restore --take home "$home/.bash_history"
expect_status 'then nothing is to be told' 0 "$envkeep" save
expect 'the store has the version that was taken' grep -q mine "$store/envkeep/home/.bash_history"
echo theirs >>"$store/envkeep/home/.bash_history"
end_background "$home"

# Names that appear in a session, where the children of a folder or what a pattern finds are kept.
new_session() {
    rm -rf "$home"
    mkdir "$home"
    start
    wait_for 'a background process' has_background "$home"
}
cat >"$store/envkeep/manifest.yaml" <<'END'
envkeep: 1
keep:
  - {path: .local, per: python}
  - {path: .jupyter, children: true}
  - .config
  - {path: .config/own, to: own}
  - '.*rc'
  - {path: .bash_history, kind: file, how: copy}
END
new_session
mkdir -p "$home/.local/pipx/venvs/black" "$home/.jupyter/lab"
echo x >"$home/.local/pipx/venvs/black/cfg"
echo x >"$home/.jupyter/lab/settings"
echo x >"$home/.config/new"
echo x >"$home/.foorc"
ln -s pipx "$home/.local/pip-alias"
expect_status 'save takes new names' 0 "$envkeep" save
for path in .local/pipx/venvs/black/cfg .jupyter/lab/settings .config/new .foorc; do
    expect "the store has $path" grep -qx x "$store/envkeep/home/$path"
done
echo later >"$home/.local/pipx/venvs/black/later"
echo later >"$home/.jupyter/new"
rm "$home/.config/own"
mkdir "$home/.config/own"
echo later >"$home/.config/own/file"
end_background "$home"
new_session
for path in .local/pipx/venvs/black/cfg .jupyter/lab/settings .config/new .foorc; do
    expect "the next session has $path" grep -qx x "$home/$path"
done
for path in .local/pipx/venvs/black/later .jupyter/new .config/own/file; do
    expect "the end of the session saved $path" grep -qx later "$home/$path"
done
expect_equal 'a link among the children is the same link' pipx "$(readlink "$home/.local/pip-alias")"
end_background "$home"

rm -rf "$home"
mkdir "$home"
expect_status 'save in a new home has nothing to write' 0 "$envkeep" save
expect 'and loses nothing' grep -q theirs "$store/envkeep/home/.bash_history"
finish
