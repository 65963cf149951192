// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/environment.hpp"
#include "envkeep/python/folders.hpp"
#include "envkeep/python/launch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::python {

// The notebook server whose kernels are asked for: a running one, or the one that would start.
struct Server {
    Environment environment;  // of its interpreter
    Launch launch;            // its variables are what kernels inherit
    std::uint32_t uid = 0;
    std::string because;  // "/usr/local/bin/jupyter-lab", "process 7"

    friend bool operator==(const Server&, const Server&) = default;
};

// The server that PATH would start: the interpreter of its first jupyter-lab, jupyter-notebook or
// jupyter. None if there is none, or a program that is no script.
[[nodiscard]] std::optional<Server> server_on_path(Folders& folders,
                                                   const Launch& launch,
                                                   std::uint32_t uid);

struct Kernel {
    std::string name;    // "python3"
    std::string folder;  // of its kernel.json; empty for ipykernel's own
    std::string display_name;
    std::string language;
    std::vector<std::string> arguments;            // argv as written, the program first
    std::map<std::string, std::string> variables;  // env as written
    std::string program;          // what it really starts, absolute; empty if that is found nowhere
    bool is_native = false;       // ipykernel's own, which Jupyter adds
    bool is_servers_own = false;  // its program was replaced by the server's interpreter
    bool wins = false;            // the first of its name
    bool is_readable = true;      // else its kernel.json says nothing that could be started

    friend bool operator==(const Kernel&, const Kernel&) = default;
};

// Folders of kernels in Jupyter's order (jupyter_core 5, paths.py, jupyter_path(): environments
// before the user where the server runs in one that its user owns).
[[nodiscard]] std::vector<std::string> kernel_folders(const system::Inspector& machine,
                                                      const Server& server);

// All of them in that order, those that are hidden by an earlier one too; then ipykernel's own
// python3 if no other is there (jupyter_client/kernelspec.py). At most 1000.
[[nodiscard]] std::vector<Kernel> find_kernels(Folders& folders, const Server& server);

// The process that such a kernel becomes in a notebook of that folder: the server's variables, with
// the kernel's `env` over them (jupyter_client, LocalProvisioner).
[[nodiscard]] Launch launch_of(const Kernel& kernel,
                               const Server& server,
                               const std::string& notebook_folder);

}  // namespace envkeep::python
