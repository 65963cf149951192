#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A home has one background process, however many starts there were at the same moment, and whatever became of
# what it remembers; 'uninstall' ends each one that there is.
. "$(dirname "$0")/scenario.sh"
begin
"$program" init >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [{path: .conf, how: copy, kind: file}]\nsave: {every: 5s}\n' >"$store/envkeep/manifest.yaml"
echo one >"$store/envkeep/home/.conf"
start() { "$envkeep" restore --start >/dev/null 2>&1 </dev/null; }
# Not what they fork; their own parents ended.
backgrounds() { ps -eo ppid=,pid=,args= | sed -n 's/^ *1  *\([0-9]*\) .*restore --start$/\1/p'; }
are() { [ "$(backgrounds | wc -l)" = "$1" ] && [ "$(ls "$store/envkeep/leases" | grep -c 'json$')" = "$1" ]; }

starts=()
for _ in 1 2 3 4; do
    start &
    starts+=($!)
done
wait "${starts[@]}"
wait_for 'four starts at once: one goes on' are 1 || :
first=$(backgrounds)
expect_equal 'and is the one that is known' "$first" "$(background_pid "$home")"

echo garbage >"$home/.envkeep-state/session.json"
expect 'a start that finds garbage' start
wait_for 'leaves it at that one' are 1 || :
expect_equal 'the same' "$first" "$(backgrounds)"
expect_equal 'and it is known again' "$first" "$(background_pid "$home")"

until rm -rf "$home/.envkeep-state" 2>/dev/null; do :; done  # it may just write there
wait_for 'without its folder it is known again' sh -c 'grep -q "\"pid\":$1," "$2/.envkeep-state/background.json"' \
    sh "$first" "$home" || :
expect_equal 'one and the same' "$first" "$(backgrounds)"

# From here on each looks by itself once in a minute.
sed -i 's/every: 5s/every: 1h/' "$store/envkeep/manifest.yaml"
kill -STOP "$first"
rm -rf "$home/.envkeep-state"
expect 'a start that finds nothing' start
wait_for 'takes its place' are 2 || :
kill -CONT "$first"
wait_for 'which then ends' are 1 || :
expect 'by itself' sh -c '! kill -0 "$1" 2>/dev/null' sh "$first"
second=$(backgrounds)
expect_equal 'the other is known' "$second" "$(background_pid "$home")"
expect_equal 'nothing was kept twice' .conf "$(ls -A "$store/envkeep/home")"

# Else the look that it takes before the start would make it known.
kill -STOP "$second"
rm -rf "$home/.envkeep-state"
expect 'a start that finds nothing again' start
wait_for 'there are two' are 2 || :
kill -CONT "$second"
expect_status 'uninstall' 0 "$envkeep" uninstall
wait_for 'ends both' are 0 || :
finish 'one background process after 4 starts at once'
