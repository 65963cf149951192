#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the table of docs/benchmarks.md: ratios of whole processes timed in turn in one run, and counts of
# system calls. Installs what it compares with. The figures go to standard output as Markdown.
#
#   tests/bench/run.sh              after `cmake --workflow --preset release`
#   ENVKEEP_PROGRAM=FILE tests/bench/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/../.." && pwd)
program=${ENVKEEP_PROGRAM:-$tree/build/release/envkeep}
[ -x "$program" ] || {
    echo "there is no $program: run 'cmake --workflow --preset release' first" >&2
    exit 1
}
for tool in cc strace stow rcup python3; do
    command -v "$tool" >/dev/null || missing="${missing-} $tool"
done
if [ -n "${missing-}" ]; then
    apt-get -q install -y gcc strace stow rcm python3 >/dev/null || {
        echo "missing:$missing; install gcc strace stow rcm python3" >&2
        exit 1
    }
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/envkeep-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cc -O2 -o "$work/bare" "$here/bare.c"
cc -O2 -o "$work/measure" "$here/measure.c"
export ENVKEEP_OFF='' PATH="$PATH"

ratio() { python3 -c 'import sys; print(f"{float(sys.argv[1]) / float(sys.argv[2]):.2f}")' "$1" "$2"; }
# median NAME FILE, least NAME FILE, resident NAME FILE
median() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"; }
resident() { awk -F '\t' -v name="$1" '$1 == name { print $4 }' "$2"; }
calls() { strace -f -c -o "$work/calls" "$@" >/dev/null 2>&1 || :; awk '$NF == "total" { print $4 }' "$work/calls"; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }

usual=(.local .ssh .config .ipython .jupyter .kaggle .fastai .conda .cache .vscode)

# A home with the ten usual keeps and ssh keys, restored once.
make_usual() {
    mkdir -p "$work/usual/home/.ssh" "$work/usual/storage"
    printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\n' >"$work/usual/home/.ssh/id_ed25519"
    echo 'ssh-ed25519 AAAA me' >"$work/usual/home/.ssh/id_ed25519.pub"
    echo 'Host *' >"$work/usual/home/.ssh/config"
    echo 'host ssh-ed25519 AAAA' >"$work/usual/home/.ssh/known_hosts"
    "$program" init --store "$work/usual/storage" --home "$work/usual/home" >/dev/null 2>&1
    {
        echo 'envkeep: 1'
        echo 'keep:'
        printf '  - %s\n' "${usual[@]}"
    } >"$work/usual/storage/envkeep/manifest.yaml"
    "$program" restore --store "$work/usual/storage" --home "$work/usual/home" >/dev/null 2>&1
    for name in "${usual[@]}"; do
        printf '%s\t%s\n' "$name" "$(readlink "$work/usual/home/$name")"
    done >"$work/usual/list"
}

# A twin of it for the others, who link in their own ways.
make_twins() {
    mkdir -p "$work/script" "$work/stow/store/all" "$work/stow/home" "$work/rcm/store" "$work/rcm/home"
    cp -a "$work/usual/storage/envkeep/home" "$work/script/store"
    mkdir -p "$work/script/home"
    bash "$here/link_script.sh" "$work/script/home" "$work/script/store" "${usual[@]}"
    local name
    for name in "${usual[@]}"; do
        mkdir -p "$work/stow/store/all/$name" "$work/rcm/store/${name#.}"
        echo x >"$work/stow/store/all/$name/file"
        echo x >"$work/rcm/store/${name#.}/file"
    done
    stow --dir "$work/stow/store" --target "$work/stow/home" all
    HOME=$work/rcm/home rcup -f -d "$work/rcm/store" >/dev/null
}

