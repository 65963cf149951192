#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that envkeep is built from and tested with, and builds the libraries
# that this release has too old, or not at all, from the source packages of a newer one, and those
# that it has too large.
#
#   cmake/dependencies.sh                all of it; does nothing where nothing is missing
#   cmake/dependencies.sh --build        only the libraries, no package is installed
#   cmake/dependencies.sh --with lint    the packages of that group too, see cmake/packages.txt
#   cmake/dependencies.sh --where        prints the folder of the libraries (ENVKEEP_DEPS_DIR/<key>)
#
# ENVKEEP_DEPS_DIR (build/deps by default) may be shared by several clones.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cmake/debian.sh
. "$here/debian.sh"

release=trixie
flags="-O2 -g0 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong -fcf-protection"
# For what waits for a network, or has its hot parts in assembly.
small_flags="-Os ${flags#-O2 }"

# Source package, upstream version, digest of its .orig archive. The Debian revision is whatever
# apt authenticated: its patches are applied, and its name is kept for 'version --verbose'.
sources="
libssh2      1.11.1    d9ec76cbe34db98eec3539fe2c899d26b0c837cb3eb466a56b0f109cabf658f7
libgit2      1.9.0+ds  08f1f9137c4804ac4be4748f7141f8a6a9b7a12c942ac2fd4db5a28f8b65caa2
libzstd      1.5.7+dfsg  0c092ef267edce57ba7f3f2645c861f72eaf5e76273c6c3632869423464b90a5
rust-blake3  1.8.1     389a099b34312839e16420d499a9cad9650541715937ffbdd40d36f49e77eeb3
"
# A mirror without rust-blake3's source package may still have the binary package made from it,
# which holds the same C files: their digest, as c_files_digest makes it.
blake3_package=librust-blake3-dev
blake3_c_files=9bdbb5e603bb9ca974598e418ddab590c8a98ae2f2f617897f3a23aa3f5ed555

libssh2_options="-DCRYPTO_BACKEND=OpenSSL -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON
    -DBUILD_EXAMPLES=OFF -DBUILD_TESTING=OFF -DENABLE_ZLIB_COMPRESSION=OFF"
# A static libssh2 cannot be link-tested by libgit2's own check, so its result is given.
libgit2_options="-DUSE_SSH=libssh2 -DUSE_HTTPS=OpenSSL -DUSE_GSSAPI=OFF -DUSE_NTLMCLIENT=OFF
    -DREGEX_BACKEND=regcomp -DUSE_HTTP_PARSER=http-parser -DUSE_ICONV=OFF -DBUILD_SHARED_LIBS=OFF
    -DBUILD_TESTS=OFF -DBUILD_CLI=OFF -DHAVE_LIBSSH2_MEMORY_CREDENTIALS=1"
blake3_options="-DBUILD_SHARED_LIBS=OFF -DBLAKE3_USE_TBB=OFF"
# Levels above 3, which nothing here asks for, and the formats of before 1.0 are a third of a megabyte. An
# encoder that is asked for such a level takes the nearest one.
zstd_options="-DZSTD_BUILD_SHARED=OFF -DZSTD_BUILD_PROGRAMS=OFF -DZSTD_BUILD_TESTS=OFF
    -DZSTD_BUILD_DICTBUILDER=OFF -DZSTD_BUILD_DEPRECATED=OFF -DZSTD_LEGACY_SUPPORT=OFF
    -DZSTD_MULTITHREAD_SUPPORT=OFF"
zstd_flags="$flags $(printf -- '-DZSTD_EXCLUDE_%s_BLOCK_COMPRESSOR ' GREEDY LAZY LAZY2 BTLAZY2 BTOPT BTULTRA)"

# What a client of TLS and SSH needs, and no modules, which a static program could not load anyway.
# RSA, ECDSA, Ed25519, AES, ChaCha20, SHA, MD5 and triple DES, which old PEM keys are encrypted with, stay.
openssl_options="no-shared no-tests no-dso no-module no-engine no-legacy
    no-dtls no-srp no-psk no-cms no-ts no-ct no-cmp no-ocsp no-comp no-srtp no-nextprotoneg
    no-ssl3 no-tls1 no-tls1_1 no-multiblock no-async no-ui-console no-rfc3779
    no-aria no-bf no-blake2 no-camellia no-cast no-dsa no-ec2m no-gost no-idea no-md4 no-mdc2
    no-rc2 no-rc4 no-rmd160 no-seed no-siphash no-sm2 no-sm3 no-sm4 no-whirlpool
    -DOPENSSL_TLS_SECURITY_LEVEL=2"

