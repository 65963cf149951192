#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the table of snapshots for docs/benchmarks.md: envkeep against tar, squashfs, restic, borg, rsync and
# against installing again, on the trees of make_trees.sh. It takes an hour and 40 GB, as root on Debian 12.
#
#   tests/bench/snapshots.sh [--rounds N] [--peers 'tar squashfs restic borg rsync'] [TREE...]
#
#   ENVKEEP_BENCH_DIR  where trees and scratch live (build/bench)
#   ENVKEEP_PROGRAM    the program (build/release/envkeep); ENVKEEP_IMAGES_DIR (build/images)
#
# Method: in each round every tool does the same once, in turn; before each, all is synced and the caches are
# dropped. What is read or written stands in a container over a Debian root (an overlay) for all of them alike;
# their stores are on the same disk, an ext4 of its own in a file; each round restores to a fresh one, since
# removing a hundred thousand files takes longer than writing them, and slows what is written next. A ratio is
# that of one round, the table has the median of the rounds.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/../.." && pwd)
bench=${ENVKEEP_BENCH_DIR:-$tree/build/bench}
export ENVKEEP_PROGRAM=${ENVKEEP_PROGRAM:-$tree/build/release/envkeep}
export ENVKEEP_IMAGES_DIR=${ENVKEEP_IMAGES_DIR:-$tree/build/images}
export ENVKEEP_SCRATCH_DIR=$bench/scratch
if [ -z "${SIMULATOR_IS_APART-}" ]; then
    for tool in cc:gcc restic:restic borg:borgbackup mksquashfs:squashfs-tools rsync:rsync zstd:zstd \
        fusermount3:fuse3 pkg-config:pkg-config npm:npm; do
        command -v "${tool%:*}" >/dev/null || missing="${missing-} ${tool#*:}"
    done
    [ -e /usr/include/fuse3/fuse.h ] || missing="${missing-} libfuse3-dev"
    # shellcheck disable=SC2086 # package names are words
    [ -z "${missing-}" ] || apt-get -q install -y --no-install-recommends $missing >/dev/null
fi
# shellcheck source=tests/simulator/session.sh
. "$here/../simulator/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$here/../simulator/first_session.sh"
# shellcheck source=tests/bench/snapshot_tools.sh
. "$here/snapshot_tools.sh"

rounds=5
peers='tar squashfs restic borg rsync'
while [ "${1-}" != "${1#--}" ]; do
    case $1 in
    --rounds) rounds=$2 ;;
    --peers) peers=$2 ;;
    *) echo "unknown option '$1'; see the head of $0" >&2 && exit 2 ;;
    esac
    shift 2
done
[ $# -gt 0 ] || set -- t1 t1s t2 t3

results=$bench/results
mkdir -p "$results" "$bench/bin"
"$here/make_trees.sh" "$bench" "$@"
cc -O2 -o "$bench/bin/clock" "$here/clock.c"
cc -O2 -o "$bench/bin/walk" "$here/walk.c"
read -ra fuse < <(pkg-config --cflags --libs fuse3)
cc -O2 -o "$bench/bin/slow_store" "$here/slow_store.c" "${fuse[@]}"

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }

# Where a tree stands in the container.
place_of() {
    case $1 in
    t2) echo opt/t2/node_modules ;;
    *) echo usr/local/lib/python3.11/dist-packages ;;
    esac
}

# What is timed happens in containers below this: on a disk that is new in each round.
new_round() {
    free_round
    mkdir -p "$scratch/round"
    mount_disk "$bench/round.img" "$scratch/round"
}

