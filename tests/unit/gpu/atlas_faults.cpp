// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

namespace envkeep::testing {

std::vector<AtlasFault> atlas_faults() {
    std::vector<AtlasFault> all;
    for (const std::span<const AtlasFault> some : {atlas_machine_faults(),
                                                   atlas_driver_library_faults(),
                                                   atlas_variable_faults(),
                                                   atlas_python_faults(),
                                                   atlas_framework_faults(),
                                                   atlas_library_faults(),
                                                   atlas_companion_faults(),
                                                   atlas_resource_faults()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

}  // namespace envkeep::testing
