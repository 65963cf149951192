// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/folders.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

// The first line of a script, as execve(2) reads it.
struct Shebang {
    std::string interpreter;  // "/root/venv/bin/python", "python3" if `env` looks for it on PATH
    std::string argument;     // what stands behind it

    friend bool operator==(const Shebang&, const Shebang&) = default;
};

// The way out that pip takes for long paths and for spaces in them is understood too:
// "#!/bin/sh", then "'''exec' /a/long/path/python "$0" "$@"". None for what is no script.
[[nodiscard]] std::optional<Shebang> parse_shebang(std::string_view head);

// A command that a Python package brought: pip, jupyter-lab, torchrun.
struct Script {
    std::string path;
    Shebang shebang;

    friend bool operator==(const Script&, const Script&) = default;
};

// The script at that path, whatever runs it; none if it is no script or cannot be read.
[[nodiscard]] std::optional<Script> script_at(const system::Inspector& machine,
                                              const std::string& path);

// Those in a folder of programs that a Python runs; at most 2000 files are looked into.
[[nodiscard]] std::vector<Script> python_scripts_in(Folders& folders, const std::string& bin);

}  // namespace envkeep::python
