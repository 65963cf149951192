#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a real `apt-get install` brings in one session, with dependencies and maintainer scripts:
#   - on the same image the next session has the same files and the same database, without a network;
#   - on an image of the same release with other packages dpkg puts the kept packages back;
#   - on another release it is refused, with the command that installs it.
# On other images all else that fits comes back, and the rest is named with its command.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

packages=$ENVKEEP_IMAGES_DIR/packages
if [ ! -d "$packages" ]; then
    echo "the Debian packages could not be had: $(cat "$packages.missing" 2>/dev/null)"
    exit 77
fi

# An archive of that folder, in the place of the network.
apt_get='DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/storage/archive/sources.list \
    -o Dir::Etc::sourceparts=/dev/null'
make_archive() {
    cp -a "$packages" "$store/archive"
    echo 'deb [trusted=yes] file:/storage/archive ./' >"$store/archive/sources.list"
}

install_with_apt() {
    shell_in "$1" "mkdir -p /var/cache/apt/archives/partial /var/lib/apt/lists/partial
        $apt_get update
        $apt_get install $2"
}

# From now on containers start from an image that has that container's changes too.
image_with() {
    local born folder
    end_container "$1"
    mkdir -p "$scratch/images/$1"
    for folder in usr etc var; do
        [ ! -d "$scratch/containers/$1/upper/$folder" ] ||
            cp -a "$scratch/containers/$1/upper/$folder" "$scratch/images/$1/"
    done
    image=$scratch/images/$1:$image
    forget_container "$1"
    # Older than any container that starts from now on, by more than clocks may differ.
    born=$SECONDS
    wait_for 'the image has aged' test_age "$born"
}
test_age() { [ $((SECONDS - $1)) -ge 5 ]; }

what_is_there() {
    shell_in "$1" 'dpkg -l; dpkg --verify | grep -v " /var/cache/apt\| /var/lib/apt/lists" || :; apt-mark showauto; apt-mark showmanual
        echo "{\"a\": 1}" | jq -c .; nano --version; readlink -f /etc/alternatives/editor'
}

status_of() { shell_in "$1" "dpkg-query -W -f '\${db:Status-Abbrev}\${Version}\n' $2"; }

begin_platform
make_archive
new_container zero
install_envkeep zero >"$scratch/log" 2>&1 || fail 'init'
forget_container zero

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*"
expect 'apt installs packages with dependencies' install_with_apt first 'jq nano'
expect 'pip installs a package, and files are made by hand' shell_in first '
    mkdir -p /usr/local/lib/python3.11/dist-packages
    echo notes >/root/notes; mkdir -p /opt/tool; echo tool >/opt/tool/x; echo mine >/etc/mine.conf
    echo changed >/etc/issue; rm /etc/issue.net; echo "set tabsize 3" >>/etc/nanorc
    useradd --system --no-create-home service
    mkdir -p /root/repo/.git; echo "url = https://TOKEN@host/x" >/root/repo/.git/config'
python3 "$simulator/make_wheel.py" "$store" pure 1.0
expect 'pip installs' shell_in first 'pip install --root-user-action=ignore --break-system-packages \
    --no-index --quiet --disable-pip-version-check --find-links /storage pure; pure'
what_is_there first >"$scratch/first.list" || fail 'all works in the first session'
expect 'a snapshot is taken' envkeep_in first snapshot
tee "$scratch/snapshot.log" <"$scratch/expect.log"
expect 'the token is left out' grep -q 'left out.*repo/.git/config' "$scratch/snapshot.log"
# As if it had been killed before they were.
rm -r "$store/envkeep/packages/apt"
expect 'a snapshot that has nothing to record makes up for packages' envkeep_in first snapshot
cp "$scratch/expect.log" "$scratch/snapshot.log"
expect 'and records nothing' grep -q 'nothing has changed' "$scratch/snapshot.log"
expect_equal 'the packages are kept' 'jq libjq1 libonig5 nano' \
    "$(ls "$store/envkeep/packages/apt" | sed 's/_.*//' | tr '\n' ' ' | sed 's/ $//')"
