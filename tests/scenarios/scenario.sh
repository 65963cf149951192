# SPDX-License-Identifier: MIT
# A store and a home for one test of the built program: sourced by the scripts beside it. Each script runs in
# mount and process name spaces of its own, with an /etc of its own in which root's home is a scratch folder:
# nothing that it starts outlives it, and nothing of this machine is written.
#   begin                an empty $store and $home, taken away at the end
#   with_slow_store BEGIN...   the same, with a file system that a test can let hang
#   expect, expect_status, expect_equal, wait_for   see tests/support/expect.sh
#   finish [FIGURE]      fails if anything failed, else prints the figure for tests/figures.sh
set -euo pipefail
if [ -z "${ENVKEEP_SCENARIO_IS_APART-}" ]; then
    status=0
    ENVKEEP_SCENARIO_IS_APART=1 unshare --mount --pid --fork --kill-child=KILL --mount-proc \
        --propagation private -- "$0" "$@" || status=$?
    rm -rf "${ENVKEEP_SCRATCH_DIR:?the folder for one run}"
    exit "$status"
fi
program=${ENVKEEP_PROGRAM:?the built program}
scratch=${ENVKEEP_SCRATCH_DIR:?the folder for one run}
# shellcheck source=tests/support/expect.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/expect.sh"

# Nothing stands where this machine has most files, so that listing its image takes no longer than it would
# in a container. What the test itself needs stays: the program, and what shells, their locale, python3 and
# git are made of.
make_machine_small() {
    local folder file needed python
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
    python=$(command -v python3)
    : >"$scratch/hidden"
    for folder in /usr/share /usr/include /usr/src /usr/local/* /opt /usr/lib/* /root/* /root/.[!.]* /home/*; do
        case $folder in
        /usr/lib/*-linux-gnu | /usr/lib/locale | /usr/lib/python3* | /usr/lib/git-core) continue ;;
        /usr/local/bin | /usr/local/lib) continue ;;
        esac
        needed=
        for file in "$program" "$scratch" "$0" "$python"; do
            case $file in "$folder"/*) needed=yes ;; esac
        done
        if [ -z "$needed" ] && [ -d "$folder" ] && [ ! -L "$folder" ]; then
            echo "hidden ${folder// /\\040} tmpfs defaults 0 0" >>"$scratch/hidden"
        fi
    done
    mount --all --fstab "$scratch/hidden"
    rm "$scratch/hidden"
}

begin() {
    rm -rf "$scratch"
    store=$scratch/storage
    home=$scratch/home
    mkdir -p "$store" "$home" "$scratch/etc" "$scratch/home-of-root"
    cp -a /etc/. "$scratch/etc/"
    sed -i "s|^root:.*|root:x:0:0:root:$scratch/home-of-root:/bin/sh|" "$scratch/etc/passwd"
    mount --bind "$scratch/etc" /etc
    make_machine_small
    unset ENVKEEP_OFF ENVKEEP_STORE
    export HOME=$home ENVKEEP_STORE=$store
    envkeep=$store/envkeep/bin/envkeep
}

# with_slow_store BEGIN...: builds tests/bench/slow_store.c, a file system that a test can let hang, before BEGIN
# hides the compiler and empties the folder; it is $scratch/slow_store then. Without FUSE the test is skipped.
with_slow_store() {
    local flags
    if [ ! -c /dev/fuse ] || ! (exec 3<>/dev/fuse) 2>/dev/null; then
        echo 'skipped: this machine has no /dev/fuse that can be opened'
        exit 77
    fi
    mkdir -p "$scratch"
    read -r -a flags < <(pkg-config --cflags --libs fuse3)
    cc -O2 -o "$scratch/slow_store" "$(dirname "$0")/../bench/slow_store.c" "${flags[@]}"
    exec 4<"$scratch/slow_store"
    "$@"
    cat <&4 >"$scratch/slow_store"
    exec 4<&-
    chmod +x "$scratch/slow_store"
}

# The pid of this home's background process, as its state tells it.
background_pid() {
    sed -n 's/.*"background":{"pid":\([0-9]*\).*/\1/p' "$1/.envkeep-state/session.json" 2>/dev/null
}

# The background process has its lease: what it writes at its beginning is written. The state of a session
# that ended names a lease that is gone.
has_background() {
    local lease
    lease=$(sed -n 's/.*"session":"\([0-9a-f]*\)".*/\1/p' "$1/.envkeep-state/session.json" 2>/dev/null)
    [ -n "$lease" ] && [ -e "$store/envkeep/leases/$lease.json" ]
}

end_background() {
    local pid
    pid=$(background_pid "$1" || :)
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 0
    kill -TERM "$pid"
    # Its start is its own session: only its end can be waited for.
    wait_for 'the background process ends' sh -c "! kill -0 $pid"
}

finish() {
    if [ "$failures" -gt 0 ]; then
        printf '%d failed\n' "$failures" >&2
        exit 1
    fi
    printf 'all held\n'
    [ $# -eq 0 ] || printf 'figure: %s\n' "$*"
}
