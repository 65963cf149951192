#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What an image brought is looked up before anything of it is replaced: by `init` in a session without a
# start line, and by the start of a session that gets another image's snapshot. So the next session has
# one version of each package, whole.
# shellcheck source=tests/simulator/session.sh
. "$(dirname "$0")/session.sh"
# shellcheck source=tests/simulator/first_session.sh
. "$(dirname "$0")/first_session.sh"

# shellcheck source=tests/simulator/killed.sh
. "$(dirname "$0")/killed.sh"

shell_in() { in_container "$1" /bin/sh -euc "$2"; }
site=/usr/local/lib/python3.11/dist-packages
pip_installs() {
    python3 "$simulator/make_wheel.py" "$store" pure "$2"
    shell_in "$1" "pip install --root-user-action=ignore --break-system-packages --no-index --quiet \
        --disable-pip-version-check --find-links /storage pure==$2"
    rm "$store"/*.whl
}
with_a_module_of_its_own() {
    shell_in "$1" "touch $site/pure/only_in_$2.py
        echo 'pure/only_in_$2.py,,' >>$site/pure-$2.dist-info/RECORD"
}
versions() {
    shell_in "$1" "python3 -c 'from importlib.metadata import distributions
print(*(one.name + \"==\" + one.version for one in distributions() if one.name == \"pure\"))'
        cd $site; ls -d pure-*; ls pure | grep only || :" | tr '\n' ' '
}
test_age() { [ $((SECONDS - $1)) -ge 5 ]; }
# From now on containers start from an image that has that container's changes too.
image_with() {
    local born
    end_container "$1"
    mkdir -p "$scratch/images/$1"
    cp -a "$scratch/containers/$1/upper/usr" "$scratch/images/$1/"
    image=$scratch/images/$1:$bookworm
    forget_container "$1"
    # Older than any container that starts from now on, by more than clocks may differ.
    born=$SECONDS
    wait_for 'the image has aged' test_age "$born"
}

begin_platform
bookworm=$image
new_container a
expect 'an image brings a package' pip_installs a 1.0
with_a_module_of_its_own a 1.0
image_with a
image_a=$image

new_container first
install_envkeep first >"$scratch/log" 2>&1 || fail 'init'
expect 'a session without a start line has another version of it' pip_installs first 2.0
expect 'a snapshot is taken' envkeep_in first snapshot
cat "$scratch/expect.log"
forget_container first

new_container second
: >"$scratch/containers/second/upper/server.sh"
start second /server.sh >"$scratch/second.log" 2>&1
cat "$scratch/second.log"
expect 'it is the same image' sh -c "! grep -q 'another image' '$scratch/second.log'"
expect_equal 'one version is here, whole' 'pure==2.0 pure-2.0.dist-info ' "$(versions second)"
forget_container second

image=$bookworm
new_container b
expect 'another image brings a third version' pip_installs b 3.0
with_a_module_of_its_own b 3.0
image_with b

# Killed wherever it writes or removes, the next one goes on: what the image brings is there until then.
kill_restore() {
    local status=0
    new_container killed
    killed_in killed "$1" "$2" /storage/envkeep/bin/envkeep restore || status=1
    shell_in killed "ls -d $site/pure-*.dist-info/METADATA" >"$scratch/again.log" 2>&1 ||
        fail "killed at $1 $2: no version is there"
    envkeep_in killed restore >"$scratch/again.log" 2>&1 || :
    expect_equal "killed at $1 $2, the next restore brings the version that was asked for" \
        'pure==2.0 pure-2.0.dist-info ' "$(versions killed)"
    forget_container killed
    return "$status"
}
# The last calls are those with which the image's version makes room.
new_container counted
strace -f -o "$scratch/calls" -e trace=unlinkat,renameat2 \
    nsenter --target "$(cat "$scratch/containers/counted/first.pid")" --mount --pid --root --wd \
    env -i "${container_environment[@]}" /storage/envkeep/bin/envkeep restore </dev/null >/dev/null 2>&1 || :
forget_container counted
# Each of them, and where ENVKEEP_CALL_STRIDE is set one in six, of the one call other ones than of the other.
all_kills=0 step=1 first=10 wanted=15
[ -z "${ENVKEEP_CALL_STRIDE-}" ] || step=6 wanted=2
for call in unlinkat renameat2; do
    kills=0
    last=$(grep -c "$call(" "$scratch/calls" || :)
    for ((number = last > first ? last - first : 1; number <= last; number += step)); do
        kill_restore "$call" "$number" || continue
        kills=$((kills + 1))
    done
    expect "it was killed at $kills of the last calls of $call" test "$kills" -ge 1
    all_kills=$((all_kills + kills))
    first=$((first - step / 2))
done
expect "it was killed $all_kills times, at one in $step of the last calls" test "$all_kills" -ge "$wanted"

# The bytes of the version that was asked for are damaged: the image's stays, whole.
pack=$(ls -S "$store"/envkeep/packs/*.tar.zst | head -n 1)
cp "$pack" "$scratch/sound"
head -c 20 /dev/zero | tr '\0' '\377' | dd of="$pack" bs=1 seek=4 conv=notrunc 2>/dev/null
new_container damaged
envkeep_in damaged restore >"$scratch/damaged.log" 2>&1 || :
grep -q 'snapshot-not-restored' "$scratch/damaged.log" || fail "nothing was damaged: $(cat "$scratch/damaged.log")"
expect_equal 'the image keeps its version' 'pure==3.0 pure-3.0.dist-info only_in_3.0.py ' "$(versions damaged)"
expect_equal 'which works' 3.0 "$(shell_in damaged "python3 -c 'import pure; print(pure.__version__)'" 2>&1)"
cat "$scratch/sound" >"$pack"
envkeep_in damaged restore >"$scratch/damaged.log" 2>&1 || :
expect_equal 'until they are sound again' 'pure==2.0 pure-2.0.dist-info ' "$(versions damaged)"
forget_container damaged

new_container third
: >"$scratch/containers/third/upper/server.sh"
start third /server.sh >"$scratch/third.log" 2>&1
cat "$scratch/third.log"
expect_equal 'the version that was asked for is here' 'pure==2.0 pure-2.0.dist-info ' "$(versions third)"
expect 'a snapshot of this image is taken' envkeep_in third snapshot
cat "$scratch/expect.log"
forget_container third
expect_equal 'which is another one' 2 \
    "$(cat "$store"/envkeep/snapshots/*.json | grep -o '"image": *"[0-9a-f]*"' | sort -u | wc -l)"
new_container fourth
: >"$scratch/containers/fourth/upper/server.sh"
start fourth /server.sh >"$scratch/fourth.log" 2>&1
expect_equal 'and so it is in the next session' 'pure==2.0 pure-2.0.dist-info ' "$(versions fourth)"
forget_container fourth

image=$image_a
new_container fifth
: >"$scratch/containers/fifth/upper/server.sh"
start fifth /server.sh >"$scratch/fifth.log" 2>&1
expect_equal 'the first image comes up as before' 'pure==2.0 pure-2.0.dist-info ' "$(versions fifth)"
finish
