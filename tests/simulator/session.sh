# SPDX-License-Identifier: MIT
# Sessions of a notebook platform, for tests: a container that forgets over a real Debian root, with a
# folder that survives at /storage. Sourced by the scripts beside it.
#
#   begin_platform           makes an empty store, and remembers what to take away at the end
#   new_container NAME       a fresh container: the image, and nothing of any session before
#   in_container NAME CMD... runs a command in it as a start or a terminal would
#   start NAME SCRIPT        the image's own start: its shell sources /storage/pre-run.sh, then runs the
#                            script (the "server") in that same shell
#   end_container NAME       its processes end at once, as at the end of a rented session
#   forget_container NAME    and its disk is gone
#
# A container is an overlay (so that what the image brought lies on a lower layer, where the kernel refuses
# to rename folders), its own mounts, and its own process ids with a first process that stays until
# end_container: that is what tells one container from the next.
set -euo pipefail
# What a test mounts ends with it, however it ends.
if [ -z "${SIMULATOR_IS_APART-}" ]; then
    SIMULATOR_IS_APART=1 exec unshare --mount --propagation private -- "$0" "$@"
fi
simulator=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=${ENVKEEP_SCRATCH_DIR:?the folder for one run}
image=${ENVKEEP_IMAGES_DIR:?see tests/images.sh}/${SIMULATED_IMAGE:-bookworm}
program=${ENVKEEP_PROGRAM:?the built program}
store=$scratch/storage
store_point=/storage  # where containers have it
# shellcheck source=tests/support/expect.sh
. "$simulator/../support/expect.sh"

begin_platform() {
    if [ ! -d "$image" ]; then
        printf 'the root image %s is missing: run tests/images.sh\n' "$image" >&2
        exit 1
    fi
    end_platform 2>/dev/null || :
    mkdir -p "$store" "$scratch/layer"
    # What the platform's image has beside Debian: its start script and a home that is not empty.
    cp -a "$simulator/image/." "$scratch/layer/"
    install -m 0755 "$program" "$scratch/envkeep"
    trap end_platform EXIT
}

end_platform() {
    local name
    for name in "$scratch"/containers/*; do
        [ -d "$name" ] || continue
        forget_container "$(basename "$name")"
    done
    rm -rf "$scratch"
}

new_container() {
    local here=$scratch/containers/$1
    mkdir -p "$here/upper" "$here/work" "$here/root"
    mount_container "$1"
}

# The disk of a container that is there already comes up again: a home left dirty by the last session.
same_disk_again() {
    mount_container "$1"
}

mount_container() {
    local here=$scratch/containers/$1
    rm -f "$here/up" "$here/hold"
    mkfifo "$here/up" "$here/hold"
    # All mounts are made in a mount name space of the container's own, and end with it. Its first process
    # waits for a line that never comes.
    unshare --mount --pid --fork --kill-child=KILL --propagation private -- /bin/sh -euc '
        here=$1 image=$2 layer=$3 store=$4 point=$5
        # Held from here on: where a mount fails, its end ends the wait for the line below.
        exec 8<>"$here/hold" 9>"$here/up"
        mount -t overlay overlay -o "lowerdir=$layer:$image,upperdir=$here/upper,workdir=$here/work" \
            "$here/root"
        mkdir -p "$here/root$point"
        mount --bind "$store" "$here/root$point"
        mount -t tmpfs -o mode=755 tmpfs "$here/root/dev"
        mknod -m 666 "$here/root/dev/null" c 1 3
        mknod -m 666 "$here/root/dev/urandom" c 1 9
        ln -s /proc/self/fd "$here/root/dev/fd"
        mount -t proc proc "$here/root/proc"
        exec chroot "$here/root" /bin/sh -c "echo up >&9; exec 9>&-; read -r line <&8"
    ' sh "$here" "$image" "$scratch/layer" "$store" "$store_point" </dev/null >"$here/log" 2>&1 &
    echo $! >"$here/unshare.pid"
    local line=''
    read -r line <"$here/up" || :
    if [ "$line" != up ]; then
        printf 'the container %s did not come up:\n' "$1" >&2
        cat "$here/log" >&2
        exit 1
    fi
    local parent
    parent=$(cat "$here/unshare.pid")
    tr -d ' ' <"/proc/$parent/task/$parent/children" >"$here/first.pid"
}

# What the platform sets; USER is as wrong as it is there.
container_environment=(
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    HOME=/root USER=fastai LANG=C.UTF-8 JUPYTER_TOKEN=0
    PAPERSPACE_NOTEBOOK_ID=n1 PAPERSPACE_CLUSTER_ID=c1 PAPERSPACE_FQDN=n1.example
)

in_container() {
    local here=$scratch/containers/$1
    shift
    nsenter --target "$(cat "$here/first.pid")" --mount --pid --root --wd \
        env -i "${container_environment[@]}" "$@" </dev/null
}

start() {
    in_container "$1" /bin/bash /run.sh "$2"
}

end_container() {
    local here=$scratch/containers/$1 parent first
    [ -f "$here/unshare.pid" ] || return 0
    parent=$(cat "$here/unshare.pid")
    first=$(cat "$here/first.pid" 2>/dev/null || :)
    kill -KILL "$parent" 2>/dev/null || :
    wait "$parent" 2>/dev/null || :
    # Its mounts go with its last process, which is this one.
    [ -z "$first" ] || wait_for "the container $1 ends" test ! -e "/proc/$first"
    rm -f "$here/unshare.pid" "$here/first.pid"
}

forget_container() {
    end_container "$1"
    rm -rf "$scratch/containers/$1"
}

# Every regular file below the folders given, as "digest path" lines: what a test may not lose. What a
# container remembers of itself, what says that a session is there, and the listing that the background makes of
# an image, are not the user's, and may go while this looks.
inventory() {
    find "$@" -xdev \( -name .envkeep-state -o -path "*/envkeep/images" -o -path "*/envkeep/leases" \
        -o -path "*/envkeep/starts" -o -path "*/envkeep/reports" \) -prune -o -type f -exec sha256sum {} + 2>/dev/null | sort -k 2
}

finish() {
    if [ "$failures" -gt 0 ]; then
        printf '%d failed\n' "$failures" >&2
        exit 1
    fi
    printf 'all held\n'
    [ $# -eq 0 ] || printf 'figure: %s\n' "$*"
}
