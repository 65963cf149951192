#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What one session installs with pip, by hand and in its configuration, the next one has: the same files,
# working, and proven equal. What the image had and the session removed is gone again.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"

# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
forget_container zero

new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
# What the session deletes is told by what the image had, which the background lists at the first start.
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
expect 'a package is installed by hand' shell_in first '
    mkdir -p /usr/local/lib/tool/bin
    printf "#!/bin/sh\necho works\n" >/usr/local/bin/tool; chmod 0755 /usr/local/bin/tool
    ln -s ../bin/tool /usr/local/lib/tool/link
    ln /usr/local/bin/tool /usr/local/bin/second-name
    echo "setting=1" >/etc/tool.conf; chmod 0640 /etc/tool.conf
    head -c 20000000 /dev/urandom >/usr/local/lib/tool/large
    touch -d 2001-02-03T04:05:06.123456789Z /etc/tool.conf
    rm /etc/issue
    echo changed >/etc/issue.net'
expect 'a snapshot is taken' envkeep_in first snapshot -m first
cat "$scratch/expect.log"
digest_of() {
    shell_in "$1" 'sha256sum /usr/local/lib/tool/large /usr/local/bin/tool /etc/tool.conf /etc/issue.net;
        stat -c "%n %a %u %g %s %y %h" /usr/local/lib/tool/large /usr/local/bin/tool /etc/tool.conf /etc/issue.net \
            /usr/local/bin/second-name /usr/local/lib/tool'
}
digest_of first >"$scratch/first.digest"
expect 'verify says that it is identical' envkeep_in first verify --deep
end_container first
forget_container first

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh
digest_of second >"$scratch/second.digest" || fail 'the files are there again'
expect 'the same bytes, modes, times and names' diff "$scratch/first.digest" "$scratch/second.digest"
expect 'it works' shell_in second '[ "$(tool)" = works ]'
expect 'what was removed is gone' shell_in second '[ ! -e /etc/issue ]'
expect 'verify proves every byte' envkeep_in second verify --deep
cat "$scratch/expect.log"
expect 'nothing has changed since' shell_in second '/storage/envkeep/bin/envkeep snapshot | grep -q "nothing has changed"'
cat "$scratch/expect.log"

# A pack that cannot be read for a while: nobody waits for what does not come, and then it does.
forget_container second
pack=$(ls -S "$store"/envkeep/packs/*.tar.zst | head -n 1)
cp "$pack" "$scratch/sound"
printf '\377\377\377\377' | dd of="$pack" bs=1 seek=1000000 conv=notrunc 2>/dev/null
new_container third
: >"$scratch/containers/third/upper/server.sh"
start third /server.sh >"$scratch/third.log" 2>&1 || :
given_up() { shell_in third '/storage/envkeep/bin/envkeep status | grep -q "nothing brings the rest"'; }
expect 'the background gives up, and goes on living' wait_for 'it gives up' given_up
expect 'the wait ends' shell_in third 'timeout 60 /storage/envkeep/bin/envkeep wait || [ $? = 1 ]'
expect 'meanwhile the user writes in its place' shell_in third '
    echo mine >/usr/local/lib/tool/large
    /storage/envkeep/bin/envkeep restore || :
    [ "$(cat /usr/local/lib/tool/large)" = mine ]'
cat "$scratch/sound" >"$pack"
expect 'a restore brings the rest' shell_in third 'timeout 60 /storage/envkeep/bin/envkeep restore'
cp "$scratch/expect.log" "$scratch/expect.log.rest"
digest_of third >"$scratch/third.digest" || fail 'the files are there after all'
expect 'the same bytes, modes, times and names after all' diff "$scratch/first.digest" "$scratch/third.digest"
expect 'what the user wrote there went aside, and is named' grep -q 'large is in ' "$scratch/expect.log.rest"
expect 'undo puts it back' shell_in third '/storage/envkeep/bin/envkeep undo
    [ "$(cat /usr/local/lib/tool/large)" = mine ]'
finish
