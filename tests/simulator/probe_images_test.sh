#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# probe_images_test.sh <image>: `doctor --deep` in that root, with a driver made for tests: the probe
# starts with the image's own glibc, computes, and tells what the driver is told to break; a root
# without a glibc is named as such.
set -euo pipefail
export SIMULATED_IMAGE=$1
if [ -e "${ENVKEEP_IMAGES_DIR:?}/$1.missing" ]; then
    echo "the image '$1' could not be had: $(cat "$ENVKEEP_IMAGES_DIR/$1.missing")"
    exit 77
fi
# shellcheck source=tests/simulator/session.sh
. "$(dirname "${BASH_SOURCE[0]}")/session.sh"
driver=$ENVKEEP_BUILD_DIR/tests/fake_driver/lib

begin_platform
mkdir -p "$scratch/layer/opt/driver" "$scratch/layer/opt/broken"
cp "$driver"/lib*.so.1 "$scratch/layer/opt/driver"
head -c 100 "$driver/libcuda.so.1" >"$scratch/layer/opt/broken/libcuda.so.1"
install -m 0755 "$program" "$scratch/layer/opt/envkeep"
new_container one

# doctor ANSWERS [NAME=VALUE...]: what it prints; its status is kept.
doctor() {
    local answers=$1
    shift
    status=0
    in_container one env FAKE_GPU="$answers" "$@" /opt/envkeep doctor --deep --facts --json \
        >"$scratch/answer" 2>"$scratch/err" || status=$?
}
says() { grep -qF -- "$1" "$scratch/answer"; }
says_not() { ! says "$1"; }
none_left() { ! in_container one sh -c 'cat /proc/[0-9]*/cmdline' | grep -qa envkeep-gpu-probe; }

if [ "$1" = musl ]; then
    doctor ''
    expect 'a root without glibc is told as such' says '"id":"drv-musl-image"'
    expect 'and nothing else is' says_not '"id":"probe-'
    expect_equal 'the status is that of a machine without a card' 1 "$status"
    finish
    exit
fi

found=LD_LIBRARY_PATH=/opt/driver
doctor '' $found
expect 'the probe starts, and the kernel computes' says '"computes":true'
expect 'its library is the one of that variable' says '"library":"/opt/driver/libcuda.so.1"'
expect 'no process of it is left' none_left

doctor 'cuInit=802' $found
expect 'a code is told' says 'CUDA_ERROR_SYSTEM_NOT_READY (802)'
expect_equal 'the GPU is broken' 8 "$status"
doctor 'cuInit=crash' $found
expect 'a crash is told' says '"id":"probe-crashed"'
doctor 'cuInit@CUDA_MODULE_LOADING=999' $found CUDA_MODULE_LOADING=LAZY
expect 'a variable is proven to be to blame' says '"culprits":["CUDA_MODULE_LOADING"]'

doctor ''
expect 'a missing library is told in the words of the loader' \
    says 'libcuda.so.1: cannot open shared object file'

# Where the loader finds the driver by itself, a variable that hides it is to blame.
in_container one sh -c 'echo /opt/driver >/etc/ld.so.conf.d/driver.conf && ldconfig'
doctor ''
expect 'the driver is found through the cache' says '"computes":true'
doctor '' LD_LIBRARY_PATH=/opt/broken
expect 'a broken copy before it is proven to be the cause' says '"culprits":["LD_LIBRARY_PATH"]'
expect_equal 'the GPU is broken for the notebook' 8 "$status"
finish
