#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Dotfiles over ssh, in an image that has neither git nor ssh: cloned and linked in one session, brought up
# to date by the start of the next, changed there and pushed. Once with an RSA key of 4096 bits, once with
# Ed25519. And the first lines of docs/dotfiles.md as they are written there.
. "$(dirname "$0")/session.sh"
. "$simulator/../support/git_server.sh"

# What took longer than git's share of the start is linked by hand.
new_is_linked() {
    in_container two test -L /root/.bash_aliases || {
        grep -qs git-under-way "$store"/envkeep/reports/start-*.json && envkeep_in two restore >/dev/null
        false
    }
}

# dotfiles_with KEY_TYPE [BITS]
dotfiles_with() {
    local key=id_$1 work=$scratch/work url
    rm -rf "$work"
    mkdir -p "$scratch/keys-$1"
    ssh-keygen -q -t "$1" ${2:+-b "$2"} -N '' -f "$scratch/keys-$1/$key"
    allow_key "$scratch/keys-$1/$key.pub"
    new_repository "dotfiles-$1.git"
    url=ssh://root@$git_server$git_folder/dotfiles-$1.git
    git "${git_identity[@]}" clone --quiet "$git_folder/dotfiles-$1.git" "$work" 2>/dev/null
    mkdir -p "$work/.config/tool"
    echo 'set number' >"$work/.vimrc"
    echo 'one=1' >"$work/.config/tool/settings"
    echo 'how to use it' >"$work/README.md"
    in_work add --all
    in_work commit --quiet -m first
    in_work push --quiet origin HEAD:main

    new_container one
    expect "$1: no git in the image" in_container one sh -c '! command -v git && ! command -v ssh'
    install_envkeep one
    in_container one mkdir -m 700 /root/.ssh
    in_container_put one "/root/.ssh/$key" 600 <"$scratch/keys-$1/$key"
    printf '[user]\n    name = Me\n    email = me@example.org\n' | in_container_put one /root/.gitconfig 644
    in_container_put one /storage/envkeep/manifest.yaml 644 <<END
envkeep: 1
keep:
  - .ssh
  - {path: .gitconfig, kind: file}
dotfiles:
  url: $url
  push: on-sync
known_hosts:
  - "$git_host_key"
END
    expect "$1: restore clones and links" envkeep_in one restore
    expect_equal "$1: the file of the repository is there" 'set number' "$(in_container one cat /root/.vimrc)"
    expect "$1: as a link" in_container one test -L /root/.vimrc
    expect_equal "$1: what lies deeper too" 'one=1' "$(in_container one cat /root/.config/tool/settings)"
    expect "$1: the folder on the way is real" in_container one test ! -L /root/.config
    expect "$1: no README in the home" in_container one test ! -e /root/README.md
    forget_container one

    echo 'set ruler' >>"$work/.vimrc"
    echo 'alias g=git' >"$work/.bash_aliases"
    in_work rm --quiet .config/tool/settings
    in_work add --all
    in_work commit --quiet -m second
    in_work push --quiet origin HEAD:main
    new_container two
    start two /server.sh >/dev/null 2>&1 || :
    wait_for "$1: the start brings what was pushed" in_container two grep -q ruler /root/.vimrc
    wait_for "$1: and links what is new" new_is_linked
    expect "$1: what was removed has no link" in_container two test ! -L /root/.config/tool/settings

    in_container two sh -c 'echo "set list" >>/root/.vimrc'
    echo 'set paste' >"$work/.other"
    in_work add --all
    in_work commit --quiet -m 'from another machine'
    in_work push --quiet origin HEAD:main
    expect "$1: sync commits upon what others pushed, and pushes" envkeep_in two sync -m 'list, too'
    in_work pull --quiet --ff-only origin main
    expect "$1: the change is with the remote" grep -q 'set list' "$work/.vimrc"
    expect_equal "$1: by its author" 'list, too Me me@example.org' "$(in_work log -1 --format='%s %an %ae')"
    expect "$1: a second sync has nothing to do" envkeep_in two sync
    expect "$1: the other's file is linked" in_container two test -L /root/.other
    expect "$1: the session is in order" envkeep_in two verify
    forget_container two
    rm -rf "${store:?}"/*
}

# The commands of the page's first block, and what they read.
page_commands() {
    awk '/^```/ { if (++blocks == 2) exit; next }
        blocks == 1 && (sub(/^\$ /, "") || in_text) { print; in_text = /<</ || (in_text && $0 != "END") }' \
        "$simulator/../../docs/dotfiles.md"
}

# github.com is the test's own server, by the user's configuration of git.
as_the_page_says() {
    ssh-keygen -q -t ed25519 -N '' -f "$scratch/keys-newcomer"
    allow_key "$scratch/keys-newcomer.pub"
    new_repository dotfiles.git
    git "${git_identity[@]}" clone --quiet "$git_folder/dotfiles.git" "$scratch/of-newcomer" 2>/dev/null
    echo 'set number' >"$scratch/of-newcomer/.vimrc"
    git "${git_identity[@]}" -C "$scratch/of-newcomer" add --all
    git "${git_identity[@]}" -C "$scratch/of-newcomer" commit --quiet -m first
    git "${git_identity[@]}" -C "$scratch/of-newcomer" push --quiet origin HEAD:main

    new_container newcomer
    install_envkeep newcomer
    in_container newcomer mkdir -m 700 /root/.ssh
    in_container_put newcomer /root/.ssh/id_ed25519 600 <"$scratch/keys-newcomer"
    echo "$git_host_key" | in_container_put newcomer /root/.ssh/known_hosts 600
    printf '[user]\n name = Me\n email = me@example.org\n[url "%s"]\n insteadOf = git@github.com:me/\n' \
        "ssh://root@$git_server$git_folder/" | in_container_put newcomer /root/.gitconfig 644
    expect_equal 'the page has so many commands' 3 "$(page_commands | grep -c envkeep)"
    { echo 'set -e; PATH=/storage/envkeep/bin:$PATH'; page_commands; } |
        in_container_put newcomer /root/page.sh 755
    expect 'all that the page says succeeds' in_container newcomer sh /root/page.sh
    expect_equal 'the file of the repository is linked' 'set number' "$(in_container newcomer cat /root/.vimrc)"
    forget_container newcomer

    new_container next
    start next /server.sh >/dev/null 2>&1 || :
    wait_for 'the next session has them' in_container next test -L /root/.vimrc
    in_container next sh -c 'echo "set list" >>/root/.vimrc'
    expect 'what is changed goes back' envkeep_in next sync -m 'what changed'
    expect_equal 'by its author' 'what changed Me' \
        "$(git "${git_identity[@]}" -C "$git_folder/dotfiles.git" log -1 --format='%s %an' main)"
    forget_container next
    rm -rf "${store:?}"/*
}

in_work() { git "${git_identity[@]}" -C "$scratch/work" "$@"; }

# in_container_put NAME FILE MODE: standard input becomes that file.
in_container_put() {
    nsenter --target "$(cat "$scratch/containers/$1/first.pid")" --mount --pid --root --wd \
        sh -c 'cat >"$1" && chmod "$2" "$1"' sh "$2" "$3"
}

. "$simulator/first_session.sh"
begin_platform
trap 'end_git_server; end_platform' EXIT
begin_git_server "$scratch"
as_the_page_says
dotfiles_with rsa 4096
dotfiles_with ed25519
finish
