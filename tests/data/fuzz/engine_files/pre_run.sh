6#!/bin/bash
[ ! -r /storage/envkeep/hook.sh ] || . /storage/envkeep/hook.sh # envkeep
pip install x
