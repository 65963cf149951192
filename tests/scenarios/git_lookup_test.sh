#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A name server that takes questions and never answers: looking up a name, by https, git and ssh, ends at its
# limit, and is what is told as the cause. In a network of its own.
if [ -z "${ENVKEEP_SCENARIO_HAS_NETWORK-}" ]; then
    ENVKEEP_SCENARIO_HAS_NETWORK=1 exec unshare --net -- "$0" "$@"
fi
. "$(dirname "$0")/scenario.sh"
begin
ip link set lo up
"$program" init >/dev/null 2>&1
# Longer than the test may take, so that it is envkeep that ends it.
rm -f /etc/resolv.conf
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n' >/etc/resolv.conf
python3 - "$scratch/asked" <<'END' &
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
open(sys.argv[1], "w").close()
while True:
    question = server.recv(4096)
    with open(sys.argv[1], "ab") as asked:
        asked.write(question)
END
wait_for 'the name server listens' test -e "$scratch/asked"
cat >"$store/envkeep/manifest.yaml" <<'END'
envkeep: 1
repos:
  - {url: "https://one.example/x.git", dir: one}
  - {url: "git://two.example/x.git", dir: two}
  - {url: "ssh://git@three.example/x.git", dir: three}
END
expect_status 'sync ends by itself' 7 "$envkeep" sync
for name in one two three; do
    expect "$name was asked for" grep -aq "$name" "$scratch/asked"
    expect "$name: the lookup is the cause" \
        grep -q "no name server answered in time, looking for '$name.example' .git-lookup-failed" "$scratch/said"
    expect "$name: nothing half made" test ! -e "$home/$name"
done
finish
