// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/launch.hpp"

#include <string>
#include <vector>

// The interpreters of the machine that the tests run on: what they say is the truth.
namespace envkeep::python {

// Those of Python 3.8 and later in /usr/bin, /usr/local/bin and below PYENV_ROOT; at least
// /usr/bin/python3, which the build needs too.
[[nodiscard]] std::vector<std::string> real_pythons();

// What a program prints, line by line, the last line's end left out; fails the test if it fails.
[[nodiscard]] std::vector<std::string> lines_of(const std::vector<std::string>& words,
                                                const Launch& launch);

// What Python code prints there; the launch's arguments and "-c CODE" are the program's.
[[nodiscard]] std::vector<std::string> printed_by(const std::string& program,
                                                  const Launch& launch,
                                                  const std::string& code);

// A virtual environment as `-m venv` makes it, without pip.
void make_virtual(const std::string& program,
                  const std::string& folder,
                  const std::vector<std::string>& options = {});

}  // namespace envkeep::python
