# SPDX-License-Identifier: MIT
# Stores that are slow, that hang, or that are full: sourced after session.sh, called after begin_platform and
# before the first container.
#
#   store_behind_fuse MICROSECONDS [HOLD]   each request to the store takes so long, and those that the file
#                                    HOLD names hang as long as it is there (see slow_store.c); $fuse_server is the
#                                    process that answers. Ends the test as skipped, and says why, where there is no FUSE
#   store_of SIZE                    a file system of that size (as mount -t tmpfs has it) is the store

# needs_fuse: to be called first of all.
needs_fuse() {
    if [ ! -c /dev/fuse ] || ! (exec 3<>/dev/fuse) 2>/dev/null; then
        echo 'skipped: this machine has no /dev/fuse that can be opened, so there is no slow store'
        exit 77
    fi
}

store_behind_fuse() {
    local flags
    read -r -a flags < <(pkg-config --cflags --libs fuse3)
    cc -O2 -o "$scratch/slow_store" "$simulator/../bench/slow_store.c" "${flags[@]}"
    mkdir -p "$scratch/behind"
    "$scratch/slow_store" "$1" "$scratch/behind" "$store" ${2+"$2"} 2>"$scratch/slow_store.log" &
    fuse_server=$!
    disown "$fuse_server"  # nobody need be told how it ends
    trap end_special_store EXIT
    wait_for 'the slow store is mounted' mountpoint -q "$store" || {
        cat "$scratch/slow_store.log" >&2
        exit 1
    }
}

store_of() {
    mount -t tmpfs -o "size=$1,mode=755" tmpfs "$store"
    trap end_special_store EXIT
}

end_special_store() {
    # Whoever waits for an answer gets an error instead, and can end.
    [ -z "${fuse_server-}" ] || kill -KILL "$fuse_server" 2>/dev/null || :
    umount -l "$store" 2>/dev/null || :
    end_platform
}
