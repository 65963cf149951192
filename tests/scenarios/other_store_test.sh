#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Another store comes to stand where this session's was: neither takes anything from the other.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nsave: {every: 5s}\nkeep: [{path: .hist, how: copy}]\n' >"$store/envkeep/manifest.yaml"
echo ours >"$store/envkeep/home/.hist"
bash -c '. "$ENVKEEP_STORE/pre-run.sh"' >/dev/null 2>&1 </dev/null
expect 'the file came home' grep -q ours "$home/.hist"
other=$scratch/other
mkdir "$other"
"$program" init --store "$other" --home "$scratch/home-of-root" >/dev/null 2>&1
cp "$store/envkeep/manifest.yaml" "$other/envkeep/manifest.yaml"
echo theirs >"$other/envkeep/home/.hist"
echo mine >"$home/.hist"
wait_for 'a background process' has_background "$home"
pid=$(background_pid "$home")
# The background process has its own mounts: it sees the other store too.
mv "$store/envkeep" "$store/envkeep.away"
cp -a "$other/envkeep" "$store/envkeep"
before=$(cd "$store/envkeep/home" && sha256sum .hist)

for command in save restore plan status verify; do
    expect_status "$command refuses" 4 "$program" "$command"
    expect 'and says which store it is' grep -q 'is another store' "$scratch/said"
done
expect_equal 'a start goes on all the same' 'status 0' \
    "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/text" </dev/null)"
expect 'and says it' grep -q 'is another store' "$scratch/text"
kill -TERM "$pid"
wait_for 'it ends' sh -c "! kill -0 $pid"
expect_equal 'the background process wrote nothing there' "$before" "$(cd "$store/envkeep/home" && sha256sum .hist)"
expect_equal 'the home has what it had' mine "$(cat "$home/.hist")"
expect_status 'save does not take --store for a word' 4 "$program" save --store "$store"
expect_status 'plan with --store looks' 1 "$program" plan --store "$store"
expect 'and says it' grep -q store-changed "$scratch/said"

# The right one again: all goes on.
rm -rf "$store/envkeep"
mv "$store/envkeep.away" "$store/envkeep"
expect 'save' "$program" save
expect_equal 'wrote' mine "$(cat "$store/envkeep/home/.hist")"

# The user means the other one.
mv "$store/envkeep" "$store/envkeep.away"
cp -a "$other/envkeep" "$store/envkeep"
"$program" restore --store "$store" >"$scratch/text" 2>&1 || :
expect 'once is enough' sh -c "! grep -q 'snapshot-failed' '$scratch/text'"
expect_equal 'the store has what it had' "$before" "$(cd "$store/envkeep/home" && sha256sum .hist)"
expect 'nothing of the home is lost' grep -rqx mine "$home" "$store/envkeep/backups"
expect 'no word more is needed' sh -c "'$program' save || [ \$? -eq 1 ]"
rm -rf "$store/envkeep"
mv "$store/envkeep.away" "$store/envkeep"
expect_status 'which now holds for the first one' 4 "$program" save
expect 'until init says so' "$program" init
expect 'then' sh -c "'$program' plan || [ \$? -eq 1 ]"

# The home outlives its container, and the next one finds another store.
next_container() { unshare --pid --fork --mount-proc "$@"; }
mv "$store/envkeep" "$store/envkeep.away"
cp -a "$other/envkeep" "$store/envkeep"
rm "$home/.hist"
echo mine >"$home/.hist"
expect_status 'the next container refuses it' 4 next_container "$program" restore
expect 'and says which store it is' grep -q 'is another store' "$scratch/said"
next_container bash -c '. "$ENVKEEP_STORE/pre-run.sh"' >/dev/null 2>"$scratch/text" </dev/null
expect 'so does its start' grep -q 'is another store' "$scratch/text"
expect_equal 'the store has what it had' "$before" "$(cd "$store/envkeep/home" && sha256sum .hist)"
expect_equal 'the home too' mine "$(cat "$home/.hist")"
expect 'init says that it is meant' next_container "$program" init
expect 'then it is restored from' next_container "$program" restore
expect 'which is its first start: what the store has wins' grep -qx theirs "$home/.hist"
finish
