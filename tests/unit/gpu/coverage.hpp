// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/diagnose.hpp"

namespace envkeep::testing {

enum class Source { files, fake_driver };

// Notes which faults a diagnosis told. They count once their test has passed: with
// ENVKEEP_FAULT_COVERAGE set, the program's end prints how many of the atlas's are told, names
// those that are not, and fails below what issue 4 asks for. Each finding must have its evidence,
// and what is more than a note its cure.
void note_told(const gpu::Diagnosis& diagnosis, Source source);

}  // namespace envkeep::testing
