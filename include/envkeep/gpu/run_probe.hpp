// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/facts.hpp"
#include "envkeep/system/inspector.hpp"
#include "envkeep/system/processes.hpp"

#include <chrono>

namespace envkeep::gpu {

enum class ProbeDepth {
    nvml,     // asks what the driver says of its cards
    compute,  // also starts CUDA and runs a kernel on each
};

struct ProbeWish {
    ProbeDepth depth = ProbeDepth::nvml;
    std::chrono::milliseconds nvml_limit{3'000};
    std::chrono::milliseconds cuda_limit{20'000};
};

// Whether that process is this user's, so that what its variables name may be run. This shell is.
[[nodiscard]] bool is_of_user(const system::Inspector& machine,
                              const NotebookProcess& notebook,
                              std::uint32_t uid);

// Loads the driver in processes of their own with the whole environment of the notebook's process,
// and where that fails once more without the variables that may be to blame. Never fails: what went
// wrong is part of the answer. Takes a few times the limits at most.
[[nodiscard]] ProbeFacts run_probe(system::Processes& processes,
                                   const system::Inspector& machine,
                                   const NotebookProcess& notebook,
                                   const ProbeWish& wish);

}  // namespace envkeep::gpu
