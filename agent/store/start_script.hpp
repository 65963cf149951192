// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/machine.hpp"

#include <string>
#include <string_view>

namespace envkeep::store {

// Whether this image's start script sources `pre-run.sh` of a persistent folder, and how that is
// known.
struct StartScript {
    bool sources_pre_run = false;
    std::string because;
};

// Reads the command line of pid 1, the scripts it names, and the usual places of start scripts.
[[nodiscard]] StartScript find_start_script(const system::Machine& machine);

// Whether a shell text sources a file named pre-run.sh: `. /storage/pre-run.sh`, also behind `&&`
// or with quotes; a mention in a comment, a test or an echo is none.
[[nodiscard]] bool sources_pre_run(std::string_view shell_text);

}  // namespace envkeep::store
