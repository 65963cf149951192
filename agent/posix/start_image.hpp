// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::posix {

struct ImageStart {
    char** words = nullptr;
    char** environment = nullptr;
    int output = -1;  // where both of its streams go
};

// Runs a program that is bytes of ours: from a memory file, else from a file in the first folder
// that lets it be run, whose name is gone before it runs. It is killed when this process ends. not_found if
// the loader that the program names is not there.
[[nodiscard]] Result<pid_t> start_image(std::string_view image,
                                        const ImageStart& start,
                                        const std::vector<std::string>& folders);

}  // namespace envkeep::posix