free_round() {
    local name
    for name in "$scratch"/round/*/; do
        [ ! -e "$name/unshare.pid" ] || end_container "../round/$(basename "$name")"
    done
    unmount_disk "$bench/round.img" "$scratch/round"
}

end_bench() {
    free_round
    [ ! -d "$scratch/containers/session" ] || end_container session
    umount -l "$store" 2>/dev/null || :
    unmount_disk "$bench/scratch.img" "$scratch"
}

# A session in which the tree was installed, and nothing else; remembers its store and state as they were before
# any snapshot.
begin_session() {
    local kind=$1 site
    site=$(place_of "$kind")
    mkdir -p "$scratch"
    mount_disk "$bench/scratch.img" "$scratch"
    begin_platform
    trap end_bench EXIT
    new_container zero
    install_envkeep zero >/dev/null 2>&1
    forget_container zero
    new_container session
    : >"$scratch/containers/session/upper/server.sh"
    start session /server.sh >/dev/null 2>&1
    wait_for 'the image is listed' compgen -G "$store/envkeep/images/*"
    end_background session
    say "installing $kind"
    case $kind in
    t2)
        around session mkdir -p "$(root_of session)/opt"
        around session cp -a "$bench/t2" "$(root_of session)/opt/t2"
        ;;
    t3)
        cp "$bench"/t3/*.whl "$store/"
        in_container session pip install --break-system-packages --no-index --quiet --no-compile \
            "/storage/$(basename "$bench"/t3/*.whl)"
        in_container session python3 -m compileall -q /usr/local/lib/python3.11/dist-packages >/dev/null || :
        rm "$store"/*.whl
        ;;
    *)
        around session mkdir -p "$(root_of session)/$site"
        around session cp -a "$bench/$kind/." "$(root_of session)/$site/"
        ;;
    esac
    rm -rf "$scratch/pristine"
    cp -a "$store" "$scratch/pristine"
    cp -a "$scratch/containers/session/upper/root/.envkeep-state" "$scratch/pristine-state"
}

forget_snapshots() {
    rm -rf "${store:?}/"*
    cp -a "$scratch/pristine/." "$store/"
    around session rm -rf "$(root_of session)/root/.envkeep-state"
    around session cp -a "$scratch/pristine-state" "$(root_of session)/root/.envkeep-state"
}

first_snapshots() {
    local kind=$1 round peer
    for ((round = 1; round <= rounds; ++round)); do
        forget_snapshots
        say "$kind: first snapshot, round $round"
        timed "$kind.first.envkeep" inside session /storage/envkeep/bin/envkeep snapshot
        for peer in $peers; do
            forget_"$peer"
            timed "$kind.first.$peer" around session bash -euc "$(first_"$peer" "$(root_of session)/$(place_of "$kind")")"
        done
    done
    note_size "$kind.size.envkeep" "$store"/envkeep/{packs,manifests,snapshots,refs}
    for peer in $peers; do
        note_size "$kind.size.$peer" "$(store_of_"$peer")"
    done
}

again() {
    local kind=$1 round peer
    for ((round = 1; round <= rounds; ++round)); do
        say "$kind: nothing changed, round $round"
        timed "$kind.same.envkeep" inside session /storage/envkeep/bin/envkeep snapshot
        for peer in $peers; do
            timed "$kind.same.$peer" around session bash -euc "$(again_"$peer" "$(root_of session)/$(place_of "$kind")")"
        done
    done
}

# One package of 500 files more, another in each round.
one_more() {
    local kind=$1 round peer site
    site=$(root_of session)/$(place_of "$kind")
    for ((round = 1; round <= rounds; ++round)); do
        around session python3 "$here/add_package.py" "$site" "added_$round" 500
        say "$kind: 500 files more, round $round"
        timed "$kind.more.envkeep" inside session /storage/envkeep/bin/envkeep snapshot
        for peer in $peers; do
            case $peer in tar | squashfs) continue ;; esac
            timed "$kind.more.$peer" around session bash -euc "$(again_"$peer" "$site")"
        done
    done
    for peer in tar squashfs; do
        [[ " $peers " != *" $peer "* ]] || around session bash -euc "$(again_"$peer" "$site")" >/dev/null
    done
}

restores() {
    local kind=$1 round peer name site id
    id=$(newest_id)
    for ((round = 1; round <= rounds; ++round)); do
        say "$kind: restore, round $round"
        new_round
        name=../round/envkeep
        new_container "$name"
        timed "$kind.restore.envkeep" inside "$name" /storage/envkeep/bin/envkeep restore --at "$id"
        for peer in $peers; do
            name=../round/$peer
            new_container "$name"
            site=$(root_of "$name")/$(place_of "$kind")
            around "$name" mkdir -p "$(dirname "$site")"
            timed "$kind.restore.$peer" around "$name" bash -euc "$(restore_"$peer" "$site" "$(basename "$site")")"
        done
        reinstall "$kind"
        if [ "$round" = 1 ]; then
            compare_content "$kind"
            nothing_to_do "$kind" "$id"
        fi
    done
    free_round
}

reinstall() {
    local name=../round/again site
    case $1 in
    t2)
        new_container "$name"
        site=$(root_of "$name")/opt/t2
        around "$name" mkdir -p "$site"
        around "$name" cp "$bench"/t2/package.json "$bench"/t2/package-lock.json "$site/"
        # What its lock names is in the cache; what it asks for besides that comes from the registry.
        timed t2.restore.reinstall around "$name" npm install --prefix "$site" --cache "$bench/cache/npm" \
            --prefer-offline --ignore-scripts --no-audit --no-fund --legacy-peer-deps
        ;;
    t3)
        new_container "$name"
        cp "$bench"/t3/*.whl "$store/"
        timed t3.restore.reinstall inside "$name" pip install --break-system-packages --no-index --quiet \
            "/storage/$(basename "$bench"/t3/*.whl)"
        rm "$store"/*.whl
        ;;
    esac
}

# What came back is what was there, for us and for each of the others: names, sizes, modes, times.
compare_content() {
    local kind=$1 name site wanted
    site=$(place_of "$kind")
    wanted=$(around session python3 "$here/list_tree.py" "$(root_of session)/$site")
    for name in envkeep $peers; do
        [ "$wanted" = "$(around "../round/$name" python3 "$here/list_tree.py" "$(root_of "../round/$name")/$site")" ] ||
            say "$kind: what $name brought back differs"
    done
}

nothing_to_do() {
    local kind=$1 id=$2 round site
    site=$(root_of ../round/envkeep)/$(place_of "$kind")
    around ../round/envkeep "$bench/bin/walk" "$site" >/dev/null
    inside ../round/envkeep /storage/envkeep/bin/envkeep restore --at "$id" >/dev/null 2>&1
    for ((round = 1; round <= rounds; ++round)); do
        timed_warm "$kind.nothing.envkeep" inside ../round/envkeep /storage/envkeep/bin/envkeep restore --at "$id"
        timed_warm "$kind.nothing.walk" around ../round/envkeep "$bench/bin/walk" "$site"
    done
}

# The store behind requests of one millisecond.
slow_restores() {
    local kind=$1 id round site
    id=$(newest_id)
    mv "$store" "$scratch/storage-behind"
    mkdir "$store"
    "$bench/bin/slow_store" 1000 "$scratch/storage-behind" "$store" 2>"$bench/slow.log" &
    local served=$!
    wait_for 'the slow store' mountpoint -q "$store"
    cp "$(store_of_tar)" "$scratch/storage-behind/tree.tar.zst"
    for ((round = 1; round <= rounds; ++round)); do
        say "$kind: restore at 1 ms a request, round $round"
        new_round
        new_container ../round/slow
        timed "$kind.slow.envkeep" inside ../round/slow /storage/envkeep/bin/envkeep restore --at "$id"
        new_container ../round/tar
        site=$(root_of ../round/tar)/$(place_of "$kind")
        around ../round/tar mkdir -p "$site"
        timed "$kind.slow.tar" around ../round/tar bash -euc \
            "zstd -qdc '$(root_of ../round/tar)/storage/tree.tar.zst' | tar -x -C '$site'"
    done
    free_round
    kill "$served"
    wait "$served" 2>/dev/null || :
    umount "$store" 2>/dev/null || :
    rmdir "$store"
    mv "$scratch/storage-behind" "$store"
}

for kind; do
    rm -f "$results/$kind."*
    cat /proc/loadavg >"$results/$kind.load"
    begin_session "$kind"
    first_snapshots "$kind"
    again "$kind"
    [ "$kind" = t2 ] || one_more "$kind"
    restores "$kind"
    [ "$kind" != t1 ] || slow_restores "$kind"
    cat /proc/loadavg >>"$results/$kind.load"
    end_bench
done
python3 "$here/snapshot_table.py" "$results" "$ENVKEEP_PROGRAM" "$@"
