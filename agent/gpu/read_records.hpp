// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/probe.hpp"

#include <string_view>

namespace envkeep::gpu {

// From what the probe wrote (probe/record.h); anything may stand between its records, and a part of
// one at the end.
void read_records(std::string_view output, ProbePass& pass, ProbeFacts& facts);

}  // namespace envkeep::gpu
