#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A folder on the notebook's Python path whose file system takes requests and answers none: what looks at the GPU hangs
# there, and not even SIGKILL ends it. The start ends, the session is saved when it is told to end, and nothing is left.
. "$(dirname "$0")/scenario.sh"
with_slow_store begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [{path: .settings, how: copy}]\ngpu: {expect: required}\n' >"$store/envkeep/manifest.yaml"
mkdir -p "$scratch/behind" "$scratch/hung"
# A day for each request.
"$scratch/slow_store" 86400000000 "$scratch/behind" "$scratch/hung" 2>"$scratch/fuse.log" &
server=$!
wait_for 'the hung folder is mounted' grep -q " $scratch/hung fuse" /proc/self/mounts

# Those of this program's children that hang, by what the kernel says of them.
lookers() { grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status; }

mkdir -p "$store/envkeep/home"
echo one >"$store/envkeep/home/.settings"
expect_equal 'the hook returns with status 0' 'status 0' \
    "$(PYTHONPATH=$scratch/hung bash -c '. "$ENVKEEP_STORE/pre-run.sh"; echo "status $?"' 2>"$scratch/text" </dev/null)"
reports_it() { grep -qs gpu-not-looked-at "$store"/envkeep/reports/start-*.json; }
wait_for 'the report says that the look was not waited for' reports_it
wait_for 'the worker is the background process' has_background "$home"
background=$(background_pid "$home")
wait_for 'it looks once more' lookers "$background"
wait_for 'somebody hangs there' grep -q '^holds ' "$scratch/fuse.log"
expect_equal 'the copy is there' one "$(cat "$home/.settings")"
echo two >"$home/.settings"
end_background "$home"
expect_equal 'what changed is saved although the folder hangs still' two "$(cat "$store/envkeep/home/.settings")"
# Whatever hung is killed as soon as the kernel lets go of it.
is_left() { grep -ls "^Name:[[:space:]]*envkeep\$" /proc/[0-9]*/status; }
is_not_left() { ! is_left; }
expect 'what looked hangs' is_left
{ kill -KILL "$server" && wait "$server"; } 2>/dev/null || :
wait_for 'no process of envkeep is left' is_not_left
finish
