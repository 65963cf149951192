#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What pip installed for the user into a linked .local comes to the local disk, and each new container has
# it there, as it was, by the snapshot; and the way back.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"

# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }

# A session begins as on the platform.
begin_session() {
    new_container "$1"
    printf 'mkdir -p /root/.local/share/jupyter/runtime\n' >"$scratch/containers/$1/upper/server.sh"
    start "$1" /server.sh >"$scratch/$1.log" 2>&1 || fail "$1: the start line"
}

# Leases that nobody took away count for five minutes more: these pass at once.
end_session() {
    end_container "$1"
    forget_container "$1"
    find "$store/envkeep/leases" -type f -exec touch -d '1 hour ago' {} +
}

# Names, modes and times to the nanosecond of what pip installed.
state_of() {
    shell_in "$1" 'cd /root/.local && find -L . -path ./share/jupyter -prune -o -name __pycache__ -prune -o -name .netrc -o \
        ! -type d -printf "%p %m %s %T@\n" | sort && find -L . -type f -path "*greeter*" ! -name "*.pyc" \
        -exec sha256sum {} + | sort'
}

expect_greeter() {
    expect_equal "$1: the console script runs" 'hello from the store' "$(in_container "$1" /root/.local/bin/greeter 2>&1)"
    expect "$1: as it was, to the nanosecond" diff "$scratch/state" <(state_of "$1")
}

expect_real() {
    expect "$1: .local is a real folder" shell_in "$1" '[ -d /root/.local ] && [ ! -L /root/.local ]'
    expect_equal "$1: the module comes from the local disk" /root/.local \
        "$(shell_in "$1" 'python3 -c "import greeter, os; print(os.path.realpath(greeter.__file__))" | cut -d / -f 1-3')"
}

begin_platform
new_container zero
install_envkeep zero >"$scratch/log" || fail 'init'
# As a store has it that was imported: one plain link.
printf 'envkeep: 1\nkeep:\n  - .local   # what pip installs\n' >"$store/envkeep/manifest.yaml"
forget_container zero

begin_session first
work_in first || fail 'the work'
expect 'first: .local is a link' shell_in first '[ -L /root/.local ]'
state_of first >"$scratch/state"
inventory "$store/envkeep/home" | cut -c 1-64 | sort -u >"$scratch/bytes"
expect 'it is changed over' envkeep_in first adopt --packed .local
cat "$scratch/expect.log"
expect_greeter first
expect_real first
expect_equal 'the comment in the manifest is there still' '  - {path: .local, how: packed}   # what pip installs' \
    "$(grep -F .local "$store/envkeep/manifest.yaml")"
