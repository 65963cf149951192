// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::system {

struct Command {
    std::vector<std::string> words;        // the program's absolute path, then its arguments
    std::vector<std::string> environment;  // all of it: "NAME=value"
    std::chrono::milliseconds limit{};
    std::size_t most_output = std::size_t{1} << 20U;
};

struct CommandEnd {
    bool is_over_time = false;  // it was killed at the limit, with all that it had started
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
    // such program.
    [[nodiscard]] virtual Result<CommandEnd> run(const Command& command) = 0;

    // Whether another process holds a lock (fcntl) on a file; no for a file that is not there.
    [[nodiscard]] virtual Result<bool> is_locked(const std::string& absolute) = 0;
};

}  // namespace envkeep::system
