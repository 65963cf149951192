#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What real pip installs in one session works in the next, without a network: a pure wheel, a compiled
# one, scripts, an editable one, an upgrade over a package of the image, a package of the image that was
# uninstalled, a venv, a conda-like prefix, a kernel. `pip list` says the same, and the digests are equal.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

pip='pip --disable-pip-version-check'
install="$pip install --root-user-action=ignore --break-system-packages --no-index --no-warn-script-location --quiet --find-links /storage/wheels"

make_wheels() {
    mkdir -p "$store/wheels"
    cc -shared -fPIC -o "$scratch/answer.so" -x c - <<<'int answer(void) { return 42; }'
    python3 "$simulator/make_wheel.py" "$store/wheels" pure 1.0
    python3 "$simulator/make_wheel.py" "$store/wheels" compiled 2.0 "$scratch/answer.so"
    python3 "$simulator/make_wheel.py" "$store/wheels" shipped 1.0
    python3 "$simulator/make_wheel.py" "$store/wheels" unwanted 1.0
}

# The image brings two packages: what a container installs is copied to a lower layer.
make_image_packages() {
    new_container builder
    shell_in builder "$install shipped unwanted"
    cp -a "$scratch/containers/builder/upper/usr" "$scratch/layer/"
    forget_container builder
    # Older than any container that starts from now on, by more than clocks may differ.
    local born=$SECONDS
    wait_for 'the image has aged' test_age "$born"
    python3 "$simulator/make_wheel.py" "$store/wheels" shipped 1.1
}
test_age() { [ $((SECONDS - $1)) -ge 4 ]; }

what_is_there() {
    shell_in "$1" "$pip list --format freeze; $pip list --user --format freeze
        compiled; pure; shipped; mine; /opt/venv/bin/pure; /opt/prefix/bin/tool
        ls /usr/local/share/jupyter/kernels
        find /usr/local /opt /root/work -xdev \\( -type f -o -type l \\) -printf '%p %y %m %U:%G %s %T@ %l\\n' |
            grep -v __pycache__ | sort
        find /usr/local /opt /root/work -xdev -type f -not -path '*/__pycache__/*' -exec sha256sum {} + | sort"
}

begin_platform
make_wheels
make_image_packages
new_container zero
install_envkeep zero >"$scratch/log" 2>&1 || fail 'init'
forget_container zero

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
expect 'pip installs, upgrades and uninstalls' shell_in first "
    $install pure compiled
    $install --upgrade shipped
    $pip uninstall --root-user-action=ignore --break-system-packages --yes --quiet unwanted
    mkdir -p /root/work/mine
    printf 'def main():\n    print(\"editable\")\n' >/root/work/mine/mine.py
    printf '[project]\nname = \"mine\"\nversion = \"0.1\"\nscripts = {mine = \"mine:main\"}\n' >/root/work/pyproject.toml
    printf '[tool.setuptools]\npackage-dir = {\"\" = \"mine\"}\npy-modules = [\"mine\"]\n' >>/root/work/pyproject.toml
    $install --no-build-isolation --editable /root/work
    python3 -m venv --without-pip /opt/venv
    $pip --python /opt/venv/bin/python3 install --no-index --quiet --find-links /storage/wheels pure
    mkdir -p /opt/prefix/bin /opt/prefix/conda-meta
    printf '#!/bin/sh\necho from the prefix\n' >/opt/prefix/bin/tool
    chmod 0755 /opt/prefix/bin/tool
    echo '{\"name\": \"tool\", \"version\": \"3\", \"build\": \"0\", \"files\": [\"bin/tool\"]}' \
        >/opt/prefix/conda-meta/tool-3-0.json
    mkdir -p /usr/local/share/jupyter/kernels/mine
    echo '{\"argv\": [\"/opt/venv/bin/python3\", \"-m\", \"ipykernel\"], \"display_name\": \"mine\"}' \
        >/usr/local/share/jupyter/kernels/mine/kernel.json"
what_is_there first >"$scratch/first.list" || fail 'all of it works in the first session'
expect 'status says that packages are not saved yet' shell_in first \
    '/storage/envkeep/bin/envkeep status | grep -q snapshot-due'
