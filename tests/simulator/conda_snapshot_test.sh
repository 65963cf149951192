#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A conda prefix with a real Python, packages hard-linked as conda does it (one of them noarch), a second
# environment, a kernel in it, and a lab extension: the next session has them, working, with the names that one
# file has in both. `envkeep diff` names them. On another image of the same release and on a later one all that
# the session made comes; what was made with a later libc is named with the command that makes it.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }
alone_in() { in_container "$1" unshare --net /bin/sh -euc "$2"; }

begin_session() {
    new_container "$1"
    : >"$scratch/containers/$1/upper/server.sh"
    start "$1" /server.sh >"$scratch/$1.log" 2>&1 || :
}

# What the packages are made of: a program with a library of its own, in two versions, and Python modules.
make_packages() {
    local packages=$store/conda version
    for version in 3 4; do
        mkdir -p "$packages/tool-$version"/{bin,lib}
        cc -shared -fPIC -o "$packages/tool-$version/lib/libtool.so" -x c - <<<"int version(void) { return $version; }"
        # shellcheck disable=SC2016 # the loader's word, not the shell's
        cc -o "$packages/tool-$version/bin/tool" -x c - -L "$packages/tool-$version/lib" -ltool '-Wl,-rpath,$ORIGIN/../lib' \
            <<<'#include <stdio.h>
            int version(void); int main(void) { printf("tool %d\n", version()); }'
    done
    mkdir -p "$packages/pure"/{site-packages/pure,python-scripts}
    echo "import ssl, sys; words = ('pure', sys.prefix)" >"$packages/pure/site-packages/pure/__init__.py"
    echo 'import pure; print(*pure.words)' >"$packages/pure/python-scripts/pure"
    cp "$simulator/make_conda_package.py" "$packages/install.py"
}

# Debian's own Python stands for conda's, told to look where conda has its packages, and with its libraries.
install_python='
    mkdir -p /tmp/python/bin /tmp/python/lib
    cp -a /usr/bin/python3.11 /tmp/python/bin/
    ln -s python3.11 /tmp/python/bin/python
    cp -a /usr/lib/python3.11 /tmp/python/lib/
    rm -rf /tmp/python/lib/python3.11/config-* /tmp/python/lib/python3.11/test
    find /tmp/python -name __pycache__ -prune -exec rm -rf {} +
    rm /tmp/python/lib/python3.11/sitecustomize.py
    echo "import site, sys; site.addsitedir(sys.prefix + \"/lib/python3.11/site-packages\")" \
        >/tmp/python/lib/python3.11/sitecustomize.py
    cp -L /lib/x86_64-linux-gnu/libexpat.so.1 /lib/x86_64-linux-gnu/libz.so.1 \
        /usr/lib/x86_64-linux-gnu/libssl.so.3 /usr/lib/x86_64-linux-gnu/libcrypto.so.3 /tmp/python/lib/'

what_is_there() {
    alone_in "$1" "export PYTHONDONTWRITEBYTECODE=1
        LD_LIBRARY_PATH=/opt/conda/lib /opt/conda/bin/pure; /opt/conda/bin/tool
        LD_LIBRARY_PATH=/opt/conda/lib /opt/conda/envs/x/bin/pure; /opt/conda/envs/x/bin/tool
        [ /opt/conda/bin/python3.11 -ef /opt/conda/envs/x/bin/python3.11 ]
        find /opt/conda -name pkgs -prune -o \\( -type f -o -type l \\) -printf '%p %y %m %U:%G %s %T@ %l\\n' | sort
        find /opt/conda -name pkgs -prune -o -type f -exec sha256sum {} + | sort"
}

begin_platform
make_packages
# The same release, and yet another image.
mkdir -p "$scratch/images/other/usr/lib"
sed '$a BUILD_ID=2' "$image/usr/lib/os-release" >"$scratch/images/other/usr/lib/os-release"
new_container zero
install_envkeep zero >"$scratch/log" 2>&1 || fail 'init'
forget_container zero

