// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

// What a notebook compiles with: torch.compile and triton, XLA, extensions that build themselves.
namespace envkeep::gpu {

struct BuildTools {
    std::string cuda_home;               // that torch.utils.cpp_extension would take; empty: none
    std::string because;                 // "CUDA_HOME", "/usr/bin/nvcc", "/usr/local/cuda"
    bool has_home = false;               // that folder is there
    bool has_nvcc = false;               // in its bin
    std::string cuda;                    // version of that toolkit: "12.0.1"; may be empty
    std::string libdevice;               // a libdevice.10.bc that XLA finds; empty: none
    std::string c_compiler;              // that triton would take: "/usr/bin/gcc", or what CC says
    std::optional<unsigned> gcc;         // major version of the gcc on PATH
    std::optional<unsigned> newest_gcc;  // that the toolkit's nvcc takes
    bool has_python_headers = false;     // Python.h of the notebook's Python
    // What triton asks: `ldconfig -p` for libcuda.so.1, else LD_LIBRARY_PATH.
    bool knows_loader_cache = false;
    std::string cached_libcuda;       // of the cache
    bool is_libcuda_on_path = false;  // in a folder of LD_LIBRARY_PATH
    // A folder with libcuda.so.1 and without the link libcuda.so, where this triton links with that
    // and no folder of the linker's has it; else empty.
    std::string unlinked_libcuda;

    friend bool operator==(const BuildTools&, const BuildTools&) = default;
};

}  // namespace envkeep::gpu
