#!/bin/bash
# SPDX-License-Identifier: MIT
# The linking and the modes of a hand-made start script, nothing else: what envkeep is compared with.
#   link_script.sh HOME STORE NAME...
home=$1 store=$2
shift 2
cd "$home" || exit 1
for name in "$@"; do
    [ -e "$store/$name" ] || mkdir -p "$store/$name"
    rm -rf "$home/${name:?}"
    ln -s "$store/$name" "$home/$name"
done
chmod 700 "$store/.ssh"
chmod 600 "$store"/.ssh/*
chmod 644 "$store"/.ssh/*.pub
