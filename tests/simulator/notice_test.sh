#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The notice of a start that needs a look: in the first terminal, whichever shell it starts, and in no other.
. "$(dirname "$0")/session.sh"
. "$(dirname "$0")/first_session.sh"
begin_platform

# terminal NAME CMD...: an interactive shell on a terminal of its own, which is left at once; gives what it showed.
terminal() {
    local first
    first=$(cat "$scratch/containers/$1/first.pid")
    shift
    PYTHONPATH=$support python3 -B - nsenter --target "$first" --mount --pid --root --wd \
        env -i "${container_environment[@]}" TERM=dumb "$@" <<'END'
import os, pty, sys
from terminal import shown_on
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
os.write(terminal, b"exit\n")
shown = b"".join(shown_on(terminal))
os.waitpid(pid, 0)
sys.stdout.write(shown.decode(errors="replace"))
END
}

# start_with_notice NAME: it is written when the hook has returned.
start_with_notice() {
    start "$1" /server.sh >"$scratch/start.log" 2>&1
    wait_for 'the notice is written' test -s "$scratch/containers/$1/upper/root/.envkeep-state/notice"
}

times() { grep -c 'envkeep: .* at the start' <<<"$1" || :; }

new_container one
install_envkeep one
printf 'envkeep: 1\nkepe: [.ssh]\n' >"$store/envkeep/manifest.yaml"
echo 'echo "server runs"' >"$scratch/containers/one/upper/server.sh"
start_with_notice one
expect 'the server runs' grep -q 'server runs' "$scratch/start.log"
shown=$(terminal one /bin/bash -i)
expect_equal 'the first terminal shows it' 1 "$(times "$shown")"
command=$(tr -d '\r' <<<"$shown" | sed -n "s/.*at the start; see '\([^']*\)'.*/\1/p")
expect_status 'and its command runs there as printed' 2 in_container one /bin/bash -ic "$command"
expect 'and tells why' grep -q kepe "$scratch/said"
shown=$(terminal one /bin/bash -i)
expect_equal 'the second does not' 0 "$(times "$shown")"
start_with_notice one
expect_equal 'no shell without a terminal shows it' '' "$(in_container one /bin/bash -ic : 2>&1 | grep 'at the start' || :)"
shown=$(terminal one /bin/bash --login -i)
expect_equal 'a login shell shows it after the next start, once' 1 "$(times "$shown")"
shown=$(terminal one /bin/bash --login -i)
expect_equal 'and not again' 0 "$(times "$shown")"
expect_equal 'one line of ours is in bash.bashrc' 1 \
    "$(in_container one grep -c '# envkeep' /etc/bash.bashrc)"
expect_equal 'with the time that the image gave it' "$(stat -c %y "$image/etc/bash.bashrc")" \
    "$(in_container one stat -c %y /etc/bash.bashrc)"

# Another home than the account's own: /etc is left alone, and the line is offered instead.
in_container one mkdir -p /elsewhere
offered=$(in_container one env HOME=/elsewhere /storage/envkeep/bin/envkeep init --notice 2>&1)
line=$(sed -n 's/^ *\(\[ ! -s .*# envkeep\)$/\1/p' <<<"$offered")
expect 'a line is offered for ~/.bashrc' test -n "$line"
in_container one sh -c "printf '%s\n' \"\$1\" >/elsewhere/.bashrc; mkdir -p /elsewhere/.envkeep-state
    echo 'envkeep: 1 problem at the start' >/elsewhere/.envkeep-state/notice" sh "$line"
shown=$(terminal one HOME=/elsewhere /bin/bash -i)
expect_equal 'with it the first terminal shows the notice' 1 "$(times "$shown")"
shown=$(terminal one HOME=/elsewhere /bin/bash -i)
expect_equal 'and the second does not' 0 "$(times "$shown")"
finish
