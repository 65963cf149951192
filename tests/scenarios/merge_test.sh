#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 'how: merge': sessions at once on one store, each with a local history of bash and of IPython, which their
# background processes and 'save' bring together; a full disk on either side; what lies beside a database.
. "$(dirname "$0")/scenario.sh"
begin
start() { HOME=$1 bash -c '. "$ENVKEEP_STORE/pre-run.sh"' >/dev/null 2>&1 </dev/null; }
kept=$store/envkeep/home

"$program" init >/dev/null 2>&1
cat >"$store/envkeep/manifest.yaml" <<'END_MANIFEST'
envkeep: 1
keep:
  - .ipython
  - {path: .bash_history, how: merge}
  - {path: .ipython/profile_default/history.sqlite, how: merge}
save: {every: 24h}
END_MANIFEST
mkdir -p "$kept/.ipython/profile_default/startup"
echo 'echo old' >"$kept/.bash_history"
: >"$kept/.ipython/profile_default/history.sqlite-journal"

session() {
    mkdir -p "$scratch/$1"
    start "$scratch/$1"
    wait_for "a background process of $1" has_background "$scratch/$1"
}
type_in_bash() {
    local of=$scratch/$1
    shift
    printf '%s\n' "$@" | HOME=$of HISTFILE=$of/.bash_history bash --norc --noprofile -i >/dev/null 2>&1
}
type_in_ipython() {
    python3 - "$scratch/$1/.ipython/profile_default/history.sqlite" "${@:2}" <<'END_PYTHON'
import sqlite3, sys
path, start, *lines = sys.argv[1:]
db = sqlite3.connect(path)
db.executescript("""
CREATE TABLE IF NOT EXISTS sessions (session integer primary key autoincrement, start timestamp,
    end timestamp, num_cmds integer, remark text);
CREATE TABLE IF NOT EXISTS history (session integer, line integer, source text, source_raw text,
    PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (session integer, line integer, output text,
    PRIMARY KEY (session, line));""")
session = db.execute("INSERT INTO sessions VALUES (NULL, ?, NULL, NULL, '')", (start,)).lastrowid
for number, line in enumerate(lines, 1):
    db.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (session, number, line, line))
db.commit()
END_PYTHON
}
ipython_lines() {
    python3 -c 'import sqlite3, sys
print(*sorted(row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT source FROM history")))' \
        "$kept/.ipython/profile_default/history.sqlite"
}

for name in one two three; do
    session $name
done
expect 'a history is a file of the session' sh -c "[ -f '$scratch/one/.bash_history' ] && [ ! -L '$scratch/one/.bash_history' ]"
expect 'the folder around is a link where it can be' test -L "$scratch/one/.ipython/profile_default/startup"
expect 'and a journal is nothing of it' test ! -e "$scratch/one/.ipython/profile_default/history.sqlite-journal"

for name in one two three; do
    type_in_bash $name "echo $name" 'echo all'
    type_in_ipython $name "2026-01-01 00:00:00.00000${#name}-$name" "print('$name')"
done
expect_status 'one saves' 0 env HOME="$scratch/one" "$envkeep" save --home "$scratch/one"
expect_status 'a plan of two sees no conflict' 0 env HOME="$scratch/two" "$envkeep" plan --home "$scratch/two"
pids=
for name in one two three; do # the ends of three sessions at once
    pids="$pids $(background_pid "$scratch/$name")"
done
kill -TERM $pids
for pid in $pids; do
    wait_for 'a background process ends' sh -c "! kill -0 $pid"
done
expect_equal 'nothing is lost, nothing twice' 'all all all old one three two' \
    "$(sed 's/^echo //' "$kept/.bash_history" | sort | tr '\n' ' ' | sed 's/ $//')"
expect_equal 'nor of IPython' "print('one') print('three') print('two')" "$(ipython_lines)"
expect 'nothing is kept beside' sh -c "[ -z \"\$(find '$kept' -name '*.from-*')\" ]"

session four
expect 'the next session has all of it' cmp "$scratch/four/.bash_history" "$kept/.bash_history"
HISTFILESIZE=2 type_in_bash four 'echo four'
expect_equal 'which bash has cut' 'echo four' "$(tail -1 "$scratch/four/.bash_history")"
echo 'echo theirs' >>"$kept/.bash_history"
before=$(cat "$kept/.bash_history")
expect_status 'a cut history is saved' 0 "$envkeep" save --home "$scratch/four"
expect_equal 'and only its new entry is new' "$before
echo four" "$(cat "$kept/.bash_history")"

# A full disk: nothing is lost on either side, and what could not be saved is later.
echo 'echo more' >>"$scratch/four/.bash_history"
echo 'echo theirs too' >>"$kept/.bash_history"
here=$(cat "$scratch/four/.bash_history")
there=$(cat "$kept/.bash_history")
mkdir "$scratch/full"
mount -t tmpfs -o size=64m tmpfs "$scratch/full"
find "$store/envkeep" -mindepth 1 -maxdepth 1 ! -name bin -exec cp -a {} "$scratch/full/" \;
mount --bind "$scratch/full" "$store/envkeep"
dd if=/dev/zero of="$scratch/full/filler" bs=1M >/dev/null 2>&1 || :
expect 'a save on a full store fails' sh -c "! '$program' save --home '$scratch/four'"
expect_equal 'the home is as it was' "$here" "$(cat "$scratch/four/.bash_history")"
expect_equal 'the store too' "$there" "$(cat "$kept/.bash_history")"
rm "$scratch/full/filler"
expect_status 'with space again it is saved' 0 "$program" save --home "$scratch/four"
expect_equal 'once' "$there
echo more" "$(cat "$kept/.bash_history")"

mount -t tmpfs -o size=4k tmpfs "$scratch/four/.envkeep-state/merge"
dd if=/dev/zero of="$scratch/four/.envkeep-state/merge/filler" bs=4k >/dev/null 2>&1 || :
echo 'echo last' >>"$scratch/four/.bash_history"
echo 'echo their last' >>"$kept/.bash_history"
there=$(cat "$kept/.bash_history")
expect_status 'a save from a full home keeps both' 1 "$program" save --home "$scratch/four"
expect_equal 'the store as it was' "$there" "$(cat "$kept/.bash_history")"
expect 'and the home beside it' sh -c "grep -q 'echo last' '$kept'/.bash_history.from-*"
end_background "$scratch/four"
finish