begin_session first
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
mkdir -p "$store/wheels"
python3 "$simulator/make_wheel.py" "$store/wheels" jupyterlab 4.2.0
expect 'the environments are made' shell_in first "$install_python
    install() { python3 /storage/conda/install.py \"\$@\"; }
    for prefix in /opt/conda /opt/conda/envs/x; do
        install \$prefix /opt/conda/pkgs python 3.11.2 0_cpython /tmp/python
        install \$prefix /opt/conda/pkgs pure 1.0 pyh1 /storage/conda/pure --noarch --asked
    done
    install /opt/conda /opt/conda/pkgs tool 3 h1 /storage/conda/tool-3 --asked
    install /opt/conda/envs/x /opt/conda/pkgs tool 4 h1 /storage/conda/tool-4
    rm -rf /tmp/python
    mkdir -p /opt/conda/share/jupyter/kernels/x /usr/local/share/jupyter/labextensions/@me/shiny
    echo '{\"argv\": [\"/opt/conda/envs/x/bin/python\", \"-m\", \"ipykernel\"], \"display_name\": \"x\"}' \
        >/opt/conda/share/jupyter/kernels/x/kernel.json
    echo '{\"name\": \"@me/shiny\", \"version\": \"0.9.0\"}' \
        >/usr/local/share/jupyter/labextensions/@me/shiny/package.json
    pip install --root-user-action=ignore --break-system-packages --no-index --quiet \
        --disable-pip-version-check --find-links /storage/wheels jupyterlab"
what_is_there first >"$scratch/first.list" || fail 'all of it works in the first session'
expect 'the programs say where they are' diff - <(head -n 4 "$scratch/first.list") <<'END'
pure /opt/conda
tool 3
pure /opt/conda/envs/x
tool 4
END
# names NAME PLACE WHY: a line of what diff said
names() { sed 's/  */ /g' "$scratch/said" | grep -F -- "$1 $2 ($3"; }
expect 'diff tells that something is new' test "$(envkeep_in first diff >"$scratch/said" 2>&1; echo $?)" = 1
expect 'diff names a package that was asked for' names '+ tool 3-h1' /opt/conda 'conda, asked for'
expect 'one of the other environment' names '+ tool 4-h1' /opt/conda/envs/x 'conda, brought along'
expect 'one that is noarch' names '+ pure 1.0-pyh1' /opt/conda/envs/x 'conda, asked for'
expect 'the interpreter' names '+ python 3.11.2-0_cpython' /opt/conda 'conda, brought along'
expect 'the kernel' names '+ x' /opt/conda/share/jupyter/kernels kernel
expect 'the lab extension' names '+ @me/shiny 0.9.0' /usr/local/share/jupyter/labextensions lab
expect 'a snapshot is taken' envkeep_in first snapshot
cat "$scratch/expect.log"
forget_container first
rm -rf "$store/wheels"

begin_session second
what_is_there second >"$scratch/second.list" || fail 'all of it works in the second session'
expect 'the same programs, files, modes, times and links' diff "$scratch/first.list" "$scratch/second.list"
expect 'the cache of packages is not there' shell_in second '[ ! -e /opt/conda/pkgs ]'
expect 'the lab extension is there' shell_in second 'grep -q 0.9.0 /usr/local/share/jupyter/labextensions/@me/shiny/package.json'
expect 'every byte is proven' envkeep_in second verify --deep
expect 'nothing differs' envkeep_in second diff
expect 'a package of the second environment is replaced' shell_in second '
    rm /opt/conda/envs/x/conda-meta/tool-4-h1.json /opt/conda/envs/x/bin/tool /opt/conda/envs/x/lib/libtool.so
    python3 /storage/conda/install.py /opt/conda/envs/x /opt/conda/pkgs tool 3 h1 /storage/conda/tool-3'
expect 'diff tells it' test "$(envkeep_in second diff >"$scratch/said" 2>&1; echo $?)" = 1
expect 'with both versions' names '~ tool 4-h1 -> 3-h1' /opt/conda/envs/x conda
expect 'and nothing else' grep -q -- '-> here: 1 package changed$' "$scratch/said"
forget_container second

bookworm=$image
image=$scratch/images/other:$bookworm
begin_session other
expect 'it is another image' shell_in other 'grep -q "\"partly\": *{" /root/.envkeep-state/layer.json'
what_is_there other >"$scratch/other.list" || fail 'all of it works on another image'
expect 'the same there' diff "$scratch/first.list" "$scratch/other.list"
forget_container other

# A later release, without that Python and without JupyterLab.
image=$ENVKEEP_IMAGES_DIR/trixie
if [ -d "$image" ]; then
    begin_session later
    cat "$scratch/later.log"
    what_is_there later >"$scratch/later.list" || fail 'the environments work on a later release'
    expect 'the same there' diff "$scratch/first.list" "$scratch/later.list"
    expect 'the kernel is there, since its program is' shell_in later '[ -e /opt/conda/share/jupyter/kernels/x/kernel.json ]'
    expect 'what belongs to a Python that is not here is named with its command' \
        grep -q 'pip install.* jupyterlab==4.2.0' "$scratch/later.log"
    expect 'the lab extension is named, with the reason' \
        grep -q 'jupyter in .*shiny 0.9.0: made for JupyterLab 4, which is not here' "$scratch/later.log"
    expect 'nothing of both came' shell_in later '
        [ ! -e /usr/local/share/jupyter/labextensions/@me/shiny ] && [ ! -e /usr/local/lib/python3.11/dist-packages/jupyterlab ]'
    forget_container later

    # The other way: what a later libc made does not run on the earlier release.
    rm -rf "$store/envkeep"
    new_container back
    install_envkeep back >"$scratch/log" 2>&1 || fail 'init on the later release'
    expect 'an environment is made there' shell_in back '
        mkdir -p /opt/conda/bin /opt/conda/conda-meta
        cp /storage/conda/tool-3/bin/tool /opt/conda/bin/
        echo "{\"name\": \"tool\", \"version\": \"3\", \"build\": \"h1\", \"files\": [\"bin/tool\"], \"requested_spec\": \"tool\"}" \
            >/opt/conda/conda-meta/tool-3-h1.json
        echo history >/opt/conda/conda-meta/history; echo notes >/root/notes
        /storage/envkeep/bin/envkeep snapshot'
    cat "$scratch/expect.log"
    forget_container back
    image=$bookworm
    begin_session earlier
    cat "$scratch/earlier.log"
    expect 'its files are the only thing that comes' shell_in earlier '[ "$(cat /root/notes)" = notes ] && [ ! -e /opt/conda ]'
    expect 'the environment is named with the command that makes it' \
        grep -q 'conda create -y -p /opt/conda tool=3' "$scratch/earlier.log"
    expect 'and why' grep -q 'made with glibc-2.41, here is the older glibc-2.36' "$scratch/earlier.log"
    expect 'a plan tells what would come of it' shell_in earlier '
        id=$(/storage/envkeep/bin/envkeep snapshots --json | sed "s/.*\"id\":\"\([^\"]*\).*/\1/")
        rm /root/notes
        /storage/envkeep/bin/envkeep plan --at "$id" --json >/tmp/plan || [ $? = 1 ]
        grep -q "\"same_image\":false,\"files\":1,\"bytes\":6," /tmp/plan
        grep -q "conda in /opt/conda tool 3: made with glibc-2.41" /tmp/plan'
    forget_container earlier
fi
finish
