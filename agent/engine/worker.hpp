// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/start.hpp"

#include <cstdint>

namespace envkeep::engine {

// What the worker of a start tells its parent, as frames of a pipe.
enum class Message : std::uint8_t {
    limit = 1,    // the manifest's limit, milliseconds as text
    exports = 2,  // complete export lines; a later frame replaces an earlier one
    text = 3,     // what the user should read
    json = 4,
    done = 5,  // the ending, as a number; the hook may return
};

// Everything a start does, and then the life of the background process. Runs in the forked worker.
[[nodiscard]] int run_worker(int report_fd,
                             const Options& options,
                             const MakeWorld& make_world,
                             const RenderReport& render,
                             const std::function<bool()>& may_go_on);

}  // namespace envkeep::engine
