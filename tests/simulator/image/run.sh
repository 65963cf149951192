#!/bin/bash
# SPDX-License-Identifier: MIT
# The start of the simulated platform's image: its shell reads the user's hook from the folder that
# survives, and the server then runs in that same shell, with all that the hook left in it.
cd /notebooks
if [ -e /storage/pre-run.sh ]; then
    . /storage/pre-run.sh
fi
. "$1"
