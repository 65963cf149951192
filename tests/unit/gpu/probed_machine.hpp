// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/run_probe.hpp"

#include <chrono>
#include <map>
#include <string>

namespace envkeep::testing {

// The built-in probe, run in a process of its own over the fake driver.
struct FakeDriver {
    std::string answers;                           // see tests/fake_driver/answers.h
    std::map<std::string, std::string> variables;  // of the notebook, beside those of the fake
    std::map<std::string, std::string> added{};    // to its process's, by a kernelspec
    std::string folder{};                          // that the notebook's process is in

    // With limits that only a hang meets.
    [[nodiscard]] gpu::ProbeFacts probe(const gpu::ProbeWish& wish = {
                                            .depth = gpu::ProbeDepth::compute,
                                            .nvml_limit = std::chrono::minutes(1),
                                            .cuda_limit = std::chrono::minutes(1)}) const;
};

}  // namespace envkeep::testing
