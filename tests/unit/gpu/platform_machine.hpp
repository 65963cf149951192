// SPDX-License-Identifier: MIT
#pragma once

#include "captured_machine.hpp"

#include <map>
#include <string>
#include <vector>

namespace envkeep::testing {

// NVIDIA's driver, with the libraries of it that programs load.
struct Driver {
    std::string version;
    std::string folder;          // of the libraries
    bool is_open = false;        // the open kernel modules
    bool is_mounted = true;      // a container runtime bound the libraries in
    bool is_proc_a_copy = true;  // and froze /proc/driver/nvidia
    unsigned uvm_major = 511;
};

struct Card {
    std::string address;  // "0000:00:04.0"
    std::string device;   // "0x1eb8"
    std::string model;    // "Tesla T4"
    unsigned minor = 0;
    std::string pci_class = "0x030200";  // a 3D controller; of a card with outputs 0x030000
};

// torch as pip installs it, with the packages of NVIDIA's that it pins beside it.
struct Wheel {
    std::string site;
    std::string version;                      // "2.8.0+cu128"
    std::string cuda;                         // "12.8"
    std::map<std::string, std::string> pins;  // "cudnn" -> "9.10.2.21"
    std::string python = "312";
    std::string made = "torch_wheel";  // or torch_conda, torch_whole, torch_cuda_13
    std::vector<std::string> requirements{};
};

// What torch 2.6 to 2.8 pins for CUDA 12.6 and 12.8 (compat.json, nvidia_component_pins).
inline const std::map<std::string, std::string> pins_of_cuda_126{{"cublas", "12.6.4.1"},
                                                                 {"cuda-runtime", "12.6.77"},
                                                                 {"cudnn", "9.10.2.21"},
                                                                 {"cusparse", "12.5.4.2"},
                                                                 {"nccl", "2.27.3"},
                                                                 {"nvjitlink", "12.6.85"}};
inline const std::map<std::string, std::string> pins_of_cuda_128{{"cublas", "12.8.4.1"},
                                                                 {"cuda-runtime", "12.8.90"},
                                                                 {"cudnn", "9.10.2.21"},
                                                                 {"cusparse", "12.5.8.93"},
                                                                 {"nccl", "2.27.3"},
                                                                 {"nvjitlink", "12.8.93"}};

// What Debian and Ubuntu's Python says of its folders, and where they have libraries.
inline const std::string debians_site_py = "sitepackages.append(\"dist-packages\")\n";
inline const std::string debians_libraries = "/usr/lib/x86_64-linux-gnu";

// A machine that is made from nothing, as one platform or another has it: real ELF files, and the
// loader's cache as this machine's own ldconfig writes it.
class PlatformMachine : public CapturedMachine {
  public:
    PlatformMachine();

    PlatformMachine& drives(const Driver& driver, const std::vector<Card>& cards);
    PlatformMachine& has(const Wheel& wheel);
    // NVIDIA's packages of those versions: "cudnn" -> "9.10.2.21".
    PlatformMachine& nvidia(const std::string& site,
                            const std::map<std::string, std::string>& versions);
    // The kernel of the notebook (pid 200), by its words.
    PlatformMachine& kernel(const std::vector<std::string>& command);
    // What such a process finds by the names of those libraries: made library by path.
    PlatformMachine& put(const std::map<std::string, std::string>& made_by_path);
    // All that torch loads of CUDA and cuDNN 9, in one folder.
    PlatformMachine& cuda_in(const std::string& folder);
    // /etc/ld.so.conf with these folders, and the cache of them. Without root there is no cache:
    // the loader has its default folders, and a test that needs more is skipped.
    PlatformMachine& ldconfig(const std::vector<std::string>& folders = {});
};

}  // namespace envkeep::testing
