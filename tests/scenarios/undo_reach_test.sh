#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What an undo reaches: all that its run did, also outside the home and where the manifest was edited, and after a
# kill; and nothing by a journal that somebody wrote who may not write the manifest.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
manifest=$store/envkeep/manifest.yaml
apart=$scratch/apart
run_of() { sed -n 's/^taken back.* with: envkeep undo //p' "$scratch/expect.log"; }
# forge CHANGE...: a journal of this container that is newer than all others.
forge() {
    python3 - "$store/envkeep/journal" "$@" <<'END'
import glob, json, sys
folder, changes = sys.argv[1], [json.loads(one) for one in sys.argv[2:]]
head = json.loads(open(sorted(glob.glob(folder + "/*.jsonl"))[-1]).readline())
head["run"] = "20991231T000000Z-0000000000"
lines = [head]
for number, change in enumerate(changes):
    lines += [{"intend": number, **change}, {"done": number}]
with open(f"{folder}/20991231T000000Z-0000000000.jsonl", "w") as journal:
    journal.writelines(json.dumps(line) + "\n" for line in lines + [{"finished": True}])
END
}

# A place outside the home, released and taken back, there and back.
mkdir -p "$apart/data" "$home/.ssh"
echo hello >"$apart/data/file"
printf 'envkeep: 1\nkeep:\n  - {path: %s}\n  - {path: .gitconfig, kind: file}\n' "$apart/data" >"$manifest"
expect 'restore' "$envkeep" restore
expect 'release of a place outside the home' "$envkeep" release "$apart/data"
released=$(run_of)
expect 'undo brings it back at once' "$envkeep" undo "$released"
undone=$(run_of)
expect 'as a link' test -L "$apart/data"
expect 'to its content' grep -q hello "$apart/data/file"
expect 'and the entry' grep -q apart/data "$manifest"
expect 'the undo is taken back too' "$envkeep" undo "$undone"
expect 'the place is real' test -d "$apart/data" -a ! -L "$apart/data"
expect 'and the entry gone' sh -c "! grep -q apart/data '$manifest'"
expect 'adopt of that place' "$envkeep" adopt "$apart/data"
expect 'taken back' "$envkeep" undo "$(run_of)"
undone=$(run_of)
expect 'the place is real again' test ! -L "$apart/data"
expect 'the undo of an adopt is taken back too' "$envkeep" undo "$undone"
expect 'the place is a link again' test -L "$apart/data"

# A release that is killed at each rename: the next restore finds nothing strange, and one undo takes it back.
kills=0
if command -v strace >/dev/null; then
    is_killed_at() {
        local status=0
        strace -f -o "$scratch/trace" -e trace=renameat2 -e inject="renameat2:signal=KILL:when=$1" \
            "$envkeep" release "$apart/data" >/dev/null 2>&1 || status=$?
        [ "$status" -gt 128 ]
    }
    while [ "$kills" -lt 30 ] && is_killed_at $((kills + 1)); do
        kills=$((kills + 1))
        rm "$home/.gitconfig" # something to do
        "$envkeep" restore >"$scratch/restored" 2>&1 || :
        expect "a restore after kill $kills knows all that the run did" sh -c "! grep 'has nothing to do' '$scratch/restored'"
        expect 'and leaves nothing half made' sh -c "! find '$apart' -name '.data.envkeep-*' | grep ."
        run=$("$envkeep" log | sed -n '/  release /{s/ .*//p;q}')
        [ "$run" = "$released" ] || expect 'one undo takes it back' "$envkeep" undo "$run"
        released=$run
        expect 'the place is a link' test -L "$apart/data"
        expect 'the entry is there' grep -q apart/data "$manifest"
    done
    expect 'the release that was not killed is taken back' "$envkeep" undo
    expect 'it was killed at some' test "$kills" -ge 3
fi

# An adopt that is not the newest edit: what goes back does, and it is told what comes first.
echo a >"$home/.aa"
echo b >"$home/.bb"
expect 'adopt' "$envkeep" adopt .aa
first=$(run_of)
expect 'another' "$envkeep" adopt .bb
expect_status 'the manifest was edited since' 3 "$envkeep" undo "$first"
cure=$(sed -n 's/.*first take back what edited it last: \(envkeep undo [^)]*\)).*/\1/p' "$scratch/said")
expect 'the cure is told, and works' env PATH="$store/envkeep/bin:$PATH" sh -c "$cure && envkeep undo $first"
expect 'the entries are gone' sh -c "! grep -q '[.]aa\|[.]bb' '$manifest'"
expect_equal 'the files are there' 'a b' "$(cat "$home/.aa" "$home/.bb" | xargs)"

# Forged journals.
echo KEY >"$home/.ssh/id_rsa"
chmod 600 "$home/.ssh/id_rsa"
mkdir "$store/team"
echo 'echo evil' >"$store/team/evil.sh"
cp "$store/envkeep/hook.sh" "$store/team/copy"
forge '{"change":"set_mode","path":"'"$home"'/.ssh/id_rsa","old_mode":"0666","new_mode":"0600"}'
expect 'undo of a forged mode' sh -c "'$envkeep' undo >'$scratch/forged'"
expect 'tells that it stays' grep -q 'undo-modes-stay' "$scratch/forged"
expect_equal 'the key is as private as before' 600 "$(stat -c %a "$home/.ssh/id_rsa")"
forge '{"change":"removed_link","path":"'"$home"'/.bash_login","text":"'"$store"'/team/evil.sh"}'
expect_status 'undo of a forged link' 3 "$envkeep" undo
expect 'makes none' test ! -L "$home/.bash_login"
link=$(readlink "$home/.gitconfig")
forge '{"change":"replaced_link","path":"'"$home"'/.gitconfig","text":"'"$link"'","other":"'"$store"'/team/evil.sh"}'
expect_status 'undo of a link that led elsewhere' 3 "$envkeep" undo
expect_equal 'leaves it' "$link" "$(readlink "$home/.gitconfig")"
for path in envkeep/hook.sh envkeep/bin/envkeep envkeep/manifest.yaml envkeep/store.json pre-run.sh envkeep//hook.sh; do
    cp "$store/$path" "$store/team/copy"
    sum=$(sha256sum <"$store/$path")
    forge '{"in_store":true,"change":"moved","path":"'"$store"'/team/evil.sh","other":"'"$store/$path"'"}' \
        '{"in_store":true,"change":"copied","path":"'"$store/$path"'","other":"'"$store"'/team/copy"}'
    expect_status "undo of a forged journal on $path" 3 "$envkeep" undo
    expect_equal 'leaves it' "$sum" "$(sha256sum <"$store/$path")"
