#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two, eight and thirty-two sessions of one image start at the same moment on a store that is new to all: none
# reports a failure, and store and homes hold what one start alone leaves, byte for byte.
. "$(dirname "$0")/scenario.sh"
begin
cat >"$scratch/manifest" <<'END'
envkeep: 1
keep: [.ssh, .config, .local, .cache/models, {path: .bash_history, kind: file, how: copy}]
env: {GREETING: hello}
END

# As the image ships it.
image=$scratch/image
mkdir -p "$image/.ssh" "$image/.config/tool/deep" "$image/.local/bin" "$image/.cache/models"
for i in $(seq 40); do echo "setting $i" >"$image/.config/tool/deep/$i"; done
ln -s deep/1 "$image/.config/tool/first"
printf '#!/bin/sh\n' >"$image/.local/bin/tool"
chmod 755 "$image/.local/bin/tool"
head -c 300000 /dev/urandom >"$image/.cache/models/weights"
echo 'Host *' >"$image/.ssh/config"
chmod 700 "$image/.ssh"
chmod 600 "$image/.ssh/config"
echo 'ls' >"$image/.bash_history"

# Kinds, modes, link targets and digests, but for what is of one run or session alone.
tree() {
    local own=(-path ./.envkeep-state -o -path ./journal -o -path ./leases -o -path ./reports -o -path ./starts -o -path ./images
        -o -path ./store.json)
    (cd "$1" && find . \( "${own[@]}" \) -prune -o -printf '%y %m %l %p\n' | sort &&
        find . \( "${own[@]}" \) -prune -o -type f -exec sha256sum {} + | sort -k 2) |
        sed -E 's/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{10}/RUN/g'
}

# A store on the disk of the container is a warning of its own.
is_in_order() {
    { HOME=$1 "$envkeep" status --json 2>/dev/null || :; } | python3 -c '
import json, sys
assert all(keep["state"] == "in_order" for keep in json.load(sys.stdin)["keeps"])'
}

# starts COUNT: fresh homes, a fresh store, and all starts at once.
starts() {
    local count=$1 i
    rm -rf "$store" "$scratch/homes" "$scratch/starts"
    mkdir -p "$store" "$scratch/homes" "$scratch/starts"
    HOME=$scratch/home-of-root "$program" init >/dev/null 2>&1
    cp "$scratch/manifest" "$store/envkeep/manifest.yaml"
    mkfifo "$scratch/gate"
    local pids=()
    for i in $(seq "$count"); do
        cp -a "$image" "$scratch/homes/$i"
        (
            exec </dev/null >"$scratch/starts/$i.json" 2>"$scratch/starts/$i.text"
            : <"$scratch/gate" # opens for all once somebody writes
            HOME=$scratch/homes/$i exec "$envkeep" restore --start --json --store "$store"
        ) &
        pids+=($!)
    done
    exec 7>"$scratch/gate"
    for i in "${pids[@]}"; do wait "$i" || fail "$count at once: a start has a status"; done
    exec 7>&-
    rm "$scratch/gate"
}

starts 1
expect 'one start brings its home in order' is_in_order "$scratch/homes/1"
end_background "$scratch/homes/1"
tree "$store/envkeep" >"$scratch/store.of-one"
tree "$scratch/homes/1" >"$scratch/home.of-one"
expect 'it took into the store what the image ships' \
    cmp "$image/.cache/models/weights" "$store/envkeep/home/.cache/models/weights"

counts=(2 8 32)
for count in "${counts[@]}"; do
    starts "$count"
    expect "$count at once: none reports a failure" python3 - "$count" "$scratch/starts" <<'END'
import json, sys
count, folder = int(sys.argv[1]), sys.argv[2]
for i in range(1, count + 1):
    said = json.load(open(f"{folder}/{i}.json"))
    assert said["exit"] == 0, (i, said["exit"], said["findings"])
    bad = [finding for finding in said["findings"] if finding["severity"] != "info"]
    assert not bad, (i, bad)
END
    for i in $(seq "$count"); do
        is_in_order "$scratch/homes/$i" || fail "$count at once: home $i is not in order"
        end_background "$scratch/homes/$i"
        tree "$scratch/homes/$i" >"$scratch/home.found"
        diff "$scratch/home.of-one" "$scratch/home.found" >&2 ||
            fail "$count at once: home $i is not what one start leaves"
    done
    tree "$store/envkeep" >"$scratch/store.found"
    expect "$count at once: the store is what one start leaves" diff "$scratch/store.of-one" "$scratch/store.found"
    expect_equal "$count at once: no claim and no lease stays" '' "$(ls -A "$store/envkeep/leases")"
done
finish "${counts[*]} starts at once: each time home and store are what one start leaves"
