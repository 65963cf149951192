// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>

namespace envkeep::python {

struct Interpreter {
    std::string path;     // "/usr/bin/python3.11", links followed
    std::string version;  // "3.11"
    std::string because;  // "kernelspec /usr/local/share/jupyter/kernels/python3", "PATH"
};

// The interpreter of Jupyter's default kernel: kernelspec `python3` in the Jupyter data paths, else
// the `python3` on PATH. Read from files only; nothing is started. `kept_home` is the store's side
// of the home, if there is one: what lies in its `.local` counts before it is linked too, so that
// the answer is the same before a restore and after it.
[[nodiscard]] std::optional<Interpreter> default_interpreter(const system::Machine& machine,
                                                             const std::string& home,
                                                             const std::string& kept_home = {});

}  // namespace envkeep::python