done
mkdir -p "$store/envkeep/.envkeep-aside/x/home"
cp "$store/team/evil.sh" "$store/envkeep/.envkeep-aside/x/hook.sh"
forge '{"in_store":true,"change":"moved","path":"'"$store"'/envkeep/.envkeep-aside/x/hook.sh","other":"'"$store"'/envkeep/hook.sh"}'
sum=$(sha256sum <"$store/envkeep/hook.sh")
"$envkeep" undo >/dev/null 2>&1 || :
expect_equal 'nor does what is named as aside' "$sum" "$(sha256sum <"$store/envkeep/hook.sh")"
echo ls >"$home/.history"
forge '{"change":"moved","path":"'"$home"'/.history","other":"'"$home"'/.bash_login"}'
expect_status 'undo of a forged move in the home' 3 "$envkeep" undo
expect 'moves nothing' test -f "$home/.history" -a ! -e "$home/.bash_login"
expect 'what others wrote is nowhere in the home' sh -c "! grep -rq 'echo evil' '$home'"

# A forged manifest, as earlier texts are kept, but written by somebody who may not write the manifest.
now=$(cat "$manifest")
# forge_manifest FILE: a journal that says that the last edit found FILE.
forge_manifest() {
    python3 - "$store/envkeep/journal" "$manifest" "$1" <<'END' >"$scratch/change"
import glob, json, sys
folder, manifest, earlier = sys.argv[1:]
edits = [json.loads(line) for name in sorted(glob.glob(folder + "/2*.jsonl")) for line in open(name)]
last = [one for one in edits if one.get("path") == manifest and one.get("change") == "replaced_file"
        and "evil" not in one.get("other", "")][-1]
print(json.dumps({**{key: last[key] for key in ("change", "in_store", "path", "text")}, "other": earlier}))
END
    forge "$(cat "$scratch/change")"
}
rm "$store/envkeep/journal/20991231T000000Z-0000000000.jsonl"
kept=$store/envkeep/backups/20991231T000000Z-0000000000
mkdir "$kept"
for how in 'chown 4711 KEPT/manifest.yaml' 'chmod 666 KEPT/manifest.yaml; chmod 755 KEPT' 'chown 4711 KEPT' 'chmod 777 KEPT'; do
    chown -R 0 "$kept"
    chmod 700 "$kept"
    rm -f "$kept/manifest.yaml"
    printf 'envkeep: 1\nkeep: [{path: .bash_login, to: %s}]\n' "$store/team/evil.sh" >"$kept/manifest.yaml"
    eval "${how//KEPT/\"$kept\"}"
    forge_manifest "$kept/manifest.yaml"
    expect_status "undo to a manifest after $how" 3 "$envkeep" undo
    expect_equal 'leaves it' "$now" "$(cat "$manifest")"
    rm "$store/envkeep/journal/20991231T000000Z-0000000000.jsonl"
done
chown 0 "$kept"
chmod 700 "$kept"
forge_manifest "$kept/manifest.yaml"
expect 'one that only the owner of the manifest could write comes back' "$envkeep" undo
expect 'with what it says' grep -q bash_login "$manifest"
printf '%s\n' "$now" >"$manifest"
rm "$store/envkeep/journal/20991231T000000Z-0000000000.jsonl"
cp "$kept/manifest.yaml" "$store/team/manifest.yaml"
forge_manifest "$store/team/manifest.yaml"
expect_status 'undo to one that is elsewhere' 3 "$envkeep" undo
expect_equal 'leaves it too' "$now" "$(cat "$manifest")"
rm "$store/envkeep/journal/20991231T000000Z-0000000000.jsonl"
rm -r "$kept"

# A store that the run knew by another name.
ln -s "$store" "$scratch/link"
mkdir "$home/.conf"
echo x >"$home/.conf/x"
printf 'envkeep: 1\nkeep: [.conf]\n' >"$manifest"
expect 'restore by a link' env ENVKEEP_STORE="$scratch/link" "$envkeep" restore --store "$scratch/link"
restored=$(run_of)
expect 'the link has that name' sh -c "readlink '$home/.conf' | grep -q '^$scratch/link/'"
expect 'undo by the real path takes all back' "$envkeep" undo "$restored"
undone=$(run_of)
expect 'the place is real' test -f "$home/.conf/x" -a ! -L "$home/.conf"
expect 'and the store as it was' test ! -e "$store/envkeep/home/.conf"
expect_status 'the undo of that makes no link by the other name' 3 "$envkeep" undo "$undone"
expect 'what stands there stays' test -f "$home/.conf/x" -a ! -L "$home/.conf"
expect 'restore makes the link' "$envkeep" restore
expect 'to the store' grep -q x "$(readlink "$home/.conf")/x"
finish