# Changes with whatever changes the libraries; the number with what else the folder holds.
key() {
    printf '%s\n' 4 "$release" "$flags" "$small_flags" "$sources" "$blake3_c_files" \
        "$libssh2_options" "$libgit2_options" "$blake3_options" "$openssl_options" \
        "$zstd_options" "$zstd_flags" "$(uname -m)" |
        sha256sum | cut -c1-12
}

packages_for() { sed -n "s/^$1 //p" "$here/packages.txt"; }

# fetch <package>: downloads and unpacks it into $work/<package>; notes its Debian version.
fetch() {
    local package=$1 upstream digest version
    read -r upstream digest < <(sed -n "s/^$package  *//p" <<<"$sources")
    version=$(apt_with "$work/apt" apt-cache showsrc "$package" | sed -n 's/^Version: //p' |
        grep -E "^${upstream//[+.]/[&]}-" | sort -V | tail -n 1) ||
        die "the mirror has no $package $upstream in $release; newer ones need a new pin here"
    # Mirrors carry the security suite's files late or not at all; the release itself has most.
    download "$work/apt" "$package=$version" || download "$work/apt" "$package/$release" || return 1
    version=$(cd "$work" && echo "${package}"_*.dsc)
    version=${version#"${package}_"} version=${version%.dsc}
    echo "$digest  $(ls "$work/${package}_$upstream".orig.tar.?z)" | sha256sum --check --quiet >&2 ||
        die "$package $upstream: the .orig archive is not the pinned one"
    unpack "$package" "$version"
}

# OpenSSL is the one of this machine's own release, and not pinned: its security updates are new
# upstream versions. The newest that the mirror has whole, since it lists some before it has them.
fetch_openssl() {
    local version
    # shellcheck source=/dev/null
    write_sources "$work/apt-own" "$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" deb-src
    apt_with "$work/apt-own" apt-get update >&2 || return 1
    for version in $(apt_with "$work/apt-own" apt-cache showsrc openssl | sed -n 's/^Version: //p' |
        sort -rV); do
        download "$work/apt-own" "openssl=$version" || continue
        unpack openssl "$version"
        return
    done
    return 1
}

# download <apt state> <package>: leaves nothing behind when it fails.
download() {
    say "downloading $2"
    (cd "$work" && apt_with "$1" apt-get source --download-only "$2" >"$work/download.log" 2>&1) &&
        return
    say "$(grep -E '^(E|W|Err)' "$work/download.log" | head -n 4)"
    rm -f "$work/${2%%[=/]*}"_*
    return 1
}

unpack() {
    local package=$1 version=$2
    dpkg-source --no-copy -x "$work/${package}_$version.dsc" "$work/$package" >"$work/unpack.log" 2>&1 ||
        die "cannot unpack $package $version: $(tail -n 3 "$work/unpack.log")"
    note_version "$package" "$version"
}

note_version() { printf '%s %s\n' "$1" "$2" >>"$work/versions"; }

c_files_digest() { (cd "$1" && sha256sum -- *.c *.h *.S | sha256sum | cut -d' ' -f1); }

# The C sources of BLAKE3 into $work/rust-blake3/c, from the source package or its binary package.
fetch_blake3() {
    fetch rust-blake3 && return
    say "the mirror did not give the source package rust-blake3; trying $blake3_package"
    local version
    write_sources "$work/apt-binary" "$release" deb
    apt_with "$work/apt-binary" apt-get update >&2
    version=$(apt_with "$work/apt-binary" apt-cache show "$blake3_package" |
        sed -n 's/^Version: //p' | head -n 1)
    (cd "$work" && apt_with "$work/apt-binary" apt-get download "$blake3_package=$version" >&2) ||
        die "the mirror has neither rust-blake3 nor $blake3_package"
    dpkg-deb -x "$work/$blake3_package"_*.deb "$work/blake3-package"
    mkdir -p "$work/rust-blake3"
    cp -r "$work"/blake3-package/usr/share/cargo/registry/blake3-*/. "$work/rust-blake3"
    [ "$(c_files_digest "$work/rust-blake3/c")" = "$blake3_c_files" ] ||
        die "$blake3_package $version: its C files are not the pinned ones"
    note_version rust-blake3 "$version"
}

# build <name> <source folder> <flags> <options>: installs the static library into $prefix.
build() {
    local name=$1 source=$2 flags=$3 options=$4 log=$work/$1.log
    say "building $name"
    # shellcheck disable=SC2086 # the options are words
    {
        cmake -S "$source" -B "$work/build-$name" -G Ninja -DCMAKE_BUILD_TYPE=None \
            -DCMAKE_C_FLAGS="$flags -ffile-prefix-map=$work=." -DCMAKE_INSTALL_PREFIX="$prefix" \
            -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$prefix" $options &&
            cmake --build "$work/build-$name" &&
            cmake --install "$work/build-$name"
    } >"$log" 2>&1 </dev/null || {
        tail -n 40 "$log" >&2
        die "cannot build $name"
    }
}

# Its own build, in its folder: it keeps its flags, its prefix and a date as texts, so none may name $work.
build_openssl() {
    say "building openssl"
    mkdir -p "$prefix"
    # shellcheck disable=SC2086 # the options are words
    (
        cd "$work/openssl"
        SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l debian/changelog -S Timestamp)
        export SOURCE_DATE_EPOCH
        ./Configure "linux-$(uname -m)" --prefix=/usr --libdir=lib --openssldir=/usr/lib/ssl \
            $openssl_options $small_flags &&
            make -j"$(nproc)" build_libs && make install_dev DESTDIR="$work/openssl-root" &&
            cp -r "$work/openssl-root/usr/." "$prefix"
    ) >"$work/openssl.log" 2>&1 </dev/null || {
        tail -n 40 "$work/openssl.log" >&2
        die "cannot build openssl"
    }
}

