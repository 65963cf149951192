// SPDX-License-Identifier: MIT
// As the toolkit's stub of libcuda: each function gives CUDA_ERROR_STUB_LIBRARY.
int cuInit(unsigned flags) {
    (void)flags;
    return 34;
}
