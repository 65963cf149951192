# SPDX-License-Identifier: MIT
# A scenario of git: begun, with an envkeep in its store. Sourced in place of scenario.sh.
#   new_remote              a bare repository $remote with .vimrc
#   new_large_remote        the same, and something that takes a while to come
#   commit PATH CONTENT     one more commit there
#   manifest YAML
#   start NAME              a session of its own: $home anew, the hook sourced, its words in $scratch/text
#   start_whole NAME        the same, with git through
#   hold_remote [BYTES]     $held, the URL of a server that holds back what comes after so many bytes
#   let_remote_go
. "$(dirname "$0")/scenario.sh"
. "$(dirname "$0")/../support/git_server.sh"
begin
"$program" init >/dev/null 2>&1
remote=$scratch/remote.git

new_remote() {
    git "${git_identity[@]}" init --quiet --bare "$remote"
    git "${git_identity[@]}" clone --quiet "$remote" "$scratch/work" 2>/dev/null
    commit .vimrc 'set number'
}

commit() {
    mkdir -p "$(dirname "$scratch/work/$1")"
    printf '%s\n' "$2" >"$scratch/work/$1"
    git "${git_identity[@]}" -C "$scratch/work" add --all
    git "${git_identity[@]}" -C "$scratch/work" commit --quiet -m "$1"
    git "${git_identity[@]}" -C "$scratch/work" push --quiet origin HEAD:main
}

new_large_remote() {
    new_remote
    head -c 200000 /dev/urandom >"$scratch/work/data"
    commit .inputrc 'set bell-style none'
}

manifest() { printf 'envkeep: 1\n%s\n' "$1" >"$store/envkeep/manifest.yaml"; }

begin_home() {
    home=$scratch/home-$1
    rm -rf "$home"
    mkdir "$home"
    export HOME=$home
}

start() {
    end_background "$home"
    begin_home "$1"
    rm -f "$store"/envkeep/reports/start-*.json
    expect_equal "start $1: the hook returns with status 0" 'status 0' \
        "$(bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/text" </dev/null)"
    wait_for 'the worker is the background process' has_background "$home"
}

# The same, until git was through within its share: a machine under load may take longer.
start_whole() {
    start "$1"
    while reported git-under-way >/dev/null; do
        wait_for 'it is through later' compgen -G "$home/.envkeep-state/git/*.json"
        start "$1"
    done
}

hold_remote() {
    rm -rf "$scratch/held"
    mkdir "$scratch/held"
    [ -z "${1-}" ] || echo "$1" >"$scratch/held/bytes"
    python3 "$(dirname "$0")/../support/held_git.py" "$scratch/held" "$remote" </dev/null >/dev/null 2>&1 &
    wait_for 'the server listens' test -e "$scratch/held/port"
    held=git://127.0.0.1:$(cat "$scratch/held/port")/remote.git
}

let_remote_go() { : >"$scratch/held/go"; }

# How often the server was asked for the repository, once it was.
asked() {
    wait_for 'the server is asked' test -s "$scratch/held/asked"
    grep -c . "$scratch/held/asked"
}

# The findings of the last start with that id: the file of its report if there is one.
reported() { grep -lF "\"$1\"" "$store"/envkeep/reports/start-*.json; }

copy_is_there() { [ -e "$store/envkeep/repos/dotfiles" ]; }

# Hidden folders that a clone is made in.
workshops() { find "$store/envkeep/repos" -mindepth 1 -maxdepth 1 -name '.*' 2>/dev/null; }
is_cloning() { compgen -G "$store/envkeep/repos/.*/copy/.git/objects/pack/*"; }
