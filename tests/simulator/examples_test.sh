#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each complete manifest of examples/ in two sessions: what the first one's home held is linked and kept,
# the second one comes up with all of it through the hook, and has nothing left to do.
. "$(dirname "$0")/session.sh"
. "$(dirname "$0")/first_session.sh"
begin_platform
examples=$(cd "$(dirname "$0")/../../examples" && pwd)

# What is kept, without what sessions write of themselves.
kept() { inventory "$store" | grep -v -e /envkeep/leases/ -e /envkeep/reports/ -e /envkeep/journal/ -e /envkeep/hook.sh; }

# two_sessions EXAMPLE PATH...: the paths below the home of which each holds a file of the user's.
two_sessions() {
    local example=$1 path before
    shift
    rm -rf "$store"
    mkdir -p "$store"
    new_container one
    install_envkeep one >/dev/null 2>&1
    cp "$examples/$example.yaml" "$store/envkeep/manifest.yaml"
    cp "$examples"/rich-team.yaml "$store/envkeep/"
    expect "$example: it has no mistake" envkeep_in one manifest check
    for path; do
        in_container one /bin/sh -euc 'mkdir -p "$(dirname "$1")"; echo "# mine: $1" >"$1"' sh "/root/$path"
    done
    expect "$example: restore" envkeep_in one restore --no-network
    expect "$example: and then all is in order" envkeep_in one verify
    before=$(kept)
    forget_container one

    new_container two
    cp "$scratch/server.sh" "$scratch/containers/two/upper/server.sh"
    expect_equal "$example: the server starts" 'server runs' "$(start two /server.sh 2>/dev/null)"
    for path; do
        expect_equal "$example: ~/$path" "# mine: /root/$path" "$(in_container two cat "/root/$path" 2>&1)"
    done
    expect "$example: the second session has nothing left to do" envkeep_in two verify
    expect_equal "$example: nothing in the store was changed by it" "$before" \
        "$(kept)"
}

echo 'echo "server runs"' >"$scratch/server.sh"

two_sessions course-follower .local/share/app/data .ssh/id_ed25519
expect 'course-follower: the store is in sight of the notebooks' \
    in_container two test /notebooks/storage/pre-run.sh -ef /storage/pre-run.sh
forget_container two

two_sessions fastai-paperspace-setup .local/bin/tool .ssh/id_rsa .config/app/rc .ipython/startup.py \
    .fastai/config.ini .jupyter/settings.json .conda/environments.txt .kaggle/kaggle.json \
    .git-credentials .gitconfig .bash_history
expect_equal 'fastai-paperspace-setup: its places are those of the script' /storage/cfg/.ssh \
    "$(in_container two readlink /root/.ssh)"
expect_equal 'fastai-paperspace-setup: a token is nobody else'"'"'s to read' 600 \
    "$(in_container two stat -L -c %a /root/.git-credentials)"
forget_container two

two_sessions rich .local/bin/tool .local/lib/python3.11/site-packages/mine.py .ssh/config .gitconfig \
    .bash_history .config/app/rc .toolrc .jupyter/settings.json .netrc
in_container two /bin/sh -euc 'cd /root/.config; mkdir -p app/Cache new/Cache; echo x >app/Cache/x; echo x >new/Cache/x; echo x >a.lock'
expect 'rich: what is excluded may come at any time' envkeep_in two restore --no-network
expect_equal 'rich: what is excluded is not kept' '' \
    "$(find "$store/envkeep/home/.config" -name '*.lock' -o -name Cache)"
expect_equal 'rich: programs are executable, as its modes say' 755 \
    "$(in_container two stat -L -c %a /root/.local/bin/tool)"
expect_equal 'rich: the exports of both files reach the server' '/root/.local/bin /storage/cache/huggingface 1' \
    "$(printf 'echo "${PATH%%%%:*} $HF_HOME $OMP_NUM_THREADS"' >"$scratch/containers/two/upper/server.sh"
        start two /server.sh 2>/dev/null)"
forget_container two
finish
