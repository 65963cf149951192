// SPDX-License-Identifier: MIT
#pragma once

#include "captured_machine.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace envkeep::testing {

// A fault that only the driver tells, or that it proves, on a machine whose files show nothing.
struct ProbeFault {
    std::string id;                                  // the finding that is expected, first
    std::string answers;                             // of the fake driver
    std::map<std::string, std::string> variables{};  // of the notebook
    void (*change)(CapturedMachine& machine) = nullptr;
    std::string also{};  // the only other one
};

[[nodiscard]] std::span<const ProbeFault> probe_faults();

// What a machine answers where nothing is wrong; the ids name the machine.
[[nodiscard]] std::span<const ProbeFault> healthy_probes();

// Of the captured machine, and what the fake driver of that case answered in it.
[[nodiscard]] gpu::Diagnosis diagnosis_of(const ProbeFault& fault);

}  // namespace envkeep::testing
