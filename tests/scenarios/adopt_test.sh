#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# adopt on a store that fastai's paperspace-setup made: the entry stays where it is, and so does the data.
. "$(dirname "$0")/scenario.sh"
begin

python=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cfg=$store/cfg
mkdir -p "$cfg/.local/bin" "$cfg/.local/lib/python$python/site-packages/mine" "$cfg/.local/share"
echo tool >"$cfg/.local/bin/tool"
echo 'value = 1' >"$cfg/.local/lib/python$python/site-packages/mine/__init__.py"
echo data >"$cfg/.local/share/data"
expect 'init --import' "$program" init --import "$cfg"
sed -i 's|^\( *- {path: .local,.*\)$|\1   # packages|' "$store/envkeep/manifest.yaml"
expect 'restore' "$envkeep" restore
expect_equal '.local leads into the imported store' "$cfg/.local" "$(readlink "$home/.local")"
cp "$store/envkeep/manifest.yaml" "$scratch/before"
expect 'adopt --per python of the imported entry' "$envkeep" adopt --per python .local
expect_equal 'it says only that more' \
    "$(sed "s|{path: .local, to: $cfg/.local}|{path: .local, to: $cfg/.local, per: python}|" "$scratch/before")" \
    "$(cat "$store/envkeep/manifest.yaml")"
expect_equal 'the packages are there' 'value = 1' \
    "$(cat "$home/.local/lib/python$python/site-packages/mine/__init__.py")"
expect_equal 'from the imported store' "$cfg/.local/lib/python$python" \
    "$(readlink -f "$home/.local/lib/python$python")"
expect_equal 'the programs' tool "$(cat "$home/.local/bin/tool")"
expect_equal 'and the rest' data "$(cat "$home/.local/share/data")"
expect 'restore has nothing more to do' "$envkeep" restore
expect_status 'verify' 0 "$envkeep" verify
expect 'undo' "$envkeep" undo
expect_equal 'the manifest is as it was' "$(cat "$scratch/before")" "$(cat "$store/envkeep/manifest.yaml")"
expect_equal 'and so is the link' "$cfg/.local" "$(readlink "$home/.local")"
finish
