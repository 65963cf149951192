// SPDX-License-Identifier: MIT
#pragma once

#include "captured_machine.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// One of made_libraries.cmake: "torch_wheel/libc10.so".
[[nodiscard]] std::string made(const std::string& name);

// Those of nvidia-cudnn-cu12 9.1.
[[nodiscard]] const std::vector<std::string>& cudnn_9();

// The machine of CapturedMachine whose torch has real ELF files, as pip lays them out: torch 2.4.1
// with NVIDIA's packages for CUDA 12.1 beside it, in the image's dist-packages.
class LibraryMachine : public CapturedMachine {
  public:
    LibraryMachine();

    // One that has nothing yet.
    explicit LibraryMachine(Bare tag) : CapturedMachine(tag) {}

    // Files by path, each with the content of that made library.
    LibraryMachine& put(const std::map<std::string, std::string>& made_by_path);
    // "cudnn", "9.1.0.70": nvidia-cudnn-cu12 with those files in nvidia/cudnn/lib.
    LibraryMachine& nvidia(const std::string& component,
                           const std::string& version,
                           const std::vector<std::string>& made_files,
                           const std::string& suffix = "-cu12");
    // torch's files from that folder of made libraries.
    LibraryMachine& torch_of(const std::string& folder,
                             const std::string& version,
                             const std::string& site = image_site);
    // The same, built for that CUDA and asking for those packages.
    LibraryMachine& torch_of(const std::string& folder,
                             const std::string& version,
                             const std::string& cuda,
                             const std::vector<std::string>& requirements,
                             const std::string& site);
    // A line of torch/__init__.py, as it is since 2.5.1.
    LibraryMachine& torch_opens_linker();
    // /etc/ld.so.cache with these, soname -> path.
    LibraryMachine& cache(const std::map<std::string, std::string>& paths);
    // gcc, Python.h, triton: what torch.compile wants.
    LibraryMachine& compiler();

    // Ids of the findings that are more than information.
    [[nodiscard]] std::vector<std::string> faults();
    // The first of that id; an empty one if there is none.
    [[nodiscard]] model::Finding finding(std::string_view id);
};

}  // namespace envkeep::testing
