#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What real npm installs for all (`npm install -g`) in one session works in the next, without a network: a
# package with a program and a dependency, one with a scoped name, a newer version of one, a linked folder.
# `npm ls -g` says the same, and the digests are equal. It comes to another image with the same Node.js too; where
# that is another one, or none, it is named with its command.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }
alone_in() { in_container "$1" unshare --net /bin/sh -euc "$2"; }

if [ ! -d "$ENVKEEP_IMAGES_DIR/node" ]; then
    echo "Node.js could not be had: $(cat "$ENVKEEP_IMAGES_DIR/node.missing" 2>/dev/null)"
    exit 77
fi

# make_package FOLDER NAME VERSION [MORE MEMBERS]: with one program that tells its version
make_package() {
    mkdir -p "$1"
    cat >"$1/package.json" <<END
{"name": "$2", "version": "$3", "bin": {"${2##*/}": "program.js"}, "license": "MIT"${4-}}
END
    cat >"$1/program.js" <<'END'
#!/usr/bin/env node
const fs = require('fs'), path = require('path');
const words = fs.existsSync(path.join(__dirname, 'node_modules/words')) ? require('words') : [];
console.log(require('./package.json').name, require('./package.json').version, ...words);
END
    chmod 0755 "$1/program.js"
}

# pack FOLDER FILE.tgz: as `npm pack` does
pack() { tar -czf "$2" -C "$(dirname "$1")" --transform "s,^$(basename "$1"),package," "$(basename "$1")"; }

make_packages() {
    local work=$scratch/npm
    mkdir -p "$store/npm" "$work/greet/node_modules/words"
    make_package "$work/greet" greet 1.0.0 \
        ', "dependencies": {"words": "^2.0.0"}, "bundleDependencies": ["words"]'
    echo '{"name": "words", "version": "2.1.0"}' >"$work/greet/node_modules/words/package.json"
    echo "module.exports = ['hello', 'there'];" >"$work/greet/node_modules/words/index.js"
    pack "$work/greet" "$store/npm/greet.tgz"
    make_package "$work/old" newer 1.0.0
    pack "$work/old" "$store/npm/old.tgz"
    make_package "$work/new" newer 2.0.0
    pack "$work/new" "$store/npm/new.tgz"
    make_package "$work/tool" @me/tool 1.2.0
    pack "$work/tool" "$store/npm/tool.tgz"
}

npm='npm --offline --no-audit --no-fund --no-update-notifier --loglevel=error'

what_is_there() {
    alone_in "$1" "greet; newer; tool; mine
        $npm ls -g --all
        $npm ls -g --json
        find /usr/local /root/mine -xdev \\( -type f -o -type l \\) -printf '%p %y %m %U:%G %s %T@ %l\\n' | sort
        find /usr/local /root/mine -xdev -type f -exec sha256sum {} + | sort"
}

begin_platform
image=$ENVKEEP_IMAGES_DIR/node/bookworm:$ENVKEEP_IMAGES_DIR/bookworm
make_packages
# The same release and the same Node.js, and yet another image.
mkdir -p "$scratch/images/other/usr/lib"
sed '$a BUILD_ID=2' "$ENVKEEP_IMAGES_DIR/bookworm/usr/lib/os-release" >"$scratch/images/other/usr/lib/os-release"
new_container zero
install_envkeep zero >"$scratch/log" 2>&1 || fail 'init'
forget_container zero

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
expect 'npm installs packages' alone_in first "
    $npm install -g /storage/npm/greet.tgz /storage/npm/tool.tgz /storage/npm/old.tgz
    $npm install -g /storage/npm/new.tgz
    mkdir /root/mine; cd /root/mine
    echo '{\"name\": \"mine\", \"version\": \"0.1.0\", \"bin\": \"./mine.js\"}' >package.json
    printf '#!/usr/bin/env node\\nconsole.log(\"mine\");\\n' >mine.js; chmod 0755 mine.js
    $npm link"
what_is_there first >"$scratch/first.list" || fail 'all of it works in the first session'
expect 'the programs say what was installed' diff - <(head -n 4 "$scratch/first.list") <<'END'
greet 1.0.0 hello there
newer 2.0.0
@me/tool 1.2.0
mine
END
expect 'diff names them' shell_in first '
    /storage/envkeep/bin/envkeep diff image >/tmp/said || [ $? = 1 ]
    for name in "greet 1.0.0" "newer 2.0.0" "@me/tool 1.2.0" "mine 0.1.0"; do grep -F "+  $name " /tmp/said; done
    ! grep -F "words" /tmp/said'
expect 'a snapshot is taken' envkeep_in first snapshot
cat "$scratch/expect.log"
forget_container first
rm -rf "$store/npm"

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
what_is_there second >"$scratch/second.list" || fail 'all of it works in the second session'
expect 'the same programs, list, files, modes, times and links' diff "$scratch/first.list" "$scratch/second.list"
expect 'every byte is proven' envkeep_in second verify --deep
expect 'nothing differs' envkeep_in second diff
expect 'npm takes one of them away' alone_in second "$npm uninstall -g @me/tool"
expect 'which diff tells' shell_in second '
    /storage/envkeep/bin/envkeep diff >/tmp/said || [ $? = 1 ]
    grep -F -- "-  @me/tool 1.2.0 " /tmp/said && grep "^[^ ]* -> here: 1 package removed$" /tmp/said'
forget_container second

image=$scratch/images/other:$image
new_container other
: >"$scratch/containers/other/upper/server.sh"
start other /server.sh >"$scratch/other.log" 2>&1 || :
expect 'it is another image' shell_in other 'grep -q "\"partly\": *{" /root/.envkeep-state/layer.json'
what_is_there other >"$scratch/other.list" || fail 'all of it works on another image with the same Node.js'
expect 'the same there' diff "$scratch/first.list" "$scratch/other.list"
forget_container other
# Another Node.js, and none at all: what npm installed stays away whole, and is named with its command.
image=$ENVKEEP_IMAGES_DIR/bookworm
release=bookworm reason='which is not here'
while [ -d "$ENVKEEP_IMAGES_DIR/$release" ]; do
    new_container "$release"
    : >"$scratch/containers/$release/upper/server.sh"
    start "$release" /server.sh >"$scratch/$release.log" 2>&1 || :
    cat "$scratch/$release.log"
    expect "$release: the reason is told" grep -q "made for Node.js 18, $reason" "$scratch/$release.log"
    expect "$release: the command too" \
        grep -q 'npm install -g @me/tool@1.2.0 greet@1.0.0 /root/mine newer@2.0.0$' "$scratch/$release.log"
    expect "$release: nothing of it came" shell_in "$release" \
        '[ ! -e /usr/local/lib/node_modules/greet ] && [ ! -L /usr/local/bin/greet ] && [ ! -L /usr/local/lib/node_modules/mine ]'
    expect "$release: the folder that was linked came" shell_in "$release" '[ -x /root/mine/mine.js ]'
    forget_container "$release"
    [ "$release" = bookworm ] || break
    release=trixie reason='here is 20'
    image=$ENVKEEP_IMAGES_DIR/node/trixie:$ENVKEEP_IMAGES_DIR/trixie
done
finish
