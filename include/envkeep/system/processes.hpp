// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::system {

struct Command {
    std::vector<std::string> words;  // the program's absolute path, then its arguments
    std::string_view image;  // not empty: the program's own bytes, to be run instead of a file
    std::vector<std::string> environment;  // all of it: "NAME=value"
    std::chrono::milliseconds limit{};
    std::size_t most_output = std::size_t{1} << 20U;
    // Where the image may stand for a moment if nothing may be run from memory; tried in this
    // order.
    std::vector<std::string> folders;
};

struct CommandEnd {
    bool is_over_time = false;  // it was killed at the limit, with all that it had started
    bool is_stuck = false;      // and is there still: it hangs in the kernel, nobody waits for it
    int exit_code = 0;
    int signal = 0;      // 0: it exited
    std::string output;  // of both streams, its first `most_output` bytes

    [[nodiscard]] bool is_well() const { return !is_over_time && exit_code == 0 && signal == 0; }
};

// Other programs, and the locks that they hold.
class Processes {
  public:
    virtual ~Processes() = default;

    // Runs it to its end, without input, in a process group of its own. not_found if there is no
    // such program, or none of the loader that it names. What is run from bytes leaves no core
    // file, and does not outlive this process.
    [[nodiscard]] virtual Result<CommandEnd> run(const Command& command) = 0;

    // Whether another process holds a lock (fcntl) on a file; no for a file that is not there.
    [[nodiscard]] virtual Result<bool> is_locked(const std::string& absolute) = 0;
};

}  // namespace envkeep::system
