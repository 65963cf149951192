// SPDX-License-Identifier: MIT
#pragma once

#include "captured_machine.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Notebooks, kernelspecs and environments of a captured machine.
namespace envkeep::testing {

// Words between NULs, as /proc/PID/cmdline has them.
std::string words(const std::vector<std::string>& all);

// The kernel that runs is this program's instead of /usr/bin/python3's.
CapturedMachine& runs(CapturedMachine& machine, const std::string& program);

// A server of that Python runs (pid 100); a kernel runs beside it or does not.
CapturedMachine& with_server(CapturedMachine& machine,
                             const std::string& program = "/usr/bin/python3");
CapturedMachine& without_kernel(CapturedMachine& machine);

CapturedMachine& kernel_spec(CapturedMachine& machine,
                             const std::string& folder,
                             const std::string& program,
                             const std::string& env = "{}");

// PREFIX/bin/python is a link to `base`, which may not be there; pyvenv.cfg names its folder.
CapturedMachine& virtual_environment(CapturedMachine& machine,
                                     const std::string& prefix,
                                     const std::string& base,
                                     const std::string& version);

// None if it was not found.
std::optional<model::Finding> finding_of(CapturedMachine& machine, std::string_view id);

// Ids of all that is a warning or an error.
std::vector<std::string> faults_in(CapturedMachine& machine);

// The same of a healthy machine, which is counted as such where there are none. `looks_like` names
// faults of the atlas whose look it has. Information passes: it says what is so and may be meant
// ("no card", "the cache is off") and names no fault.
std::vector<std::string> alarms(CapturedMachine& machine,
                                const std::vector<std::string_view>& looks_like = {});

}  // namespace envkeep::testing
