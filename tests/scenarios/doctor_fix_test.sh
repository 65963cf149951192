#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A kernelspec that starts a Python that is gone: `doctor --fix` moves it aside, `--capture` beside it holds what
# was broken, and if it cannot be written nothing is mended, which nobody would have been told of. What is about to be
# done is shown before it is. What an install would cure is told, and nothing is installed.
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

# Its standard output is full: it waits with its first word, and what stands there meanwhile is printed.
cat >"$scratch/held.py" <<'END'
import fcntl, os, subprocess, sys, time
reading, writing = os.pipe()
fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
os.write(writing, b"\n" * 4096)
process = subprocess.Popen(sys.argv[2:], stdout=writing, stderr=subprocess.DEVNULL)
os.close(writing)
def waits():
    words = open(f"/proc/{process.pid}/syscall").read().split()
    return len(words) > 1 and words[1] == "0x1"  # on that descriptor
while not waits() and process.poll() is None:
    time.sleep(0.001)
print("there" if os.path.lexists(sys.argv[1]) else "gone", flush=True)
for text in iter(lambda: os.read(reading, 4096), b""):
    sys.stdout.buffer.write(text.lstrip(b"\n"))
process.wait()
END
python3 "$scratch/held.py" "$old" "$program" doctor --fix >"$scratch/said"
expect_equal 'it is still there while this is written' 'there
about to:
  move ~/.ipython/kernels/own aside [nb-kernelspec-dead]
  move ~/.local/share/jupyter/kernels/old aside [nb-kernelspec-dead]' "$(sed 2q "$scratch/said" && sed -n 3,4p "$scratch/said" | sort)"
expect 'then it is moved' test ! -e "$old"

expect 'undo' "$program" undo
"$program" doctor --fix --json >"$scratch/document" 2>"$scratch/said" || :
expect_equal 'a program has it beside its document' 'about to:' "$(head -n 1 "$scratch/said")"
expect_equal 'which tells what became of each' 'done done' "$(python3 -c 'import json, sys
print(*(one["result"] for one in json.load(open(sys.argv[1]))["repairs"]))' "$scratch/document")"

site=$home/.local/lib/python$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')/site-packages
info=$site/numpy-1.26.4.dist-info
mkdir -p "$info" "$site/numpy"
printf 'Metadata-Version: 2.1\nName: numpy\nVersion: 1.26.4\n' >"$info/METADATA"
echo pip >"$info/INSTALLER"
touch "$site/numpy/__init__.py"
printf 'numpy/__init__.py,,0\nnumpy/gone.so,,5\nnumpy-1.26.4.dist-info/RECORD,,\n' >"$info/RECORD"
# Leaks are not looked for below strace.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -f -qq -o "$scratch/calls" -e trace=execve,execveat,connect \
    "$program" doctor --fix >"$scratch/said" 2>&1 || :
expect 'what a package needs is told with its command' grep -q -- '-m pip install .*numpy==1.26.4' "$scratch/said"
expect_equal 'no program is run and no network asked: only the doctor itself was started' 1 "$(wc -l <"$scratch/calls")"
finish