write_header() {
    local package version
    printf '// Generated by cmake/dependencies.sh.\n#pragma once\n\n'
    printf '// The Debian source versions that these libraries were built from.\n'
    while read -r package version; do
        package=${package#rust-}
        printf '#define ENVKEEP_%s_SOURCE "%s"\n' "${package^^}" "$version"
    done <"$work/versions"
}

build_libraries() {
    local target=$1
    mkdir -p "$deps"
    exec 9>"$deps/.lock"
    flock 9
    [ ! -e "$target/done" ] || return 0
    work=$(mktemp -d "$deps/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    prefix=$work/prefix

    write_sources "$work/apt" "$release" deb-src
    say "reading the source list of $release"
    apt_with "$work/apt" apt-get update >&2 ||
        die "cannot read the source list of $release from this machine's mirror"
    fetch_openssl || die "cannot download openssl"
    # The longest, and much of it on one core; meanwhile what does not need it.
    build_openssl &
    openssl_build=$!
    trap 'kill "$openssl_build" 2>/dev/null; rm -rf "$work"' EXIT
    fetch libssh2 || die "cannot download libssh2"
    fetch libgit2 || die "cannot download libgit2"
    fetch libzstd || die "cannot download libzstd"
    fetch_blake3
    build zstd "$work/libzstd/build/cmake" "$zstd_flags" "$zstd_options"
    build blake3 "$work/rust-blake3/c" "$flags" "$blake3_options"
    wait "$openssl_build" || exit 1 # it said why
    trap 'rm -rf "$work"' EXIT
    build libssh2 "$work/libssh2" "$small_flags" "$libssh2_options"
    build libgit2 "$work/libgit2" "$small_flags" "$libgit2_options"
    write_header >"$prefix/include/envkeep_source_versions.h"
    mkdir "$prefix/copyright"
    cp "$work/openssl/debian/copyright" "$prefix/copyright/openssl"
    cp "$work/libssh2/debian/copyright" "$prefix/copyright/libssh2"
    cp "$work/libgit2/debian/copyright" "$prefix/copyright/libgit2"
    cp "$work/libzstd/debian/copyright" "$prefix/copyright/libzstd"
    cat "$work"/rust-blake3/LICENSE* >"$prefix/copyright/blake3"
    rm -rf "$target"
    touch "$prefix/done"
    mv "$prefix" "$target"
    say "built in $target: $(tr '\n' ' ' <"$work/versions")"
}

deps=${ENVKEEP_DEPS_DIR:-$here/../build/deps}
mkdir -p "$deps" && deps=$(cd "$deps" && pwd)
target=$deps/$(key)

case ${1-} in
--where) printf '%s\n' "$target" ;;
--build) build_libraries "$target" ;;
'' | --with)
    command -v apt-get >/dev/null || die "this needs Debian's apt-get"
    read -r -d '' -a build < <(packages_for build) || :
    read -r -d '' -a more < <(for group in test "${@:2}"; do packages_for "$group"; done) || :
    # Who may not install hears of all of them at once.
    [ "$(id -u)" = 0 ] || install_packages "${build[@]}" "${more[@]}"
    install_packages "${build[@]}"
    # They need no more than that, and are built while the rest is installed.
    build_libraries "$target" &
    libraries=$!
    trap 'kill "$libraries" 2>/dev/null' EXIT
    install_packages "${more[@]}"
    wait "$libraries"
    trap - EXIT
    ;;
*) die "unknown argument '$1'; see the head of $0" ;;
esac