usual_keeps() {
    make_usual
    make_twins
    "$work/measure" 200 \
        envkeep "$program" restore --store "$work/usual/storage" --home "$work/usual/home" -- \
        bare "$work/bare" "$work/usual/home" "$work/usual/list" -- \
        true /bin/true >"$work/fast"
    "$work/measure" 30 \
        envkeep "$program" restore --store "$work/usual/storage" --home "$work/usual/home" -- \
        script bash "$here/link_script.sh" "$work/script/home" "$work/script/store" "${usual[@]}" -- \
        stow stow --dir "$work/stow/store" --target "$work/stow/home" all -- \
        rcm env HOME="$work/rcm/home" rcup -f -d "$work/rcm/store" >"$work/slow"
    local ours
    ours=$(median envkeep "$work/fast")
    row "\`restore\`, ten keeps and ssh keys, nothing to do: against the bare C program" "at most 3x" \
        "$(ratio "$ours" "$(median bare "$work/fast")")x" "$ours µs, bare $(median bare "$work/fast") µs, /bin/true $(median true "$work/fast") µs"
    ours=$(median envkeep "$work/slow")
    row "the same: against the shell script it replaces" "at least 10x faster" \
        "$(ratio "$(median script "$work/slow")" "$ours")x" "script $(median script "$work/slow") µs"
    row "the same: against GNU Stow" "-" "$(ratio "$(median stow "$work/slow")" "$ours")x" "stow $(median stow "$work/slow") µs"
    row "the same: against rcm" "-" "$(ratio "$(median rcm "$work/slow")" "$ours")x" "rcup $(median rcm "$work/slow") µs"
    row "the same: system calls, all processes" "at most 150 + 2 a link" \
        "$(calls "$program" restore --store "$work/usual/storage" --home "$work/usual/home")" \
        "bare $(calls "$work/bare" "$work/usual/home" "$work/usual/list"), script $(calls bash "$here/link_script.sh" "$work/script/home" "$work/script/store" "${usual[@]}")"
    row "the same: largest resident size" "below 12 MB" "$(resident envkeep "$work/fast") KiB" ""
    strace -f -e trace=file,desc -o "$work/writes" \
        "$program" restore --store "$work/usual/storage" --home "$work/usual/home" >/dev/null 2>&1
    row "the same: calls that write below the store" "0" \
        "$(grep -E 'O_WRONLY|O_RDWR|O_CREAT|rename|unlink|mkdir|symlink|link\(|chmod|utimens' "$work/writes" | grep -c "$work/usual/storage" || :)" ""
}

# many KIND: 10,000 keeps, as plain strings or as maps.
many() {
    local kind=$1 root=$work/$1 i
    mkdir -p "$root/home" "$root/storage"
    "$program" init --store "$root/storage" --home "$root/home" >/dev/null 2>&1
    python3 - "$kind" "$root" <<'END'
import sys
kind, root = sys.argv[1:]
with open(f"{root}/storage/envkeep/manifest.yaml", "w") as manifest, open(f"{root}/list", "w") as listed:
    manifest.write("envkeep: 1\nkeep:\n")
    for i in range(10000):
        name = f".k{i:05}"
        manifest.write(f"  - {name}\n" if kind == "strings" else f"  - {{path: {name}, kind: folder}}\n")
        listed.write(f"{name}\t{root}/storage/envkeep/home/{name}\n")
END
    "$program" restore --store "$root/storage" --home "$root/home" >/dev/null 2>&1
    "$work/measure" 15 \
        envkeep "$program" restore --store "$root/storage" --home "$root/home" -- \
        bare "$work/bare" "$root/home" "$root/list" >"$root/times"
    row "10,000 keeps written as $kind, nothing to do: against the bare C program" "$2" \
        "$(ratio "$(median envkeep "$root/times")" "$(median bare "$root/times")")x" \
        "$(median envkeep "$root/times") µs, bare $(median bare "$root/times") µs"
    row "the same: largest resident size" "$3" "$(resident envkeep "$root/times") KiB" ""
    row "the same: system calls" "at most 150 + 2 a link" \
        "$(calls "$program" restore --store "$root/storage" --home "$root/home")" ""
}

