// SPDX-License-Identifier: MIT
#pragma once

#include "library_machine.hpp"

#include <initializer_list>
#include <map>
#include <string>

namespace envkeep::testing {

// Where apt puts what CUDA's packages bring, and where its toolkit is.
inline const std::string toolkit_libraries = "/usr/local/cuda-12.0/lib64/";

// A notebook of Gradient as its newest image makes it: Ubuntu 22.04 whose notebook is deadsnakes'
// Python 3.11 behind links in /usr/local/bin, CUDA's toolkit 12.0, cuDNN 8.9.7 by apt, torch
// 2.1.1+cu121 with NVIDIA's packages, TensorFlow 2.15, JupyterLab with a kernel that runs as root
// in /notebooks, a Quadro M4000 with driver 525.116.04, given by the classic container runtime. Its
// LD_LIBRARY_PATH is that of NVIDIA's images; with the toolkit's folder in it torch is broken.
class GradientMachine : public LibraryMachine {
  public:
    GradientMachine();

    // Of the server, and of the kernel that it started.
    GradientMachine& variable(const std::string& name, const std::string& value);
    // A folder before all others of LD_LIBRARY_PATH, or of PYTHONPATH.
    GradientMachine& first_in(const std::string& variable, const std::string& folder);
    // An entry of /etc/ld.so.cache, or none.
    GradientMachine& cached(const std::string& soname, const std::string& path);
    GradientMachine& uncached(const std::string& soname);
    // A link that takes the place of what was there.
    GradientMachine& relink(const std::string& path, const std::string& target);
    // The kernel's driver and the libraries that the runtime mounts for it.
    GradientMachine& host_driver(const std::string& version);
    // What the runtime mounted of "libcuda.so" and the like is not there.
    GradientMachine& without_driver_library(const std::string& name);
    // Nothing was given by a container runtime.
    GradientMachine& without_runtime();
    // Its card is another one: "0x1eb8".
    GradientMachine& other_card(const std::string& device);
    // A second card, of the same kind if nothing is said.
    GradientMachine& second_card(const std::string& device = "0x13f1");
    // pip's uninstall, of a package by its name in RECORD's folder: "nvidia_cudnn_cu12".
    GradientMachine& without_package(const std::string& name, const std::string& site = image_site);
    // As `pip install -U` leaves it: torch 2.4.1+cu121 with cuDNN 9 in the place of the image's.
    GradientMachine& newer_torch();
    // torchvision and triton, which are for one torch, are gone; or torch is, too.
    GradientMachine& without_companions();
    GradientMachine& without_torch();
    // The server runs, and no kernel that it could start.
    GradientMachine& without_running_kernel();

  private:
    std::string driver_;
    std::map<std::string, std::string> variables_;
    std::map<std::string, std::string> cached_;
};

}  // namespace envkeep::testing
