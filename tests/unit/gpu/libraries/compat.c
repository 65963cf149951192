// SPDX-License-Identifier: MIT
// A libcuda of a package for forward compatibility, as far as its note goes: for kernel drivers of
// the branches 550 and 575.
#define TEXT "{\"format\": 1, \"CUDA version\": \"12.9\", \"driver\": [550, 575], \"device\": [1]}"

__attribute__((section(".note.cuda.fwd_compatibility"), used, aligned(4))) static const struct {
    unsigned name_size;
    unsigned text_size;
    unsigned type;
    char name[20];
    char text[(sizeof TEXT + 3) / 4 * 4];
} note = {19, sizeof TEXT - 1, 1, "NVIDIA Corporation", TEXT};
