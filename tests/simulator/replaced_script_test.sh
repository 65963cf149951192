#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The hand-made start script and envkeep, on the same homes: how many files each loses, and what each leaves
# behind when the store is away. envkeep must lose none.
. "$(dirname "$0")/session.sh"
begin_platform
manifest=$(dirname "$0")/../../examples/fastai-paperspace-setup.yaml

# A home as a first session finds it: what the image shipped, a private key, a token, a history.
make_home() {
    mkdir -p "$1"/{.local/share/app,.config/git,.ssh,.jupyter,.ipython/profile_default,.kaggle}
    echo shipped >"$1/.local/share/app/data"
    echo ignore >"$1/.config/git/ignore"
    printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n' "$1" >"$1/.ssh/id_ed25519"
    echo setting >"$1/.jupyter/settings.json"
    echo '{"username": "me"}' >"$1/.kaggle/kaggle.json"
    echo 'c = 1' >"$1/.ipython/profile_default/config.py"
    echo '[user]' >"$1/.gitconfig"
    echo 'https://me:token@example.org' >"$1/.git-credentials"
    echo 'ls -la' >"$1/.bash_history"
    chmod 644 "$1/.ssh/id_ed25519"
}

contents() { find "$@" -type f -size +0 -exec sha256sum {} + 2>/dev/null | cut -d ' ' -f 1 | sort -u; }

# lost_by NAME HOME STORE COMMAND...: how many contents of the home are nowhere afterwards.
lost_by() {
    local home=$1 kept=$2 before
    shift 2
    before=$(contents "$home")
    "$@" >>"$scratch/run.log" 2>&1 || :
    comm -23 <(echo "$before") <(contents "$home" "$kept") | grep -c . || :
}

run_script() { HOME=$1 STORE_FOLDER=$2/cfg bash "$simulator/script_it_replaces.sh"; }


# The example names /storage; the same list for a store elsewhere.
prepare_envkeep() {
    mkdir -p "$2"
    HOME=$1 "$program" init --store "$2" --home "$1"
    sed "s|/storage|$2|g" "$manifest" >"$2/envkeep/manifest.yaml"
}

run_installed() { HOME=$1 "$program" restore --store "$2" --home "$1"; }

both() {
    local what=$1 script=$2 envkeep=$3
    printf '%-52s script lost %s, envkeep lost %s\n' "$what" "$script" "$envkeep"
    expect_equal "$what: envkeep loses nothing" 0 "$envkeep"
    [ "$script" -gt 0 ] || fail "$what: the script was expected to lose something"
}

make_home "$scratch/a" && make_home "$scratch/b"
prepare_envkeep "$scratch/b" "$scratch/store-b" >"$scratch/init.log" 2>&1
both 'a first session on a home that is not empty' \
    "$(lost_by "$scratch/a" "$scratch/store-a" run_script "$scratch/a" "$scratch/store-a")" \
    "$(lost_by "$scratch/b" "$scratch/store-b" run_installed "$scratch/b" "$scratch/store-b")"
expect_equal 'the private key is 0600 behind envkeep' 600 \
    "$(stat -L -c %a "$scratch/b/.ssh/id_ed25519")"
expect_equal 'and 0600 is the token file' 600 "$(stat -L -c %a "$scratch/b/.git-credentials")"

# The store's file system is read-only, as after a quota or a broken server.
make_home "$scratch/c" && make_home "$scratch/d"
mkdir -p "$scratch/store-c" "$scratch/store-d"
prepare_envkeep "$scratch/d" "$scratch/store-d" >>"$scratch/init.log" 2>&1
for read_only in "$scratch/store-c" "$scratch/store-d"; do
    mount --bind "$read_only" "$read_only"
    mount -o remount,ro,bind "$read_only"
done
script=$(lost_by "$scratch/c" "$scratch/store-c" run_script "$scratch/c" "$scratch/store-c")
envkeep=$(lost_by "$scratch/d" "$scratch/store-d" run_installed "$scratch/d" "$scratch/store-d")
umount "$scratch/store-c" "$scratch/store-d"
both 'the store cannot be written' "$script" "$envkeep"

# The store is not mounted: the mount point is an empty folder.
make_home "$scratch/e" && make_home "$scratch/f"
mkdir -p "$scratch/store-e" "$scratch/store-f"
both 'the store is not mounted' \
    "$(lost_by "$scratch/e" "$scratch/store-e" run_script "$scratch/e" "$scratch/store-e")" \
    "$(lost_by "$scratch/f" "$scratch/store-f" run_installed "$scratch/f" "$scratch/store-f")"
expect_equal 'envkeep made nothing in the empty mount point' '' "$(ls -A "$scratch/store-f")"
finish