tree_of_modes() {
    local root=$work/modes
    mkdir -p "$root/home" "$root/storage"
    python3 - "$root/home/tree" <<'END'
import os, sys
for folder in range(2000):
    path = f"{sys.argv[1]}/{folder // 50:02}/{folder % 50:02}"
    os.makedirs(path)
    for name in range(100):
        os.close(os.open(f"{path}/{name:03}", os.O_CREAT | os.O_WRONLY, 0o644))
END
    "$program" init --store "$root/storage" --home "$root/home" >/dev/null 2>&1
    printf 'envkeep: 1\nkeep:\n  - tree\nmodes:\n  tree/**/[0-9][0-9][0-9]: "0644"\n' \
        >"$root/storage/envkeep/manifest.yaml"
    "$program" restore --store "$root/storage" --home "$root/home" >/dev/null 2>&1
    local tree=$root/storage/envkeep/home/tree
    "$work/measure" 7 \
        envkeep "$program" restore --store "$root/storage" --home "$root/home" -- \
        find find "$tree" -type f -not -perm 644 -- \
        chmod chmod -R u+rwX,go+rX,go-w "$tree" >"$root/times"
    row "modes over 200,000 files, nothing to change: against \`find -perm\`" "faster" \
        "$(ratio "$(median find "$root/times")" "$(median envkeep "$root/times")")x faster" \
        "$(median envkeep "$root/times") µs, find $(median find "$root/times") µs"
    row "the same: against \`chmod -R\`" "half the time" \
        "$(ratio "$(median envkeep "$root/times")" "$(median chmod "$root/times")") of its time" \
        "chmod $(median chmod "$root/times") µs"
}

# What 700 Python distributions below the home cost, on top of all that this machine has installed.
inventory() {
    local root=$work/inventory
    mkdir -p "$root/storage"
    python3 - "$root/home/.local/lib/python3.11/site-packages" <<'END'
import os, sys
for i in range(700):
    folder = f"{sys.argv[1]}/package_{i}-1.{i}.dist-info"
    os.makedirs(folder)
    with open(f"{folder}/METADATA", "w") as metadata:
        metadata.write(f"Metadata-Version: 2.1\nName: package-{i}\nVersion: 1.{i}\n\n" + "about it\n" * 200)
    with open(f"{folder}/RECORD", "w") as record:
        for file in range(100):
            record.write(f"package_{i}/module_{file}.py,sha256=2f3a5cV8Kc0wW4yYI6w7cJm0dP1xq9sXe0Zt3uQbRkA,{file}\n")
    with open(f"{folder}/INSTALLER", "w") as installer:
        installer.write("pip\n")
    open(f"{folder}/REQUESTED", "w").close()
END
    "$program" init --store "$root/storage" --home "$root/home" >/dev/null 2>&1
    "$work/measure" 15 \
        envkeep "$program" diff here --export requirements --store "$root/storage" --home "$root/home" -- \
        importlib python3 -c 'import importlib.metadata as m, sys
for d in m.distributions(path=[sys.argv[1]]): print(d.name, d.version)' \
        "$root/home/.local/lib/python3.11/site-packages" >"$root/times"
    local found
    found=$("$program" diff here --export requirements --store "$root/storage" --home "$root/home" | grep -c '^package-')
    row "inventory with $found Python distributions (and the machine's own), warm" "below 300000 µs" \
        "$(median envkeep "$root/times") µs" "names and versions by importlib.metadata alone $(median importlib "$root/times") µs"
}

printf '`tests/bench/run.sh` on %s cores, Linux %s, %s, %s\n\n' "$(nproc)" "$(uname -r)" \
    "$("$program" version)" "$(date -u +%Y-%m-%d)"
printf '| what | goal | measured | figures |\n| --- | --- | --- | --- |\n'
usual_keeps
many strings 'at most 4x' '-'
many maps 'at most 6x' 'at most 60 MB'
tree_of_modes
inventory
ENVKEEP_PROGRAM=$program "$here/doctor.sh" | grep '^|'
ENVKEEP_PROGRAM=$program "$here/git.sh" | grep '^|'
row 'binary, stripped, static' 'at most 10 MB' \
    "$(python3 -c 'import os, sys; print(f"{os.path.getsize(sys.argv[1]) / 1e6:.2f} MB")' "$program")" ""
