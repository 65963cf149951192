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
# second, fourth, eighth... of each call, until it fails, as killed_in does, because there are no more. Where
# ENVKEEP_CALL_STRIDE is set, at one of these for each call, each day another (ENVKEEP_CALL_TURN repeats a day's),
# or at the first where there are not so many. A call that is not made at all is a failure.
kill_at_each() {
    local call number
    for call in $1; do
        if [ -n "${ENVKEEP_CALL_STRIDE-}" ]; then
            number=$((1 << (turn + calls) % 4)) calls=$((calls + 1))
            echo "to be killed at $call $number: ENVKEEP_CALL_TURN=$turn"
            if "${@:2}" "$call" "$number" || "${@:2}" "$call" 1; then
                kills=$((kills + 1))
            else
                fail "killed at no $call"
            fi
            continue
        fi
        for ((number = 1; number <= most_kills; number *= 2)); do
            "${@:2}" "$call" "$number" || break
            kills=$((kills + 1))
        done
        [ "$number" -gt 1 ] || fail "killed at no $call"
    done
}
kills=0 calls=0 most_kills=16 turn=${ENVKEEP_CALL_TURN:-$(($(date +%s) / 86400))}

# expect_kills WHAT LEAST: as many kills, where they are not thinned
expect_kills() {
    local least=$2
    [ -z "${ENVKEEP_CALL_STRIDE-}" ] || least=1
    expect "$1 was killed $kills times" test "$kills" -ge "$least"
}
