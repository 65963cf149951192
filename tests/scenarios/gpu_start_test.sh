#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A start on a machine whose GPU is broken: a card on PCI that no driver has. One line in the log and in the
# first terminal, once in the first cell of a notebook; and on a machine without a GPU not a word.
. "$(dirname "$0")/scenario.sh"
begin
# A torch of this machine could be a cause of its own.
for folder in /usr/lib/python3/dist-packages/torch*; do
    [ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder"
done
"$program" init >/dev/null 2>&1
startup=$home/.ipython/profile_default/startup/00-envkeep.py
line="envkeep: the GPU does not work: the kernel has not loaded NVIDIA's driver; see 'envkeep doctor'"

# A notice names the program so that any shell finds it.
as_notice() { sed "s|'envkeep |'$envkeep |" <<<"$1"; }

manifest() { printf 'envkeep: 1\nkeep: [.ipython]\n%s\n' "$1" >"$store/envkeep/manifest.yaml"; }

# PCI as it has it: one device, of this vendor.
pci() {
    local device=$scratch/pci/0000:00:05.0
    umount /sys/bus/pci/devices 2>/dev/null || :
    rm -rf "$scratch/pci"
    mkdir -p "$device"
    echo "0x$1" >"$device/vendor"
    echo 0x030200 >"$device/class"
    echo 0x1eb8 >"$device/device"
    printf '\xde\x10\xb8\x1e' >"$device/config"
    mount --bind "$scratch/pci" /sys/bus/pci/devices
    # The same in one file, where this kernel has it.
    if [ -e /proc/bus/pci/devices ]; then
        umount /proc/bus/pci/devices 2>/dev/null || :
        printf '0028\t%s1eb8\t0\n' "$1" >"$scratch/pci.list"
        mount --bind "$scratch/pci.list" /proc/bus/pci/devices
    fi
}

# Each is the first one of its session, whose background process looks where the start had not the time.
start() {
    end_background "$home"
    rm -rf "$home/.envkeep-state/session.json" "$store"/envkeep/reports/start-*.json
    expect_equal "$1: the hook returns with status 0" 'status 0' \
        "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/text" </dev/null)"
    wait_for 'the worker is the background process' has_background "$home"
}

# A broken GPU, as a start tells it: at once, or after 50 ms by its background process.
expect_told() {
    wait_for 'the first terminal tells of it' grep -qsxF "$(as_notice "$1")" "$home/.envkeep-state/notice"
    expect_equal 'once' 1 "$(grep -c GPU "$home/.envkeep-state/notice")"
    if ! grep -q gpu-not-looked-at "$store"/envkeep/reports/start-*.json; then
        expect_equal 'the log tells of it in one line' "$1" "$(grep GPU "$scratch/text")"
    fi
}

# As IPython runs it, outside of a notebook; the names that it leaves behind too.
first_cell() {
    HOME=$home python3 -c 'names = {}
exec(open(__import__("sys").argv[1]).read(), names)
print(end="".join(name for name in names if name != "__builtins__"))' "$startup" 2>&1
}

manifest 'gpu: {notebook_notice: true}'
pci 10de
start 'a broken GPU'
expect_told "$line"
wait_for 'the first cell has something to tell' test -s "$home/.envkeep-state/gpu-notice"
expect_equal 'nothing is remembered as good' '' "$(ls "$store/envkeep/gpu" 2>/dev/null)"
expect 'the start-up file lies in the kept folder' test -f "$store/envkeep/home/.ipython/profile_default/startup/00-envkeep.py"
expect_equal 'the first cell tells of it, and leaves no name behind' "$(as_notice "$line")" "$(first_cell)"
expect_equal 'the second one does not' '' "$(first_cell)"
# In a notebook, whose shell calls before each cell whom it was told to.
mv "$home/.envkeep-state/gpu-notice.shown" "$home/.envkeep-state/gpu-notice"
expect_equal 'in a notebook it is told by its first cell, once, and not before' "before
$(as_notice "$line")
first cell
second cell" "$(HOME=$home python3 - "$startup" 2>&1 <<'END'
import sys
class Shell:
    def __init__(self):
        self.called, self.events = [], self
    def register(self, event, function):
        assert event == "pre_run_cell"
        self.called.append(function)
    def unregister(self, event, function):
        assert event == "pre_run_cell"
        self.called.remove(function)
    def run_cell(self, text):
        for function in list(self.called):
            function(None)
        sys.stderr.write(text + "\n")
shell = Shell()
names = {"get_ipython": lambda: shell}
exec(open(sys.argv[1]).read(), names)
sys.stderr.write("before\n")
shell.run_cell("first cell")
assert not shell.called
shell.run_cell("second cell")
END
)"
expect_status 'verify has nothing against it' 0 "$envkeep" verify

manifest 'gpu: {expect: none}'
start 'a GPU that is not wanted'
expect_equal 'the log says nothing of it' '' "$(grep GPU "$scratch/text")"
expect 'the start-up file is gone' test ! -e "$startup"

pci 8086
manifest 'gpu: {expect: optional, cuda: ">=99", frameworks: [jax]}'
start 'no GPU'
expect_equal 'the log says nothing' '' "$(cat "$scratch/text")"
expect_equal 'nor does the first terminal' '' "$(cat "$home/.envkeep-state/notice")"

manifest 'gpu: {expect: required}'
start 'no GPU where one is required'
expect_told "envkeep: the GPU does not work: this machine has no GPU, and the manifest requires one; see 'envkeep doctor'"
expect_status 'and verify does' 1 "$envkeep" verify
expect 'in a line' grep -q 'the GPU is not as wanted' "$scratch/said"

manifest 'gpu: {notebook_notice: true}'
start 'with the notice again'
expect 'the start-up file is back' test -f "$startup"
echo "print('mine')" >"$(dirname "$startup")/01-mine.py"
expect 'uninstall' "$envkeep" uninstall
expect 'takes it away' test ! -e "$startup" -a ! -e "$store/envkeep/home/.ipython/profile_default/startup/00-envkeep.py"
expect 'and leaves what is beside it' test -f "$(dirname "$startup")/01-mine.py"
finish
