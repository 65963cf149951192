#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The git rows of docs/benchmarks.md: clone and no-change fetch over ssh on loopback, of a repository of
# 5,000 files and 2,000 commits, beside git and yadm; all in one run, in turns. Then a restore that finds
# all links of 200 dotfiles in place. A goal that is missed says so in its row.
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
for tool in yadm strace; do
    command -v "$tool" >/dev/null || apt-get -q install -y --no-install-recommends "$tool" >/dev/null
done
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
"$work/measure" 5 envkeep sh "$work/clone-envkeep" -- git sh "$work/clone-git" >"$work/clone"
# Once, after once that is not counted: it starts git for each file.
"$work/measure" 1 yadm sh "$work/clone-yadm" >>"$work/clone"
yadm_git() { git --git-dir="$work/by-yadm/.local/share/yadm/repo.git" --work-tree="$work/by-yadm" "$@"; }
head=$(git -C "$work/by-git" rev-parse HEAD)
if [ "$(git -C "$HOME/r1" rev-parse HEAD)" != "$head" ] || [ "$(yadm_git rev-parse HEAD)" != "$head" ] ||
    [ -n "$(git -C "$HOME/r1" status --porcelain)$(yadm_git status --porcelain -uno)" ]; then
    echo 'the clones are not the same, or not complete' >&2
    exit 1
fi
"$work/measure" 11 \
    one "$program" sync --no-push --quiet -- \
    git git -C "$work/by-git" fetch --quiet -- \
    yadm env HOME="$work/by-yadm" yadm fetch --quiet >"$work/fetch"
calls_of() { # STRACE COMMAND: strace with words of its own
    local strace=$1
    shift
    $strace -c -o "$work/calls" "$@" >/dev/null 2>&1 || :
    awk '$NF == "total" { print $4 }' "$work/calls"
}
calls() { calls_of 'strace -f' "$@"; }
calls_one=$(calls "$program" sync --no-push --quiet)
calls_git=$(calls git -C "$work/by-git" fetch --quiet)

cp "$work/eight.yaml" "$manifest"
"$program" sync --no-push --quiet >/dev/null
# ssh chooses a key exchange that costs more than ours: hence one git that is told to take the same.
eight_by_git=(-- same env GIT_SSH_COMMAND="$ssh_command -o KexAlgorithms=curve25519-sha256" git -C "$HOME/r1" fetch --quiet
    -- together sh "$work/together")
for number in 1 2 3 4 5 6 7 8; do
    echo "git -C '$HOME/r$number' fetch --quiet &" >>"$work/together"
    eight_by_git+=(-- "git$number" git -C "$HOME/r$number" fetch --quiet)
done
echo wait >>"$work/together"
"$work/measure" 11 eight "$program" sync --no-push --quiet "${eight_by_git[@]}" >"$work/eight"

# What the server computes, which is on the same cores here: sshd counts its children that ended.
served() { # COMMAND: microseconds for one run of it
    local ticks begin
    ticks=$(getconf CLK_TCK)
    begin=$(awk '{ print $16 + $17 }' "/proc/$git_server_pid/stat")
    for _ in 1 2 3 4 5; do "$@" >/dev/null; done
    awk -v begin="$begin" -v ticks="$ticks" '{ printf "%d", ($16 + $17 - begin) * 1e6 / ticks / 5 }' "/proc/$git_server_pid/stat"
}
served_eight=$(served "$program" sync --no-push --quiet)
served_git=$(served git -C "$HOME/r1" fetch --quiet)

# Dotfiles as they are after the first start: a restore only looks at their links.
links=200
new_repository dotfiles.git
mkdir "$work/dotfiles"
for number in $(seq "$links"); do echo "$number" >"$work/dotfiles/.file$number"; done
git -C "$work/dotfiles" init --quiet
git -C "$work/dotfiles" add .
git -C "$work/dotfiles" commit --quiet -m all
git -C "$work/dotfiles" push --quiet "$git_folder/dotfiles.git" HEAD:main
printf 'envkeep: 1\ndotfiles: {url: "ssh://root@%s%s/dotfiles.git"}\n' "$git_server" "$git_folder" >"$manifest"
"$program" sync --no-push --quiet >/dev/null
[ "$(find "$HOME" -maxdepth 1 -name '.file*' -type l | wc -l)" = "$links" ] || {
    echo 'the dotfiles are not linked' >&2
    exit 1
}
"$work/measure" 30 links "$program" restore --no-network --quiet >"$work/links"
calls_links=$(calls_of strace "$program" restore --no-network --quiet)
calls_copy=$(($(calls "$program" restore --no-network --quiet) - calls_links))

for figures in clone fetch eight links; do
    if grep status "$work/$figures" >&2; then
        echo "a command of '$figures' failed" >&2
        exit 1
    fi
done
median() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"; }
processor() { awk -F '\t' -v name="$1" '$1 == name { print $5 }' "$2"; }
slowest=$(awk -F '\t' '$1 ~ /^git/ && $2 > most { most = $2 } END { print most }' "$work/eight")
# within FIGURE LIMIT SHOWN: as shown, and whether that is missed.
within() { awk -v a="$1" -v b="$2" -v shown="$3" 'BEGIN { print a + 0 <= b + 0 ? shown : "**" shown ", missed**" }'; }
times() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }
clone=$(times "$(median envkeep "$work/clone")" "$(median git "$work/clone")")
eight=$(times "$(median eight "$work/eight")" "$slowest")
row 'clone over ssh: 5,000 files, 2,000 commits' 'at most 1.3x of git' "$(within "$clone" 1.3 "${clone}x")" \
    "$(median envkeep "$work/clone") µs, git $(median git "$work/clone") µs, yadm $(median yadm "$work/clone") µs"
row 'no-change fetch of one repository over ssh' '-' \
    "$(times "$(median one "$work/fetch")" "$(median git "$work/fetch")")x of git" \
    "$(median one "$work/fetch") µs, git $(median git "$work/fetch") µs, yadm $(median yadm "$work/fetch") µs"
row 'the same: system calls, all processes' '-' "$calls_one" "git $calls_git"
row 'no-change fetch of eight repositories, against the slowest single git fetch' 'at most 1x' \
    "$(within "$eight" 1 "${eight}x")" \
    "$(median eight "$work/eight") µs, the slowest $slowest µs, one with the same key exchange $(median same "$work/eight") µs"
row 'the same: processor time of the client, and of the server' '-' \
    "$(processor eight "$work/eight") and $served_eight µs" \
    "one git fetch $(processor git1 "$work/eight") and $served_git µs; eight at once $(processor together "$work/eight") µs, not counting the server"
row 'the same: against eight `git fetch` at once' '-' \
    "$(times "$(median eight "$work/eight")" "$(median together "$work/eight")")x" "$(median together "$work/eight") µs"
row "\`restore\`, $links dotfiles linked, nothing to do, no network: system calls of the process that links" 'at most 150 + 2 a link' \
    "$(within "$calls_links" $((150 + 2 * links)) "$calls_links")" \
    "$calls_copy more of the one that looks at the working copy; $(median links "$work/links") µs"
