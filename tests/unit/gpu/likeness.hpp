// SPDX-License-Identifier: MIT
#pragma once

#include "captured_machine.hpp"

#include <string_view>
#include <vector>

namespace envkeep::testing {

// Notes that nothing was told of this machine, which has the look of those faults of the atlas. It
// counts once its test has passed: with ENVKEEP_FAULT_COVERAGE set, the program's end prints how
// many tests have such machines, and fails below what is asked for: two for each layer of the
// atlas, ten that do not begin with the base machine.
void note_likeness(const CapturedMachine& machine, const std::vector<std::string_view>& looks_like);

}  // namespace envkeep::testing
