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
[[nodiscard]] StartScript find_start_script(const system::Machine& machine,
                                            std::string_view store_base = {});

// Whether a shell text sources a file named pre-run.sh: `. /storage/pre-run.sh`, also behind `&&`
// or with quotes; a mention in a comment, a test or an echo is none. With a store's folder an
// absolute path must name the one in it.
[[nodiscard]] bool sources_pre_run(std::string_view shell_text, std::string_view store_base = {});

}  // namespace envkeep::store
