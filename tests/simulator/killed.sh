# SPDX-License-Identifier: MIT
# Kills at a system call, for tests: sourced after session.sh.

# killed_in NAME CALL NUMBER CMD...: the command in a container, which is killed as one of its threads makes that
# call for the NUMBERth time. Fails where it came to its end before.
killed_in() {
    local name=$1 call=$2 number=$3 status=0
    shift 3
    # What the shell has to say of it goes the same way.
    {
        strace -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$number" \
            nsenter --target "$(cat "$scratch/containers/$name/first.pid")" --mount --pid --root --wd \
            env -i "${container_environment[@]}" "$@" </dev/null || status=$?
    } >"$scratch/killed.log" 2>&1
    [ "$status" = 137 ]
}

# kill_at_each CALLS COMMAND...: the command gets a call and a number, and kills something there: at the first,
# second, fourth, eighth... of each call, until it fails, as killed_in does, because there are no more. Under
# tests/run.sh at every second of these: the first, fourth, sixteenth...
kill_at_each() {
    local call number
    for call in $1; do
        for ((number = 1; number <= most_kills; number *= further)); do
            "${@:2}" "$call" "$number" || break
            kills=$((kills + 1))
        done
    done
}
kills=0 most_kills=16 further=2
[ -z "${ENVKEEP_CALL_STRIDE-}" ] || further=4

# expect_kills WHAT LEAST: as many kills, or half of them where only every second is asked for
expect_kills() { expect "$1 was killed $kills times" test "$kills" -ge $(($2 * 2 / further)); }