for deb in "$store"/envkeep/packages/apt/*.deb; do
    expect "$(basename "$deb") is one that dpkg reads" dpkg-deb --info "$deb"
done
forget_container first
rm -rf "$store/archive" "$store"/*.whl

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
expect 'it is all there' envkeep_in second wait
what_is_there second >"$scratch/second.list" || fail 'all works in the second session'
expect 'the same packages, verified, and the programs work' diff "$scratch/first.list" "$scratch/second.list"
expect 'an account of the session works' shell_in second '
    grep -q "^service:!:" /etc/shadow && su -s /bin/sh service -c true'
expect 'no line of the image was touched' shell_in second '[ "$(grep -c "^root:" /etc/shadow)" = 1 ]'
expect 'the loader knows the libraries' shell_in second 'ldconfig -p | grep -q libjq.so'
expect 'every byte is proven' envkeep_in second verify --deep
forget_container second

# The same release, one package more in the image.
make_archive
new_container variant
python3 "$simulator/make_wheel.py" "$store" pure 2.0
expect 'another image is made' install_with_apt variant less
expect 'it brings another version of what pip installed' shell_in variant 'pip install --root-user-action=ignore \
    --break-system-packages --no-index --quiet --disable-pip-version-check --find-links /storage pure
    touch /usr/local/lib/python3.11/dist-packages/pure/only_in_2.py
    echo "pure/only_in_2.py,," >>/usr/local/lib/python3.11/dist-packages/pure-2.0.dist-info/RECORD'
bookworm=$image
image_with variant
rm -rf "$store/archive" "$store"/*.whl

# One of the kept packages is gone: nothing is half installed, and the command is named.
mv "$store"/envkeep/packages/apt/libonig5_*.deb "$scratch/"
new_container incomplete
: >"$scratch/containers/incomplete/upper/server.sh"
start incomplete /server.sh >"$scratch/incomplete.log" 2>&1 || :
expect 'the wait ends' envkeep_in incomplete wait
expect 'nothing is half installed' shell_in incomplete '[ -z "$(dpkg --audit)" ] && ! dpkg -l jq nano'
expect 'what is not there is told, with the reason' shell_in incomplete \
    'grep -q "apt jq 1.6-2.1+deb12u2: they need packages" /root/.envkeep-state/layer.json'
forget_container incomplete
mv "$scratch"/libonig5_*.deb "$store/envkeep/packages/apt/"

new_container third
: >"$scratch/containers/third/upper/server.sh"
start third /server.sh >"$scratch/third.log" 2>&1 || :
cat "$scratch/third.log"
expect 'the start says that it is another image' grep -q 'another image' "$scratch/third.log"
expect 'the package of pip is there at once' shell_in third pure
expect 'the version that was asked for stands in place of the image its own' shell_in third '
    [ "$(pip list --format freeze 2>/dev/null | grep pure)" = pure==1.0 ]
    cd /usr/local/lib/python3.11/dist-packages; [ ! -e pure/only_in_2.py ] && [ ! -e pure-2.0.dist-info/RECORD ]'
expect 'files are there' shell_in third 'cat /root/notes /opt/tool/x /etc/mine.conf'
expect 'a file of the image below /etc is not written over' shell_in third '! grep -q changed /etc/issue'
expect 'what was deleted there is not deleted here' shell_in third '[ -e /etc/issue.net ]'
expect 'dpkg puts the packages back in the background' envkeep_in third wait
expect 'the programs of apt work' shell_in third \
    '[ "$(echo "{\"a\": 1}" | jq -c .)" = "{\"a\":1}" ] && nano --version'
cat "$scratch/containers/third/upper/root/.envkeep-state/dpkg.log"
for name in jq libjq1 libonig5 nano less; do
    expect_equal "$name is installed" 'ii ' "$(status_of third $name | cut -c 1-3)"
done
expect 'configuration that was edited is as it was' shell_in third '
    grep -qx "set tabsize 3" /etc/nanorc && [ ! -e /etc/nanorc.dpkg-old ]'
shell_in third '/storage/envkeep/bin/envkeep verify --deep' >"$scratch/verify.log" && fail 'verify gives 1'
expect 'verify proves what came, and names what did not' grep -q 'of another image' "$scratch/verify.log"
expect 'with the file that the image has' grep -q 'not on this machine: files /etc/issue' "$scratch/verify.log"
expect 'nothing that came differs' sh -c '! grep -q ", not " "$1"' sh "$scratch/verify.log"
cat "$scratch/verify.log"
shell_in third '/storage/envkeep/bin/envkeep status' >"$scratch/status.log" || :
expect 'status tells it too' grep -q 'snapshot-not-here' "$scratch/status.log"
expect 'dpkg finds nothing wrong' shell_in third '[ -z "$(dpkg --audit)" ]'
expect_equal 'what was brought along is marked so' 'libjq1 libonig5' \
    "$(shell_in third 'apt-mark showauto' | grep -E 'jq|onig|nano' | tr '\n' ' ' | sed 's/ $//')"
expect 'a snapshot of this image is taken' envkeep_in third snapshot
cat "$scratch/expect.log"
forget_container third
new_container fourth
: >"$scratch/containers/fourth/upper/server.sh"
start fourth /server.sh >"$scratch/fourth.log" 2>&1
expect 'it comes back on that image' shell_in fourth 'pure; jq --version; cat /root/notes; dpkg --verify jq'
expect 'every byte is proven' envkeep_in fourth verify --deep
forget_container fourth

# The image that the first snapshot was taken on has it still.
image=$bookworm
new_container fifth
: >"$scratch/containers/fifth/upper/server.sh"
start fifth /server.sh >"$scratch/fifth.log" 2>&1
expect 'the first image comes up as before' shell_in fifth 'grep -q changed /etc/issue; [ ! -e /etc/issue.net ]'
forget_container fifth

# Another release.
image=$ENVKEEP_IMAGES_DIR/trixie
if [ -d "$image" ]; then
    new_container sixth
    : >"$scratch/containers/sixth/upper/server.sh"
    start sixth /server.sh >"$scratch/sixth.log" 2>&1 || :
    cat "$scratch/sixth.log"
    expect 'apt is refused with the list' grep -q 'apt-get install -y jq nano$' "$scratch/sixth.log"
    expect 'the package of pip is named with its command' grep -q 'pip install.* pure==1.0' "$scratch/sixth.log"
    expect 'nothing of it came' shell_in sixth '[ ! -e /usr/local/lib/python3.11/dist-packages/pure ] && [ ! -e /usr/local/bin/pure ]'
    expect 'files of the home and of /opt came' shell_in sixth 'cat /root/notes /opt/tool/x /etc/mine.conf'
    expect 'the database is the image its own' shell_in sixth '! dpkg -l jq 2>/dev/null && [ -z "$(dpkg --audit)" ]'
    expect 'a later start changes nothing more' start sixth /server.sh
    forget_container sixth
fi
finish
