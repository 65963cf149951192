// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/model/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

// With the words of faults.txt; none without evidence.
[[nodiscard]] std::optional<model::Finding> found(std::string_view id,
                                                  model::Severity severity,
                                                  std::vector<std::string> evidence);

// CUDA works on this machine: as it is, or without a variable that is known.
[[nodiscard]] bool is_proven(const Facts& facts);

// What libcuda's pass ended with; 0 if it did not run, or if a variable is to blame.
[[nodiscard]] int cuda_code(const Facts& facts);

// Error, or warning where CUDA works all the same.
[[nodiscard]] model::Severity severity_beside(const Facts& facts);

// Of the first call that failed: "probe: cuInit gave CUDA_ERROR_NO_DEVICE (100)".
[[nodiscard]] std::string cuda_line(const Facts& facts, const CompatData& data);
[[nodiscard]] std::string nvml_line(const Facts& facts, const CompatData& data);

// Holds what the probe proved against what the files let suspect: a suspicion that it disproved
// goes, one that it confirmed gets its answer as evidence, and what nothing explains is told.
void weigh_probe(const Facts& facts, const CompatData& data, std::vector<model::Finding>& findings);

}  // namespace envkeep::gpu
