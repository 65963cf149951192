# SPDX-License-Identifier: MIT
# What tests/bench/snapshots.sh measures, tool by tool. Each function prints the command that is timed:
#
#   first_TOOL PLACE          the first snapshot of a place       forget_TOOL  makes it the first again
#   again_TOOL PLACE          one more of it                      store_of_TOOL  where it is kept
#   restore_TOOL PLACE NAME   brings NAME back at PLACE
#
# PLACE is absolute, in the mounts of a container.

export RESTIC_PASSWORD=x RESTIC_REPOSITORY=$bench/scratch/restic RESTIC_CACHE_DIR=$bench/scratch/restic-cache
export BORG_BASE_DIR=$bench/scratch/borg-base BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes \
    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes

root_of() { echo "$scratch/containers/$1/root"; }

# In the container, as its terminals are; and in its mounts alone, with this machine's programs.
inside() { in_container "$@"; }

around() {
    local name=$1
    shift
    nsenter --target "$(cat "$scratch/containers/$name/first.pid")" --mount "$@" </dev/null
}

newest_id() { basename "$(ls -t "$store"/envkeep/snapshots/* | head -n 1)" | sed 's/\..*//'; }

# mount_disk FILE FOLDER: an empty ext4 of 40 GB, of which only what is written takes place.
mount_disk() {
    rm -f "$1"
    truncate -s 40G "$1"
    mkfs.ext4 -q -F -N 4000000 -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 "$1"
    mount -o noinit_itable "$(losetup --direct-io=on --find --show "$1")" "$2"
}

# Does nothing where there is none. The loop device goes with the last that uses it.
unmount_disk() {
    mountpoint -q "$2" || return 0
    local device
    device=$(findmnt -no SOURCE "$2")
    umount -l "$2"
    losetup -d "$device"
    rm -f "$1"
}

settle() {
    sync
    echo 3 >/proc/sys/vm/drop_caches
}

# timed RESULT (inside|around) CONTAINER COMMAND...: cold; what it says goes to a log.
timed() {
    settle
    timed_warm "$@"
}

timed_warm() {
    local result=$1 where=$2 name=$3 target
    shift 3
    target=$scratch/containers/$name
    local -a words=(nsenter --target "$(cat "$target/first.pid")" --mount)
    [ "$where" = around ] || words+=(--pid --root --wd env -i "${container_environment[@]}")
    "$bench/bin/clock" "$results/$result" "${words[@]}" "$@" </dev/null >"$bench/last.log" 2>&1 || {
        say "$result failed: $(tail -n 3 "$bench/last.log")"
    }
    cat "$bench/last.log" >>"$bench/all.log"
}

note_size() {
    local result=$1
    shift
    { du -sbc "$@" 2>/dev/null || :; } | awk 'END { print $1 "\t0\t0" }' >"$results/$result"
}

store_of_tar() { echo "$scratch/tree.tar.zst"; }
forget_tar() { rm -f "$(store_of_tar)"; }
first_tar() { echo "set -o pipefail; tar -C '$1' -cf - . | zstd -q -3 -T0 -f -o '$(store_of_tar)'"; }
again_tar() { first_tar "$1"; }
restore_tar() { echo "set -o pipefail; mkdir -p '$1'; zstd -qdc '$(store_of_tar)' | tar -x -C '$1'"; }

store_of_squashfs() { echo "$scratch/tree.squashfs"; }
forget_squashfs() { rm -f "$(store_of_squashfs)"; }
first_squashfs() {
    echo "rm -f '$(store_of_squashfs)'; mksquashfs '$1' '$(store_of_squashfs)' -comp zstd -Xcompression-level 3 \
        -noappend -quiet -no-progress"
}
again_squashfs() { first_squashfs "$1"; }
restore_squashfs() { echo "unsquashfs -q -n -f -d '$1' '$(store_of_squashfs)'"; }

store_of_restic() { echo "$RESTIC_REPOSITORY"; }
forget_restic() {
    rm -rf "$RESTIC_REPOSITORY" "$RESTIC_CACHE_DIR"
    restic -q init
}
first_restic() { echo "cd '$1/..'; restic -q backup '$(basename "$1")'"; }
again_restic() { first_restic "$1"; }
restore_restic() { echo "restic -q restore latest --target '$(dirname "$1")'"; }

store_of_borg() { echo "$scratch/borg"; }
forget_borg() {
    rm -rf "$(store_of_borg)" "$BORG_BASE_DIR"
    borg init -e none "$(store_of_borg)"
    borg_number=0
}
first_borg() { echo "cd '$1/..'; borg create -C zstd,3 '$(store_of_borg)::{now:%s%f}' '$(basename "$1")'"; }
again_borg() { first_borg "$1"; }
restore_borg() {
    echo "cd '$(dirname "$1")'; borg extract '$(store_of_borg)::$(borg list --short --last 1 "$(store_of_borg)")'"
}

store_of_rsync() { echo "$scratch/rsync"; }
forget_rsync() { rm -rf "$(store_of_rsync)"; }
first_rsync() { echo "rsync -a '$1/' '$(store_of_rsync)/'"; }
again_rsync() { first_rsync "$1"; }
restore_rsync() { echo "rsync -a '$(store_of_rsync)/' '$1/'"; }
