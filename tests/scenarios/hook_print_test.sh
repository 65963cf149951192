#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What 'hook print' prints for each use is executed as its reader would, on a store whose name needs quotes.
. "$(dirname "$0")/scenario.sh"
begin
export ENVKEEP_STORE="$scratch/my store's \$disk"
mkdir -p "$ENVKEEP_STORE" "$scratch/bin"
"$program" init >/dev/null 2>&1
cat >"$ENVKEEP_STORE/envkeep/manifest.yaml" <<'END'
envkeep: 1
keep: [.ssh]
env: {GREETING: "it's here"}
END
mkdir -p "$ENVKEEP_STORE/envkeep/home/.ssh"
print() { "$ENVKEEP_STORE/envkeep/bin/envkeep" hook print --for "$1"; }
is_linked() { test -L "$home/.ssh" && test "$(readlink "$home/.ssh")" = "$ENVKEEP_STORE/envkeep/home/.ssh"; }
forget() { end_background "$home"; rm -rf "$home"; mkdir "$home"; }

# The server of the start command, in its place: tells how it was called.
cat >"$scratch/bin/jupyter" <<'END'
#!/bin/sh
printf '%s\n' "$GREETING" "$@"
END
chmod +x "$scratch/bin/jupyter"
# As a platform does with a start command: one line, given to a shell.
said=$(PATH="$scratch/bin:$PATH" sh -c "$(print container-command)" 2>/dev/null </dev/null)
expect 'container-command: the links are there' is_linked
expect_equal 'and the server runs with the exports' \
    "it's here lab --allow-root --ip=0.0.0.0 --no-browser" "$(tr '\n' ' ' <<<"$said" | sed 's/ $//')"
forget
mv "$ENVKEEP_STORE" "$ENVKEEP_STORE.away"
printf '#!/bin/sh\n' >"$scratch/bin/sleep"
chmod +x "$scratch/bin/sleep"
said=$(PATH="$scratch/bin:$PATH" sh -c "$(ENVKEEP_STORE="$ENVKEEP_STORE.away" "$ENVKEEP_STORE.away/envkeep/bin/envkeep" \
    hook print --for container-command | sed 's/\.away//g')" 2>/dev/null </dev/null)
expect_equal 'and without a store too' lab "$(sed -n 2p <<<"$said")"
command=$(ENVKEEP_STORE="$ENVKEEP_STORE.away" "$ENVKEEP_STORE.away/envkeep/bin/envkeep" \
    hook print --for container-command | sed 's/\.away//g')
cat >"$scratch/bin/sleep" <<'END'
#!/bin/sh
[ -e "$ENVKEEP_STORE" ] || mv "$ENVKEEP_STORE.away" "$ENVKEEP_STORE"
END
PATH="$scratch/bin:$PATH" sh -c "$command" >/dev/null 2>&1 </dev/null
expect 'and waits for a store that is mounted late' is_linked
forget
printf '#!/bin/sh\n' >"$scratch/bin/sleep"

print profile >"$home/.profile"
expect_equal 'profile: a login shell has the exports' "it's here" \
    "$(bash --login -c 'echo "$GREETING"' 2>/dev/null </dev/null)"
expect 'and the links are there' is_linked
forget
print profile >"$home/.profile"
expect_equal 'also one that is no bash' "it's here" "$(sh -lc 'echo "$GREETING"' 2>/dev/null </dev/null)"
mv "$ENVKEEP_STORE" "$ENVKEEP_STORE.away"
expect_status 'profile: without a store a login shell goes on' 0 env - HOME="$home" bash --login -ec 'set -u'
expect 'and says so' grep -q 'is not there: is the store mounted' "$scratch/said"
mv "$ENVKEEP_STORE.away" "$ENVKEEP_STORE"
forget

print pre-run >"$scratch/pre-run"
expect_equal 'pre-run: the line of init' "$(cat "$scratch/pre-run")" "$(cat "$ENVKEEP_STORE/pre-run.sh")"
expect_equal 'sourced, it gives the exports' "it's here" \
    "$(sh -c '. "$1"; echo "$GREETING"' sh "$scratch/pre-run" 2>/dev/null </dev/null)"
expect 'and makes the links' is_linked
forget

# A cell, and a file that Jupyter runs as Python before it starts: this process and its children have the variables.
for use in notebook-cell jupyter-config; do
    print "$use" >"$scratch/python"
    expect_equal "$use: gives the exports" "it's here" "$(python3 -c '
import sys
exec(open(sys.argv[1]).read())
subprocess.run(["sh", "-c", "echo \"$GREETING\""])' "$scratch/python" 2>/dev/null)"
    expect 'and makes the links' is_linked
    forget
    mv "$ENVKEEP_STORE" "$ENVKEEP_STORE.away"
    expect_status "$use: and without a store it goes on" 0 env PATH="$scratch/bin:$PATH" python3 "$scratch/python"
    expect 'and says so' grep -q 'is not there: is the store mounted' "$scratch/said"
    mv "$ENVKEEP_STORE.away" "$ENVKEEP_STORE"
done

print lifecycle-script >"$scratch/lifecycle"
# As root it works for the instance's user, whom sudo leads to.
cat >"$scratch/bin/sudo" <<'END'
#!/bin/sh
echo "$1 $2 $3" >"$SUDO_SEEN"
shift 3
exec "$@"
END
chmod +x "$scratch/bin/sudo"
expect 'lifecycle-script: ends well' env PATH="$scratch/bin:$PATH" SUDO_SEEN="$scratch/seen" bash "$scratch/lifecycle"
expect 'and makes the links' is_linked
expect_equal 'for the user of a notebook instance' '-H -u ec2-user' "$(cat "$scratch/seen")"
forget
mv "$ENVKEEP_STORE" "$ENVKEEP_STORE.away"
expect_status 'and without a store too' 0 env PATH="$scratch/bin:$PATH" SUDO_SEEN="$scratch/seen" bash "$scratch/lifecycle"
expect 'and says so' grep -q 'is not there: is the store mounted' "$scratch/said"
mv "$ENVKEEP_STORE.away" "$ENVKEEP_STORE"
finish
