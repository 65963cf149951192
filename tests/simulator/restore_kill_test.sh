#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The restore of a snapshot killed at system calls with which it writes, in new containers and where it goes back
# to an older one: the next run brings the rest, or what there was before, and `verify --deep` proves it.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"
# shellcheck source=tests/simulator/killed.sh
. "$(dirname "$0")/killed.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

# install_version VERSION: packages by pip and files of every kind, other ones for each version
install_version() {
    python3 "$simulator/make_wheel.py" "$store" greeter "$1"
    shell_in first "pip install --root-user-action=ignore --break-system-packages --no-index --quiet \
            --disable-pip-version-check --no-warn-script-location --upgrade --find-links /storage greeter
        mkdir -p /usr/local/lib/tool/only-$1
        for i in 1 2 3 4 5 6; do echo $1 \$i >/usr/local/lib/tool/\$i; echo $1 >/usr/local/lib/tool/only-$1/\$i; done
        head -c 3000000 /dev/urandom >/usr/local/lib/tool/large
        ln -f /usr/local/lib/tool/1 /usr/local/lib/tool/second-name
        ln -sfn only-$1 /usr/local/lib/tool/link
        chmod 075$1 /usr/local/lib/tool/2
        rm -rf /usr/local/lib/tool/only-\$((1 - $1)) /etc/issue.net
        echo $1 >/etc/issue"
}

state_of() {
    shell_in "$1" "cd /; find etc/issue* usr/local -xdev -name __pycache__ -prune -o \\( -type f -o -type l \\) \
            -printf '%p %y %m %U:%G %s %T@ %l %n\\n' | sort
        find etc/issue* usr/local -xdev -name __pycache__ -prune -o -type f -exec sha256sum {} + | sort"
}

# Whether a container has that version, as the first one had it.
check() {
    local what=$1 name=$2 version=$3
    envkeep_in "$name" restore >"$scratch/again.log" 2>&1 || fail "$what: the next run: $(cat "$scratch/again.log")"
    diff "$scratch/state.$version" <(state_of "$name") || fail "$what: it is not what was recorded"
    envkeep_in "$name" verify --deep >"$scratch/again.log" 2>&1 || fail "$what: $(cat "$scratch/again.log")"
}

# In a container that has nothing yet.
kill_first_restore() {
    local status=0
    new_container fresh
    killed_in fresh "$1" "$2" /storage/envkeep/bin/envkeep restore || status=1
    check "a new container, killed at $1 $2" fresh 1
    forget_container fresh
    return "$status"
}

# Back and forth between the two in one container.
here=1
kill_going_back() {
    local status=0 there=$((1 - here))
    killed_in going "$1" "$2" /storage/envkeep/bin/envkeep restore --at "${ids[$there]}" || status=1
    # Killed before it was written down where it goes, it is still where it was.
    envkeep_in going restore --at "${ids[$there]}" >"$scratch/again.log" 2>&1 ||
        fail "going back, killed at $1 $2: $(cat "$scratch/again.log")"
    check "going back, killed at $1 $2" going "$there"
    here=$there
    return "$status"
}

# On the way to the other one, and then to where it was: nothing of the other one stays.
kill_turning_back() {
    local status=0
    killed_in going "$1" "$2" /storage/envkeep/bin/envkeep restore --at "${ids[$((1 - here))]}" || status=1
    envkeep_in going restore --at "${ids[$here]}" >"$scratch/again.log" 2>&1 ||
        fail "turning back, killed at $1 $2: $(cat "$scratch/again.log")"
    # A further name of a file that the killed one replaced has another time of change: it goes aside.
    grep '^  aside' "$scratch/again.log" | grep -v second-name &&
        fail "turning back, killed at $1 $2: $(cat "$scratch/again.log")"
    check "turning back, killed at $1 $2" going "$here"
    return "$status"
}

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" 2>&1 || fail 'init'
forget_container zero
new_container first
: >"$scratch/containers/first/upper/server.sh"
start first /server.sh
wait_for 'the image is listed' compgen -G "$store/envkeep/images/*[0-9a-f].zst"
for version in 0 1; do
    expect "version $version is installed" install_version "$version"
    state_of first >"$scratch/state.$version"
    expect 'a snapshot is taken' envkeep_in first snapshot
    ids[version]=$(envkeep_in first snapshots --json | sed 's/.*"here":"\([^"]*\).*/\1/')
done
forget_container first

most_kills=8
kill_at_each 'mkdirat renameat2 write utimensat linkat' kill_first_restore
expect_kills 'a new container' 8
kills=0
new_container going
check 'before going back' going 1
kill_at_each 'renameat2 write unlinkat' kill_going_back
expect_kills 'going back' 6
kills=0
kill_at_each 'renameat2 unlinkat' kill_turning_back
expect_kills 'turning back' 4
finish
