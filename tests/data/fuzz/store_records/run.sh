:#!/bin/bash
[ -f '/storage/pre-run.sh' ] && . "/storage/pre-run.sh" # x
