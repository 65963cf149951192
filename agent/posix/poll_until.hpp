// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/posix/fd.hpp"

namespace envkeep::posix {

// True once there is something to read or the other end is closed; false at the deadline.
[[nodiscard]] bool wait_until_readable(int descriptor, SteadyTime deadline);

// Waits for the end of the process behind a pidfd; for a moment only if there is no pidfd.
void wait_for_process(const Fd& process, SteadyTime deadline);

}  // namespace envkeep::posix
