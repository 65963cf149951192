#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A kernelspec that starts a Python that is gone: `doctor --fix` moves it aside, `--capture` beside it holds what
# was broken, and if it cannot be written nothing is mended, which nobody would have been told of.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [.local]\n' >"$store/envkeep/manifest.yaml"
old=$home/.local/share/jupyter/kernels/old
own=$home/.ipython/kernels/own
mkdir -p "$old" "$own" "$scratch/bin"
echo '{"argv": ["/no/such/python", "-m", "ipykernel_launcher"], "display_name": "Old"}' | tee "$own/kernel.json" >"$old/kernel.json"
printf '#!%s\n' "$(readlink -f "$(command -v python3)")" >"$scratch/bin/jupyter"
chmod +x "$scratch/bin/jupyter"
export HOME=$home PATH=$scratch/bin:$PATH
"$program" restore >/dev/null 2>&1

echo mine >"$scratch/gpu.tar"
expect_status 'a capture over a file that is there' 3 "$program" doctor --fix --capture "$scratch/gpu.tar"
expect 'mends nothing' test -e "$old/kernel.json"
expect_equal 'and leaves the file' mine "$(cat "$scratch/gpu.tar")"

rm "$scratch/gpu.tar"
"$program" doctor --fix --capture "$scratch/gpu.tar" >"$scratch/said" 2>&1 || :
expect 'the kernelspec is moved aside' test ! -e "$old"
expect 'which is told' grep -q '^done .*\.local/share/jupyter/kernels/old' "$scratch/said"
expect 'so is one beside the store' grep -q '^done .*: was moved to ~/.envkeep-aside/.*/.ipython/kernels/own' "$scratch/said"
expect 'without the name of the home' test 0 = "$(grep -c "$home/" "$scratch/said")"
expect 'the capture holds it' grep -q 'kernels/old/kernel.json' <(tar -tf "$scratch/gpu.tar")

expect 'undo' "$program" undo
expect 'brings it back' grep -q /no/such/python "$old/kernel.json"
finish
