// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "gradient_machine.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// The order in which a cause is looked for, as the atlas numbers it: what comes first wins. Written
// down here anew, so that the doctor's own table is compared with it.
enum class Step {
    card = 1,
    module = 2,
    nodes = 3,
    container = 4,
    libcuda = 5,
    variables = 6,
    framework = 7,
    wheels_cuda = 8,
    wheels_code = 9,
    libraries = 10,
    companions = 11,
    resources = 12,
};

// What happens to a healthy notebook of Gradient, and the fault of the atlas that it is.
struct AtlasFault {
    std::string_view id;
    Step step;
    model::Severity severity;  // with which it is told
    void (*happens)(GradientMachine& machine);
    std::string_view beside{};  // what else is told of it: ids, with a space between
};

// Every fault that files tell.
[[nodiscard]] std::vector<AtlasFault> atlas_faults();

[[nodiscard]] std::span<const AtlasFault> atlas_machine_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_driver_library_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_variable_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_python_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_framework_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_library_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_companion_faults();
[[nodiscard]] std::span<const AtlasFault> atlas_resource_faults();

}  // namespace envkeep::testing