expect "the store's side is in the backups" test ! -e "$store/envkeep/home/.local" \
    -a -d "$store"/envkeep/backups/released/*/home/.local
expect 'status has it in order' shell_in first '/storage/envkeep/bin/envkeep status --json |
    python3 -c "import json, sys; row = [k for k in json.load(sys.stdin)[\"keeps\"] if k[\"subject\"] == \"~/.local\"][0];
assert (row[\"how\"], row[\"state\"], row[\"note\"]) == (\"packed\", \"in_order\", \"\"), row"'
expect 'a restore has nothing to do' shell_in first '/storage/envkeep/bin/envkeep restore | grep -q "nothing to do"'
expect 'verify proves it' envkeep_in first verify --deep
end_session first

begin_session second
expect_greeter second
expect_real second
expect 'second: verify proves every byte' envkeep_in second verify --deep
expect 'second: what Jupyter makes anew is no part of it' shell_in second '
    touch /root/.local/share/jupyter/runtime/Qkernel.json /root/.local/share/jupyter/Qkept
    /storage/envkeep/bin/envkeep snapshot'
expect_equal "but all else is" Qkept \
    "$(cat "$store"/envkeep/manifests/*.layer.zst | zstd -dc | grep -ao "Q[k]e[a-z]*" | sort -u)"
expect 'and back to a link' envkeep_in second adopt .local
cat "$scratch/expect.log"
expect 'second: .local is a link again' shell_in second '[ -L /root/.local ]'
expect_equal 'the manifest says so' '  - {path: .local, how: link}   # what pip installs' \
    "$(grep -F .local "$store/envkeep/manifest.yaml")"
expect_greeter second
end_session second

begin_session third
expect 'third: .local is a link, though the snapshot has it too' shell_in third '[ -L /root/.local ]'
expect_greeter third
expect 'third: nothing is amiss' envkeep_in third verify
cat "$scratch/expect.log"
# By hand, in the manifest alone: the next session gets it by copy, until a snapshot holds it.
sed -i 's/how: link/how: packed/' "$store/envkeep/manifest.yaml"
rm -f "$store"/envkeep/refs/*/* "$store"/envkeep/snapshots/*
end_session third

begin_session fourth
expect_real fourth
expect_greeter fourth
expect 'fourth: status says that no snapshot holds it' \
    shell_in fourth "/storage/envkeep/bin/envkeep status | tr -s ' \n' ' ' | grep -q \"not captured yet: 'envkeep adopt --packed .local'\""
expect 'fourth: restore does not bring it twice' shell_in fourth '
    rm /root/.local/bin/greeter; /storage/envkeep/bin/envkeep save; /storage/envkeep/bin/envkeep restore | grep -q "nothing to do"
    [ ! -e /root/.local/bin/greeter ] && [ -e /storage/envkeep/home/.local/bin/greeter ]'
end_session fourth

begin_session fifth
expect_greeter fifth
expect 'fifth: the same command finishes it' envkeep_in fifth adopt --packed .local
cat "$scratch/expect.log"
expect 'fifth: the store has no side of it left' test ! -e "$store/envkeep/home/.local"
end_session fifth

begin_session sixth
expect_real sixth
expect_greeter sixth
expect 'sixth: a secret in it stays out, and is named' shell_in sixth '
    printf "machine x login y password z\n" >/root/.local/share/.netrc
    /storage/envkeep/bin/envkeep adopt --packed .local >/tmp/said 2>&1 || :
    grep -q "envkeep adopt .local/share/.netrc" /tmp/said'
expect 'sixth: by an entry of its own it is kept' envkeep_in sixth adopt .local/share/.netrc
expect 'sixth: and all is well' envkeep_in sixth adopt --packed .local
end_session sixth

begin_session seventh
expect_greeter seventh
expect_real seventh
expect 'seventh: the secret is there' shell_in seventh 'grep -q machine /root/.local/share/.netrc && [ -L /root/.local/share/.netrc ]'
expect 'seventh: released, it stays as it is' envkeep_in seventh release .local
expect_greeter seventh
end_session seventh

inventory "$store/envkeep/backups" "$store/envkeep/home" | cut -c 1-64 | sort -u >"$scratch/kept"
expect 'no byte of the first session is gone from the store' \
    test -z "$(comm -23 "$scratch/bytes" "$scratch/kept")"

# Killed ever later, until it ends by itself: all is somewhere all the time, and the next run goes on. Each 7 ms,
# and under tests/run.sh by an eighth later beside them.
later=${ENVKEEP_CALL_STRIDE:+8}
begin_session eighth
in_container eighth /bin/sh -euc 'for i in 1 2 3; do
    /storage/envkeep/bin/envkeep adopt .local; head -c 3000000 /dev/urandom >/root/.local/large$i
done' >"$scratch/eighth.log" 2>&1 || fail 'eighth: a link with something in it'
here=$scratch/containers/eighth/upper/root
inventory "$store/envkeep/home" | cut -c 1-64 | sort -u >"$scratch/bytes"
kills=0 ended=no lost=0
for ((delay = 4; delay < 20000; delay += 7 + (later ? delay / later : 0))); do
    status=0
    in_container eighth timeout -s KILL "$(printf '%d.%03d' "$((delay / 1000))" "$((delay % 1000))")" \
        /storage/envkeep/bin/envkeep adopt --packed .local >"$scratch/eighth.log" 2>&1 || status=$?
    # What runs beside may remove a file of its own meanwhile.
    inventory "$store/envkeep" "$here" | cut -c 1-64 | sort -u >"$scratch/kept" || :
    [ -z "$(comm -23 "$scratch/bytes" "$scratch/kept")" ] || lost=$((lost + 1))
    [ "$status" -ne 0 ] || { ended=yes && break; }
    [ "$status" = 137 ] || fail "eighth: it ended with $status: $(cat "$scratch/eighth.log")"
    kills=$((kills + 1))
done
expect 'eighth: it was killed often enough' test "$kills" -ge 5
expect_equal "eighth: it went on after $kills kills, the last after $delay ms" yes "$ended"
expect_equal 'eighth: no byte was gone at any time' 0 "$lost"
expect_real eighth
expect_greeter_and_more() { expect "$1: with all that came later" shell_in "$1" 'cat /root/.local/large[123] >/dev/null'; }
expect_greeter_and_more eighth
expect "eighth: the store's side is put away" test ! -e "$store/envkeep/home/.local/large1"
end_session eighth

begin_session ninth
expect_real ninth
expect_greeter_and_more ninth
finish
