// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/environment.hpp"
#include "envkeep/python/launch.hpp"

#include <string>

namespace envkeep::python {

// What a process was told, in the words of sys.flags.
struct Wishes {
    Options options;
    bool ignores_variables = false;
    bool has_no_user_site = false;
    bool leaves_out_unsafe = false;
};

[[nodiscard]] Wishes wishes_of(const Environment& environment, const Launch& launch);

// Empty counts as not set, as for all of PYTHON*.
[[nodiscard]] std::string variable(const Launch& launch, const std::string& name);

}  // namespace envkeep::python
