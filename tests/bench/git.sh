#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The git rows of docs/benchmarks.md: clone and no-change fetch over ssh on loopback, of a repository of
# 5,000 files and 2,000 commits, beside git and yadm; all in one run, in turns.
#
#   tests/bench/git.sh           after `cmake --workflow --preset release`
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${ENVKEEP_PROGRAM:-$here/../../build/release/envkeep}
[ -x "$program" ] || {
    echo "there is no $program: run 'cmake --workflow --preset release' first" >&2
    exit 1
}
program=$(realpath "$program")
command -v yadm >/dev/null || apt-get -q install -y --no-install-recommends yadm >/dev/null
. "$here/../support/git_server.sh"
wait_for() { # git_server.sh asks for it
    local end=$((SECONDS + 60))
    shift
    until "$@" >/dev/null 2>&1; do [ "$SECONDS" -lt "$end" ] || return 1; done
}
work=$(mktemp -d "${TMPDIR:-/tmp}/envkeep-bench.XXXXXX")
trap 'end_git_server; rm -rf "$work"' EXIT
cc -O2 -o "$work/measure" "$here/measure.c"

export HOME=$work/home
mkdir -p "$HOME/.ssh" "$work/storage"
chmod 700 "$HOME/.ssh"
begin_git_server "$work/server"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
allow_key "$HOME/.ssh/id_ed25519.pub"
echo "$git_host_key" >"$HOME/.ssh/known_hosts"
printf '[user]\n  name = Me\n  email = me@example.org\n' >"$HOME/.gitconfig"
for number in 1 2 3 4 5 6 7 8; do new_repository "r$number.git"; done

# 5,000 files in 100 folders come with the first commit, each of the 1,999 others changes three.
python3 - >"$work/stream" <<'END'
import random
random.seed(1)
def text(seed):
    source = random.Random(seed)
    return "".join(f"line {source.randrange(10**9)}\n" for _ in range(source.randrange(20, 120)))
for commit in range(2000):
    print(f"commit refs/heads/main\ncommitter A <a@example.org> {1600000000 + commit * 60} +0000\ndata 6\nchange")
    for number in range(5000) if commit == 0 else random.sample(range(5000), 3):
        data = text(commit * 5000 + number)
        print(f"M 100644 inline d{number % 100}/f{number}\ndata {len(data)}\n{data}", end="")
END
for number in 1 2 3 4 5 6 7 8; do
    git -C "$git_folder/r$number.git" fast-import --quiet <"$work/stream"
    git -C "$git_folder/r$number.git" gc --quiet
done
url() { printf 'ssh://root@%s%s/r%s.git' "$git_server" "$git_folder" "$1"; }

ssh_command="ssh -F none -i $HOME/.ssh/id_ed25519 -o UserKnownHostsFile=$HOME/.ssh/known_hosts -o IdentitiesOnly=yes"
export GIT_SSH_COMMAND=$ssh_command ENVKEEP_STORE=$work/storage
"$program" init --template container >/dev/null 2>&1
manifest=$work/storage/envkeep/manifest.yaml
{
    printf 'envkeep: 1\nrepos:\n'
    for number in 1 2 3 4 5 6 7 8; do printf '  - {url: "%s", dir: r%s}\n' "$(url $number)" "$number"; done
} >"$work/eight.yaml"
{
    printf 'envkeep: 1\nrepos:\n  - {url: "%s", dir: r1}\n' "$(url 1)"
} >"$work/one.yaml"
cat >"$work/clone-envkeep" <<END
rm -rf "$HOME/r1"
exec "$program" sync --no-push --quiet
END
cat >"$work/clone-git" <<END
rm -rf "$work/by-git"
exec git clone --quiet "$(url 1)" "$work/by-git"
END
cat >"$work/clone-yadm" <<END
rm -rf "$work/by-yadm" && mkdir -p "$work/by-yadm"
HOME=$work/by-yadm exec yadm clone --no-bootstrap -w "$work/by-yadm" "$(url 1)" >/dev/null 2>&1
END
cp "$work/one.yaml" "$manifest"
"$work/measure" 5 \
    envkeep sh "$work/clone-envkeep" -- git sh "$work/clone-git" -- yadm sh "$work/clone-yadm" >"$work/clone"
[ "$(git -C "$HOME/r1" rev-parse HEAD)" = "$(git -C "$work/by-git" rev-parse HEAD)" ] || {
    echo 'the clone is not that of git' >&2
    exit 1
}
"$work/measure" 11 \
    one "$program" sync --no-push --quiet -- \
    git git -C "$work/by-git" fetch --quiet -- \
    yadm env HOME="$work/by-yadm" yadm fetch --quiet >"$work/fetch"
cp "$work/eight.yaml" "$manifest"
"$program" sync --no-push --quiet
eight_by_git=()
for number in 1 2 3 4 5 6 7 8; do
    eight_by_git+=(-- "git$number" git -C "$HOME/r$number" -c "safe.directory=*" fetch --quiet)
done
"$work/measure" 7 eight "$program" sync --no-push --quiet "${eight_by_git[@]}" >"$work/eight"

median() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"; }
slowest=$(awk -F '\t' '$1 ~ /^git/ && $2 > most { most = $2 } END { print most }' "$work/eight")
times() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }
row 'clone over ssh: 5,000 files, 2,000 commits' 'at most 1.3x of git' \
    "$(times "$(median envkeep "$work/clone")" "$(median git "$work/clone")")x" \
    "$(median envkeep "$work/clone") µs, git $(median git "$work/clone") µs, yadm $(median yadm "$work/clone") µs"
row 'no-change fetch of one repository over ssh' '' \
    "$(times "$(median one "$work/fetch")" "$(median git "$work/fetch")")x of git" \
    "$(median one "$work/fetch") µs, git $(median git "$work/fetch") µs, yadm $(median yadm "$work/fetch") µs"
row 'no-change fetch of eight repositories, against the slowest single git fetch' 'at most 1x' \
    "$(times "$(median eight "$work/eight")" "$slowest")x" \
    "$(median eight "$work/eight") µs, the slowest $slowest µs"
