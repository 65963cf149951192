// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/posix/fd.hpp"

namespace envkeep::posix {

// For poll(2): rounded up, so that nobody polls again and again for the last part of a millisecond.
[[nodiscard]] int milliseconds_until(SteadyTime deadline);

// True once one of poll(2)'s `events` is there, or the other end is closed; false at the deadline.
[[nodiscard]] bool wait_until_ready(int descriptor, short events, SteadyTime deadline);

// True once there is something to read or the other end is closed; false at the deadline.
[[nodiscard]] bool wait_until_readable(int descriptor, SteadyTime deadline);

// Waits for the end of the process behind a pidfd; for a moment only if there is no pidfd.
void wait_for_process(const Fd& process, SteadyTime deadline);

}  // namespace envkeep::posix
