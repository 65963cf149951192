#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A process that was started oddly: with a umask that takes the owner's own rights away, as a user who is not
# root and whom that stops; with a limit for the size of files, or few open ones; on a kernel that hides which
# boot this is, or the processes of others; by a program that ignores the ends of its children. Each time all
# that can be done is done, and what cannot says why.
. "$(dirname "$0")/scenario.sh"
begin
# A place that everybody may enter, for a user who is nobody here.
place=/mnt
mount -t tmpfs -o mode=0755 place "$place"
install -m 755 "$program" "$place/envkeep"
as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups env HOME="$place/u/home" "$@"; }
status_can_look() {
    local status=0
    as_user "$place/envkeep" --store "$place/u/storage" status >"$scratch/said" 2>&1 || status=$?
    cat "$scratch/said"
    # 1: there is something to say.
    [ "$status" -le 1 ] && [ -s "$scratch/said" ] && ! grep -q 'permission denied' "$scratch/said"
}

for mask in 0777 0577 0377 0077; do
    rm -rf "$place/u"
    mkdir -p "$place/u/home/.conf/deep" "$place/u/storage"
    echo mine >"$place/u/home/.conf/deep/file"
    chown -R 1000:1000 "$place/u"
    oddly() { as_user sh -c "umask $mask; exec \"\$@\"" sh "$place/envkeep" --store "$place/u/storage" "$@"; }
    expect_status "umask $mask: init" 0 oddly init --template container
    expect_status "umask $mask: adopt" 0 oddly adopt .conf
    expect_status "umask $mask: restore" 0 oddly restore
    expect_equal "umask $mask: nothing of the store is closed to its owner" '' \
        "$(find "$place/u/storage" \( -type d ! -perm -0700 -o -type f ! -perm -0600 \) -printf '%m %p\n')"
    expect "umask $mask: status can look" status_can_look
    expect_equal "umask $mask: every byte is there" mine "$(cat "$place/u/home/.conf/deep/file")"
done

"$program" init --template container >/dev/null 2>&1
printf 'envkeep: 1\nkeep: [{path: large, how: copy, kind: file}, {path: small, how: copy, kind: file}]\n' \
    >"$store/envkeep/manifest.yaml"
head -c 5000000 /dev/zero >"$store/envkeep/home/large"
echo small >"$store/envkeep/home/small"
# In blocks of 1024 bytes.
expect_status 'a limit for the size of files: told' 3 \
    bash -c 'ulimit -f 1024; exec "$@"' bash "$envkeep" restore
expect 'with its cure' grep -q 'ulimit -f unlimited' "$scratch/said"
expect_equal 'and the others are there' small "$(cat "$home/small")"
# Two starts that are killed would let the third leave the step out.
for start in first second; do
    rm -f "$home/small"
    expect_status "the $start start under that limit" 0 bash -c \
        'ulimit -f 1024; "$1" restore --start >"$2" 2>&1 </dev/null' bash "$envkeep" "$scratch/said"
    expect_equal "the $start start brings the others" small "$(cat "$home/small")"
    wait_for 'its background process' has_background "$home"
    "$envkeep" status >"$scratch/said" 2>&1 || :
    expect 'and was not killed' sh -c '! grep -q start- "$1"' sh "$scratch/said"
    end_background "$home"
done
expect_status 'without it all is there' 0 "$envkeep" restore
expect 'byte for byte' cmp "$home/large" "$store/envkeep/home/large"

outside=$place/many
{
    printf 'envkeep: 1\nkeep:\n'
    for ((i = 0; i < 700; i++)); do
        mkdir -p "$outside/$i"
        printf '  - {path: %s/x, kind: file}\n' "$outside/$i"
    done
} >"$store/envkeep/manifest.yaml"
expect_status 'many folders outside the home, few open files to begin with' 0 \
    bash -c 'ulimit -Sn 256; exec "$@"' bash "$envkeep" restore
expect_equal 'each is linked' 700 "$(find "$outside" -type l | wc -l)"

# What ignores SIGCHLD gives that to all that it starts.
printf 'envkeep: 1\nkeep: [{path: h.sqlite, how: merge, kind: file}]\n' >"$store/envkeep/manifest.yaml"
sql() { python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); [print(*row) for row in db.execute(sys.argv[2])]; db.commit()' "$@"; }
sql "$store/envkeep/home/h.sqlite" 'CREATE TABLE said (id INTEGER PRIMARY KEY, word TEXT)'
expect_status 'a database' 0 "$envkeep" restore
sql "$home/h.sqlite" 'INSERT INTO said (word) VALUES ("mine")'
sql "$store/envkeep/home/h.sqlite" 'INSERT INTO said (word) VALUES ("theirs")'
# No program of ours knows this database: that it answers so shows that its end was seen.
expect_status 'ends of children are ignored: save' 1 python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$envkeep" save
expect 'a program that it ran has told its end' grep -q 'no database of IPython' "$scratch/said"

printf 'envkeep: 1\nkeep: [.condarc]\n' >"$store/envkeep/manifest.yaml"
echo kept >"$store/envkeep/home/.condarc"
mount -t tmpfs none /proc/sys/kernel/random
expect 'which boot this is, is hidden' test ! -e /proc/sys/kernel/random/boot_id
expect_status 'restore works' 0 "$envkeep" restore
expect_equal 'and links' kept "$(cat "$home/.condarc")"
expect_equal 'the start line works' 'status 0' \
    "$(bash -c ". '$store/envkeep/hook.sh'; echo \"status \$?\"" 2>/dev/null </dev/null)"
"$envkeep" status >"$scratch/said" 2>&1 || :
expect 'and is known to have run' grep -q 'start line ran' "$scratch/said"

# A kernel that hides all processes but a user's own: nobody can tell when the container started.
umount /proc/sys/kernel/random
rm -rf "$place/u"
mkdir -p "$place/u/home" "$place/u/storage"
chown -R 1000:1000 "$place/u"
hidden() { as_user "$place/envkeep" --store "$place/u/storage" "$@"; }
mount -o remount,hidepid=2 /proc
expect 'process 1 is hidden' as_user sh -c '! [ -e /proc/1/stat ]'
expect_status 'hidden: init' 0 hidden init --template container
printf 'envkeep: 1\nkeep: [{path: .linked, kind: file}, {path: .copied, how: copy, kind: file}]\n' \
    >"$place/u/storage/envkeep/manifest.yaml"
for name in linked copied; do
    as_user sh -c "echo kept >'$place/u/storage/envkeep/home/.$name'"
done
expect_status 'hidden: restore' 0 hidden restore
expect_equal 'hidden: both are there' 'kept kept' "$(cat "$place/u/home/.linked") $(cat "$place/u/home/.copied")"
expect 'hidden: status can look' status_can_look
as_user sh -c "echo mine >'$place/u/home/.copied'"
expect_status 'hidden: save' 0 hidden save
expect_equal 'hidden: what changed is in the store' mine "$(cat "$place/u/storage/envkeep/home/.copied")"
# What cannot be known to be the image's is taken for the user's.
rm -rf "$place/u/home/.envkeep-state"
as_user sh -c "echo other >'$place/u/home/.copied'"
expect_status 'hidden: a restore that knows nothing decides nothing' 3 hidden restore
expect_equal 'hidden: and leaves it' other "$(cat "$place/u/home/.copied")"
expect_status 'hidden: a start' 0 hidden restore --start
wait_for 'hidden: its background process' sh -c 'ls "$1"/*.json' sh "$place/u/storage/envkeep/leases"
end_background "$place/u/home"
finish '4 umasks, 3 limits'