expect 'a snapshot is taken' envkeep_in first snapshot
cat "$scratch/expect.log"
expect 'nothing is due any more' shell_in first \
    '! /storage/envkeep/bin/envkeep status | grep -q snapshot-due'
forget_container first
rm -rf "$store/wheels"

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
what_is_there second >"$scratch/second.list" || fail 'all of it works in the second session'
expect 'the same packages, files, modes, times and links' diff "$scratch/first.list" "$scratch/second.list"
expect 'the package of the image that was removed is gone' shell_in second \
    '! python3 -c "import unwanted" 2>/dev/null && [ ! -e /usr/local/bin/unwanted ]'
expect 'every byte is proven' envkeep_in second verify --deep
cat "$scratch/expect.log"
expect 'nothing differs' envkeep_in second diff
expect 'the lock as pip reads it' shell_in second \
    '/storage/envkeep/bin/envkeep diff --export requirements | grep -qx compiled==2.0'

# Back to the first snapshot in one kind of things: all else stays as it is, and is not taken for removed.
first_id=$(basename "$store"/envkeep/snapshots/*.json .json)
expect 'more is made, and a package removed' shell_in second "
    echo notes >/root/notes; mkdir /opt/more; echo more >/opt/more/x
    $pip uninstall --root-user-action=ignore --break-system-packages --yes --quiet pure"
expect 'a second snapshot is taken' envkeep_in second snapshot
expect 'its packages of Python alone are as they were' envkeep_in second restore --at "$first_id" --only python
expect 'the package is there again' shell_in second pure
expect 'what else was made since stays' shell_in second '[ "$(cat /root/notes /opt/more/x)" = "notes
more" ]'
forget_container second

# An image whose Python of the same version stands elsewhere: an environment that borrowed the old one is dead there.
# A character device 0/0 in an overlay says that what lies below it is not there.
other=$scratch/images/other
plain=$image
mkdir -p "$other/usr/bin" "$other/usr/local/bin" "$other/usr/local/lib"
mknod "$other/usr/bin/python3" c 0 0
mknod "$other/usr/bin/python3.11" c 0 0
cp -a "$image/usr/bin/python3.11" "$other/usr/local/bin/"
ln -s python3.11 "$other/usr/local/bin/python3"
cp -a "$image/usr/lib/python3.11" "$other/usr/local/lib/"
born=$SECONDS
wait_for 'the image has aged' test_age "$born"
image=$other:$image
new_container moved
: >"$scratch/containers/moved/upper/server.sh"
start moved /server.sh >"$scratch/moved.log" 2>&1 || :
cat "$scratch/moved.log"
expect 'the environment is named, with the reason' grep -q 'in /opt/venv.* pure 1.0: .*/usr/bin/python3.* is not here' "$scratch/moved.log"
expect 'and with a command' grep -q 'pip install.* pure==1.0' "$scratch/moved.log"
expect 'nothing of it came' shell_in moved '[ ! -e /opt/venv ]'
expect 'the files of the home came' shell_in moved '[ -e /root/work/mine/mine.py ]'
forget_container moved
image=$plain

# Without packages of Python the image's own are whole: neither files of an upgrade nor removals come.
sed -i '/^packages:/d' "$store/envkeep/manifest.yaml"
echo 'packages: {python: off}' >>"$store/envkeep/manifest.yaml"
new_container third
: >"$scratch/containers/third/upper/server.sh"
start third /server.sh
expect "the image's own version works" shell_in third "
    [ \"\$($pip list --format freeze | grep shipped)\" = shipped==1.0 ] && shipped | grep -q '1.0 pure'"
expect 'so does what was removed' shell_in third 'unwanted && [ ! -e /usr/local/bin/pure ]'
expect 'other things are there' shell_in third '[ "$(cat /opt/more/x)" = more ] && /opt/prefix/bin/tool'
expect 'verify asks for no more' envkeep_in third verify
cat "$scratch/expect.log"
finish "$(wc -l <"$scratch/first.list") packages and files, equal in name, mode, time, link and digest in the next session"
