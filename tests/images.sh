#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the root images that the tests run the program in, with Debian's package client, from the
# machine's own mirror:
#
#   bookworm   Debian 12, with Python and pip: what the session simulator starts from
#   trixie     Debian 13
#   bullseye   Debian 11, glibc 2.31
#   musl       no glibc at all: Debian's musl package and a static busybox
#   packages   no root: Debian packages of bookworm as an archive that apt reads without a network
#   node       no root, but what comes over two of them: Node.js 18 and npm over bookworm, and over
#              trixie Node.js 20 and Python
#
#   tests/images.sh [name...]   makes what is missing of these, or of all
#   tests/images.sh --list      says which are there, and why one is not
#
# They are kept in ENVKEEP_IMAGES_DIR (build/images). An image that cannot be had is said aloud, and
# the reason kept beside the others; its tests then show as skipped, with that reason.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cmake/debian.sh
. "$here/../cmake/debian.sh"

all="bookworm trixie bullseye musl packages node"
images=${ENVKEEP_IMAGES_DIR:-$here/../build/images}
mkdir -p "$images"
images=$(cd "$images" && pwd)

# debian_root <release> <folder>
debian_root() {
    local more=()
    [ "$1" != bookworm ] || more=(--include=python3,python3-pip)
    write_sources "$work" "$1" deb main
    mmdebstrap --quiet --mode=root --variant=minbase "${more[@]}" --dpkgopt=force-unsafe-io \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$1" "$2" "$work/sources/$1.sources"
    rm -rf "$2"/var/lib/apt/lists/* "$2"/var/cache/apt/*
}

# musl_root <folder>
musl_root() {
    local root=$1 name
    mkdir -p "$root"/{bin,dev,etc,proc,root,sys,tmp,usr/bin}
    (cd "$work" && apt-get -q -o APT::Sandbox::User=root download musl busybox-static </dev/null)
    for name in "$work"/*.deb; do
        dpkg-deb -x "$name" "$work/unpacked"
    done
    mkdir -p "$root/lib"
    cp -a "$work"/unpacked/lib/. "$root/lib/"
    cp "$work/unpacked/bin/busybox" "$root/bin/busybox"
    chroot "$root" /bin/busybox --install -s /bin
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
}

# debian_packages <folder>
debian_packages() {
    write_sources "$work" bookworm deb main
    apt_with "$work" apt-get update
    mkdir -p "$1"
    (cd "$1" && apt_with "$work" apt-get download jq libjq1 libonig5 nano less \
        -t bookworm)
    (cd "$1" && dpkg-scanpackages --multiversion . >Packages)
}

# add_packages <folder> <release> <package>...: installs them over that release's image, which stays
# as it is; what came is left in the folder's RELEASE: an upper side for an overlay.
add_packages() (
    state=$work/$2
    upper=$1/$2
    root=$state/root
    mkdir -p "$upper" "$root" "$1/.work"
    write_sources "$state" "$2" deb main
    apt_with "$state" apt-get update
    mount -t overlay overlay -o "lowerdir=$images/$2,upperdir=$upper,workdir=$1/.work" "$root"
    trap 'umount "$root"' EXIT
    shift 2
    DEBIAN_FRONTEND=noninteractive apt_with "$state" apt-get install -y --no-install-recommends \
        -o Dir::State::status="$root/var/lib/dpkg/status" \
        -o Dir::State::extended_states="$root/var/lib/apt/extended_states" \
        -o DPkg::Options::=--root="$root" -o DPkg::Options::=--force-unsafe-io \
        -o DPkg::Options::=--path-exclude='/usr/share/man/*' \
        -o DPkg::Options::=--path-exclude='/usr/share/doc/*' "$@"
)

# node_over_others <folder>
node_over_others() {
    add_packages "$1" bookworm npm
    add_packages "$1" trixie nodejs python3
    rm -rf "$1/.work"
}

make_image() {
    local name=$1 new=$images/.new-$1 status
    rm -rf "$new" "$images/$name.missing"
    work=$(mktemp -d)
    say "making the image '$name'"
    # Not as a condition, in which `set -e` would not hold.
    set +e
    (
        set -e
        case $name in
        packages) debian_packages "$new" ;;
        musl) musl_root "$new" ;;
        node) node_over_others "$new" ;;
        *) debian_root "$name" "$new" ;;
        esac
        case $name in packages | node) ;; *) chroot "$new" /bin/sh -c true ;; esac
    ) >"$work/log" 2>&1 </dev/null
    status=$?
    set -e
    if [ "$status" = 0 ]; then
        mv "$new" "$images/$name"
    else
        grep -E '^(E:|error|W:|.*[Ee]rror)' "$work/log" | tail -n 3 >"$images/$name.missing" || true
        [ -s "$images/$name.missing" ] || tail -n 3 "$work/log" >"$images/$name.missing"
        say "the image '$name' could not be had: $(cat "$images/$name.missing")"
        rm -rf "$new"
    fi
    rm -rf "$work"
}

list_images() {
    local name
    for name in $all; do
        if [ "$name" = packages ] && [ -d "$images/$name" ]; then
            printf '%s: %s of Debian 12\n' "$name" "$(ls "$images/$name" | grep -c '\.deb$')"
        elif [ "$name" = node ] && [ -d "$images/$name" ]; then
            printf '%s: Node.js over %s\n' "$name" "$(ls "$images/$name" | xargs | sed 's/ / and /')"
        elif [ -d "$images/$name" ]; then
            # shellcheck source=/dev/null
            printf '%s: %s\n' "$name" "$(. "$images/$name/etc/os-release" 2>/dev/null &&
                printf '%s' "$PRETTY_NAME" || printf 'musl and busybox')"
        elif [ -e "$images/$name.missing" ]; then
            printf '%s: could not be had: %s\n' "$name" "$(tr '\n' ' ' <"$images/$name.missing")"
        else
            printf '%s: not made yet, run tests/images.sh\n' "$name"
        fi
    done
}

[ "${1-}" != --list ] || {
    list_images
    exit
}
wanted=()
for name in ${*:-$all}; do
    case " $all " in *" $name "*) ;; *) die "there is no image '$name', only $all" ;; esac
    [ -d "$images/$name" ] || wanted+=("$name")
done
if [ ${#wanted[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || die "images are made as root"
    install_packages mmdebstrap debian-archive-keyring dpkg-dev
    exec 9>"$images/.lock"
    flock 9
    for name in "${wanted[@]}"; do
        [ -d "$images/$name" ] || make_image "$name"
    done
fi
list_images
