#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run_in_image_test.sh <image>: the program, alone in an empty root or in the root image named,
# starts, says which libraries it carries, and has its git and ssh libraries prove themselves.
set -euo pipefail
image=$1
root=$ENVKEEP_SCRATCH_DIR

case $image in
empty) ;;
*)
    if [ -e "$ENVKEEP_IMAGES_DIR/$image.missing" ]; then
        echo "the image '$image' could not be had: $(cat "$ENVKEEP_IMAGES_DIR/$image.missing")"
        exit 77
    fi
    [ -d "$ENVKEEP_IMAGES_DIR/$image" ] || {
        echo "there is no image '$image': run tests/images.sh" >&2
        exit 1
    }
    ;;
esac

# Runs the program in a mount name space of its own, so that nothing stays mounted or copied.
in_root() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount bash -euc '
        root=$1 image=$2 program=$3
        shift 3
        mkdir -p "$root"
        if [ -n "$image" ]; then
            mount --bind -o ro "$image" "$root"
            mount -t tmpfs tmpfs "$root/tmp"
        else
            mount -t tmpfs tmpfs "$root"
            mkdir "$root/tmp"
        fi
        cp "$program" "$root/tmp/envkeep"
        exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /tmp/envkeep "$@"
    ' in_root "$root" "$source" "$ENVKEEP_PROGRAM" "$@"
}

source=
[ "$image" = empty ] || source=$ENVKEEP_IMAGES_DIR/$image
output=$(in_root version --verbose)
printf '%s\n' "$output"
for library in '^self-test  *passed' 'libgit2  *1\.[89]\.' 'libssh2  *1\.1[1-9]\.' 'Boost\.Filesystem' 'yaml-cpp'; do
    grep -qi "$library" <<<"$output" || {
        echo "'version --verbose' does not say $library" >&2
        exit 1
    }
done
in_root --help >/dev/null
rmdir "$root" 2>/dev/null || true
