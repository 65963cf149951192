#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the trees that tests/bench/snapshots.sh measures with, from Debian's and npm's packages, each once:
#
#   tests/bench/make_trees.sh FOLDER [TREE...]
#
#   t1   Debian's scientific Python in full, with byte code: 118,000 files, 2.8 GB (590 MB to download)
#   t1s  numpy, pandas and scipy out of it: what a session usually brings
#   t2   node_modules of a large front end, and npm's cache of it
#   t3   one large wheel out of t1, to be installed by pip
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cache=$folder/cache
mkdir -p "$cache"

python_packages=(torch torchvision scipy pandas sklearn skimage statsmodels sympy numba matplotlib notebook
    nbconvert opencv nltk gensim astropy xarray dask botocore boto3 django babel networkx plotly sphinx twisted
    pygments h5py)
node_packages=(typescript webpack webpack-cli react react-dom next vite jest eslint @angular/cli @angular/core
    @angular/compiler @angular/common rxjs @mui/material @mui/icons-material @emotion/react @emotion/styled
    plotly.js-dist d3 date-fns lodash rollup)
wheel_packages=(numpy scipy pandas matplotlib sympy networkx sklearn skimage statsmodels django botocore nltk
    babel sphinx twisted)

say() { printf '%s\n' "$*" >&2; }

# made NAME: whether it is there already; else what is left of it is taken away first.
made() {
    [ ! -e "$folder/$1.done" ] || return 0
    rm -rf "${folder:?}/$1" "${folder:?}/$1.new"
    return 1
}

put() {
    mv "$folder/$1.new" "$folder/$1"
    touch "$folder/$1.done"
}

# The whole closure, as for a machine that has nothing: an empty status file says so.
download_debian() {
    [ ! -e "$cache/debs.done" ] || return 0
    mkdir -p "$cache/debs/partial"
    : >"$cache/status"
    say 'downloading about 590 MB of Debian packages'
    apt-get -q -y -o Dir::State::status="$cache/status" -o Dir::Cache::archives="$cache/debs" \
        -o APT::Sandbox::User=root -o Debug::NoLocking=1 -o APT::Keep-Downloaded-Packages=true \
        install --download-only --no-install-recommends "${python_packages[@]/#/python3-}" \
        >"$cache/apt.log" 2>&1
    touch "$cache/debs.done"
}

unpack_debian() {
    download_debian
    [ ! -e "$cache/root.done" ] || return 0
    say 'unpacking them'
    mkdir -p "$cache/root"
    # shellcheck disable=SC2016 # the inner shell's variables
    find "$cache/debs" -name '*.deb' -print0 | xargs -0 -P "$(nproc)" -n 8 sh -euc '
        root=$1; shift
        for package; do dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink; done
    ' sh "$cache/root"
    touch "$cache/root.done"
}

make_t1() {
    ! made t1 || return 0
    unpack_debian
    say 'making t1: this compiles for a minute or two'
    cp -a "$cache/root/usr/lib/python3/dist-packages" "$folder/t1.new"
    # Debian links to torch's libraries; a wheel has them inside.
    rm -r "$folder/t1.new/torch/lib"
    mkdir "$folder/t1.new/torch/lib"
    find "$cache/root/usr/lib/python3/dist-packages/torch/lib" -xtype f \
        -exec cp -L --preserve=all -t "$folder/t1.new/torch/lib" {} +
    find "$folder/t1.new" -xtype l -delete
    python3 -m compileall -q -j "$(nproc)" "$folder/t1.new" >"$cache/compile.log" 2>&1 || :
    put t1
}

make_t1s() {
    ! made t1s || return 0
    make_t1
    mkdir "$folder/t1s.new"
    cp -a "$folder"/t1/{numpy,pandas,scipy}* "$folder/t1s.new/"
    put t1s
}

make_t2() {
    ! made t2 || return 0
    say 'making t2 with npm'
    mkdir "$folder/t2.new"
    (cd "$folder/t2.new" && npm init -y >/dev/null &&
        npm install --cache "$cache/npm" --ignore-scripts --no-audit --no-fund --legacy-peer-deps \
            "${node_packages[@]}" >"$cache/npm.log" 2>&1)
    put t2
}

make_t3() {
    ! made t3 || return 0
    make_t1
    say 'making t3, a wheel'
    mkdir "$folder/t3.new"
    python3 "$(dirname "${BASH_SOURCE[0]}")/make_wheel.py" "$folder/t1" "$folder/t3.new" "${wheel_packages[@]}"
    put t3
}

for tree in "${@:-t1 t1s t2 t3}"; do
    for name in $tree; do
        "make_$name"
    done
done
