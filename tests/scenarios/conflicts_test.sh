#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What stands in the way at the first start of a container, links into an imported store, and two
# keeps that lead to one source.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
manifest() { printf 'envkeep: 1\nkeep: [%s]\nsave: off\n' "$1" >"$store/envkeep/manifest.yaml"; }
new_home() {
    end_background "$home"
    rm -rf "$home"
    mkdir "$home"
}

manifest '{path: f1, kind: file}, {path: f2, kind: file, how: copy}'
new_home
mkdir -p "$store/envkeep/home"
for name in f1 f2; do
    echo store >"$store/envkeep/home/$name"
    echo home >"$home/$name"
done
"$envkeep" restore --start --json >"$scratch/start" 2>&1
for name in f1 f2; do
    expect_equal "first start: the store's $name wins" store "$(cat "$home/$name")"
    expect "first start: the home's $name is aside" grep -qx home "$home"/.envkeep-aside/*/"$name"
    expect "and in the backups" sh -c "grep -rqx home '$store/envkeep/backups'"
done
end_background "$home"
rm "$home/f1"
echo other >"$home/f1"
echo newer >"$store/envkeep/home/f1"
"$envkeep" restore --start >"$scratch/said" 2>&1
expect_equal 'a later start asks' other "$(cat "$home/f1")"
expect 'and says so' grep -q conflict "$scratch/said"

manifest '{path: .config/x, to: cfg/x}, data'
new_home
mkdir -p "$store/cfg/.config" "$store/envkeep/cfg/x" "$store/data/x" "$store/envkeep/home/data"
echo mine >"$store/data/x/file"
ln -s "$store/cfg/.config" "$home/.config"
ln -s "$store/data/x" "$home/data"
expect_status 'links into an imported store give way' 0 "$envkeep" restore
expect_equal 'the folder is real, the keep in it linked' "$store/envkeep/cfg/x" "$(readlink "$home/.config/x")"
expect_equal 'a link of the user too' "$store/envkeep/home/data" "$(readlink "$home/data")"
expect "what it led to is as it was" grep -qx mine "$store/data/x/file"
expect 'undo' "$envkeep" undo
expect_equal 'brings it back' "$store/data/x" "$(readlink "$home/data")"
expect_equal 'and the other' "$store/cfg/.config" "$(readlink "$home/.config")"

manifest '{path: a, to: home/same}, {path: b, to: home/same}, {path: f, to: home/same/below}'
new_home
for name in a b f; do
    mkdir "$home/$name"
    echo "$name" >"$home/$name/of-$name"
done
expect_status 'one source for several' 1 "$envkeep" plan
cp "$scratch/said" "$scratch/plan"
expect_equal 'is in conflict but for the first' 2 "$(grep -c 'is also that of' "$scratch/plan")"
expect_status 'the first is restored' 3 "$envkeep" restore
expect 'no step fails' sh -c "! grep -q failed '$scratch/said'"
expect_equal 'nothing is lost' b "$(cat "$home/b/of-b")"
end_background "$home"
finish
