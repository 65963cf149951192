#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Starts that fail, hang, are killed or switched off: each leaves a notice in the home and a report where the
# store can be written, prints a document that fits the schema, and `status` tells it apart with its cure.
. "$(dirname "$0")/scenario.sh"
begin
schema=$(cd "$(dirname "$0")/../../docs/schema" && pwd)/output.schema.json
notice=$home/.envkeep-state/notice
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [.ssh]\n' >"$scratch/manifest"

anew() {
    end_background "$home"
    rm -rf "$home" "$store"/envkeep/{reports,starts,home/.ssh}
    mkdir -p "$home/.ssh" "$store/envkeep/reports"
    cp "$scratch/manifest" "$store/envkeep/manifest.yaml"
}

# start_document WHAT EXIT FAULT...: what 'restore --start --json' prints, with a fault of strace's.
start_document() {
    local what=$1 exit=$2
    shift 2
    "$@" "$envkeep" restore --start --json --store "$store" >"$scratch/document" 2>/dev/null </dev/null || :
    expect "$what: the document fits the schema and tells $exit" python3 - "$schema" "$scratch/document" "$exit" <<'END'
import json, sys
import jsonschema
schema, document = (json.load(open(path)) for path in sys.argv[1:3])
jsonschema.Draft202012Validator(schema).validate(document)
assert document["exit"] == int(sys.argv[3]), document["exit"]
END
}

status_tells() {
    "$program" status >"$scratch/said" 2>&1 || :
    expect "status tells it: $1" grep -qF "[$1]" "$scratch/said"
    expect 'and not that the start line did not run' sh -c "! grep -q start-line-not-run '$scratch/said'"
}

worker() { sed -n 's/.*"worker":{"pid":\([0-9]*\).*/\1/p' "$home/.envkeep-state/start.json"; }

# wait_for_file GLOB: what the worker writes once its parent has returned
wait_for_file() { wait_for "there is a $1" compgen -G "$1"; }
wait_for_end() { wait_for "process $1 ends" sh -c "! kill -0 $1"; }

# Nothing but the home is left.
anew
mv "$store/envkeep/store.json" "$scratch/store.json"
start_document 'store.json missing' 4 env
expect 'the notice names it' grep -q store.json "$notice"
mv "$scratch/store.json" "$store/envkeep/store.json"
expect_status 'its command, as printed, runs in a shell that knows no envkeep' 1 \
    sh -c "$(sed -n "s/.*; see '\(.*\)'\$/\1/p" "$notice")"
status_tells start-failed
expect 'with its reason' grep -q 'store.json. is missing' "$scratch/said"

anew
rm "$store/envkeep/manifest.yaml"
start_document 'manifest missing' 2 env
expect 'the notice names it' grep -q manifest.yaml "$notice"
wait_for_file "$store/envkeep/reports/start-*.json"
expect 'the report is in the store' grep -q manifest.yaml "$store"/envkeep/reports/start-*.json
cp "$scratch/manifest" "$store/envkeep/manifest.yaml"
status_tells start-failed

# A worker that never comes back, and then is killed. The limit of this one only: others end by themselves.
anew
echo 'start: {limit: 1s}' >>"$store/envkeep/manifest.yaml"
start_document 'past the limit' 6 \
    strace -D -f -o /dev/null -e trace=symlinkat -e inject=symlinkat:delay_enter=600000000
expect 'the notice tells of the limit' grep -q 'limit of 1 s' "$notice"
status_tells start-under-way
pid=$(worker)
# With what delays it: a stopped process ends only once nobody traces it.
kill -KILL "$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$pid/status")" "$pid"
wait_for_end "$pid"
status_tells start-failed
expect 'the limit is its reason' grep -q 'limit of 1 s' "$scratch/said"
expect 'restore brings it in order' "$program" restore
expect 'and it is a word for the record then' sh -c "'$program' status | grep -q 'note.*start-failed'"

# A program that is no program any more: a shell would run an empty one without a word.
anew
cp -a "$store/envkeep/bin" "$scratch/bin"
for harm in ':>' 'chmod 644' 'rm'; do
    eval "$harm \"\$(readlink -f \"\$envkeep\")\""
    expect_equal "a start with a program after '$harm'" 'status 0' \
        "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/said" </dev/null)"
    expect 'it is told' grep -q 'is gone, empty or may not be executed: run init of a sound copy' "$scratch/said"
    rm -rf "$store/envkeep/bin"
    cp -a "$scratch/bin" "$store/envkeep/bin"
done

# The background process ends, as where memory is short: nobody saves any more.
anew
start_document 'a good start' 0 env
wait_for 'its background process is known' sh -c "'$program' status | grep -q 'background process is alive'"
kill -KILL "$(sed -n 's/.*"background":{"pid":\([0-9]*\).*/\1/p' "$home/.envkeep-state/session.json")"
wait_for 'it is gone' sh -c "'$program' status | grep -q 'background process does not run'"
status_tells background-gone
expect 'the cure starts one again' sh -c "'$envkeep' save && '$envkeep' restore --start >/dev/null </dev/null"
wait_for 'which status knows' sh -c "'$program' status | grep -q 'background process is alive'"
expect 'and tells no more of it' sh -c "! '$program' status | grep -q background-gone"

# Killed as soon as it touches the home.
anew
start_document 'worker killed' 9 \
    strace -D -f -o /dev/null -e trace=symlinkat -e inject=symlinkat:signal=KILL
expect 'the notice tells it' grep -q 'before its work was done' "$notice"
status_tells start-failed

# Parent and worker both killed: only the stamp is left.
anew
(strace -D -f -o /dev/null -e trace=symlinkat,poll,ppoll -e inject=symlinkat,poll,ppoll:signal=KILL \
    "$envkeep" restore --start --store "$store" >/dev/null 2>&1 </dev/null) || :
wait_for_file "$home/.envkeep-state/start.json"
pid=$(worker)
kill -KILL "$pid" 2>/dev/null || :
wait_for_end "$pid"
status_tells start-did-not-end

# Switched off.
anew
: >"$store/envkeep/off"
start_document 'the file off' 0 env
expect 'nothing was done' test ! -L "$home/.ssh"
expect 'the notice tells it' grep -q 'switched off' "$notice"
status_tells start-switched-off
expect 'and the cure' grep -qF "rm $store/envkeep/off" "$scratch/said"
rm "$store/envkeep/off"
anew
start_document 'ENVKEEP_OFF without the hook' 0 env ENVKEEP_OFF=1
expect 'nothing was done' test ! -L "$home/.ssh"
ENVKEEP_OFF=1 status_tells start-switched-off

# A full home takes no word of it: the report in the store has it.
anew
rmdir "$home/.ssh"
mount -t tmpfs -o size=64k tmpfs "$home"
dd if=/dev/zero of="$home/fill" bs=4k status=none 2>/dev/null || :
"$envkeep" restore --start --store "$store" >/dev/null 2>"$scratch/said" </dev/null
wait_for_file "$store/envkeep/reports/start-*.json"
status_tells start-failed
expect 'with its reason' grep -q 'session.json.: no space left' "$scratch/said"
rm "$home/fill"
expect 'with room restore brings it in order' "$program" restore
expect 'and it is a word for the record then' sh -c "'$program' status | grep -q 'note.*start-failed'"
umount "$home"

# And a good one.
anew
start_document 'a good start' 0 env
expect 'it is linked' test -L "$home/.ssh"
"$program" status >"$scratch/said" 2>&1 || :
expect 'status has nothing to say of it' sh -c "! grep -q '\[start-' '$scratch/said'"
end_background "$home"
finish
