#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The doctor's rows of docs/benchmarks.md: on a machine whose Python has 30,000 files beside torch and
# NVIDIA's wheels; and against a program that imports torch and torch's own report, for which Debian's torch is
# installed, in a virtual environment that has as many files beside it.
#
#   tests/bench/doctor.sh           after `cmake --workflow --preset release`
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${ENVKEEP_PROGRAM:-$here/../../build/release/envkeep}
[ -x "$program" ] || {
    echo "there is no $program: run 'cmake --workflow --preset release' first" >&2
    exit 1
}
python=/usr/bin/python3
if ! "$python" -c 'import torch' 2>/dev/null; then
    apt-get -q install -y --no-install-recommends gcc strace python3-torch >/dev/null
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/envkeep-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cc -O2 -o "$work/measure" "$here/measure.c"
cc -shared -fPIC -o "$work/library.so" -x c /dev/null
files=$("$python" "$here/make_torch_machine.py" "$work/machine" 30000 "$work/library.so")

"$program" doctor --root "$work/machine" --home /root --quiet || {
    echo "the machine made for the benchmark is not well" >&2
    exit 1
}
"$work/measure" 30 doctor "$program" doctor --root "$work/machine" --home /root >"$work/captured"
# The notebook's Python is the first of PATH.
"$python" -m venv --system-site-packages --without-pip "$work/env"
beside=$("$python" "$here/python_packages.py" "$work"/env/lib/python3.*/site-packages 30000)
export PATH="$work/env/bin:$PATH"
python=$work/env/bin/python3
"$program" doctor --facts --json >"$work/facts" || :
grep -q "$work/env/bin/python" "$work/facts" || {
    echo "the doctor does not look at $python" >&2
    exit 1
}
"$work/measure" 7 \
    doctor "$program" doctor -- \
    torch "$python" -c 'import torch; print(torch.cuda.is_available())' -- \
    report "$python" -m torch.utils.collect_env >"$work/here"
median() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }
calls_of() {
    strace -f -c -o "$work/calls" "$@" >/dev/null 2>&1 || :
    awk '$NF == "total" { print $4 }' "$work/calls"
}
row "\`doctor\`, a captured machine with $files files in torch's environment" "below 30000 µs" \
    "$(median doctor "$work/captured") µs" \
    "$(calls_of "$program" doctor --root "$work/machine" --home /root) system calls"
row "\`doctor\` on this machine, $beside files in the environment: against a program that imports torch and asks is_available()" "at least 50x faster" \
    "$(awk -v a="$(median torch "$work/here")" -v b="$(median doctor "$work/here")" 'BEGIN { printf "%.0f", a / b }')x" \
    "$(median doctor "$work/here") µs, Debian's torch $(median torch "$work/here") µs"
row "the same: against torch's own environment report (\`python3 -m torch.utils.collect_env\`)" "-" \
    "$(awk -v a="$(median report "$work/here")" -v b="$(median doctor "$work/here")" 'BEGIN { printf "%.0f", a / b }')x" \
    "$(median report "$work/here") µs"
row "the same: system calls" "-" "$(calls_of "$program" doctor)" \
    "torch $(calls_of "$python" -c 'import torch; print(torch.cuda.is_available())'), its report $(calls_of "$python" -m torch.utils.collect_env)"
