// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <string>
#include <utility>
#include <vector>

namespace envkeep::engine {

// Times the parts of a story one after another.
class Stopwatch {
  public:
    explicit Stopwatch(const system::Machine& machine)
        : machine_(machine), last_(machine.steady_now()) {}

    // Ends a part and names it.
    void lap(std::string name) {
        const SteadyTime now = machine_.steady_now();
        timings_.push_back({.name = std::move(name), .took = now - last_});
        last_ = now;
    }

    [[nodiscard]] std::vector<Timing> take() { return std::move(timings_); }

  private:
    const system::Machine& machine_;
    SteadyTime last_;
    std::vector<Timing> timings_;
};

}  // namespace envkeep::engine
