// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"

namespace envkeep::posix {

// For a child between fork(2) and what it is to be: they allocate nothing.

// Default actions, nothing blocked.
void reset_signals();

// With a standard stream closed a descriptor may have its number, which the child gives away: the
// same under a number that is none. Closed on failure, with errno set.
[[nodiscard]] Fd at_higher_number(int descriptor);

// What allow_many_files asks for at most.
inline constexpr unsigned most_descriptors = 65'536;

// Those from `first` to `last`; before Linux 5.9 below the limit and most_descriptors.
void close_descriptors(unsigned first, unsigned last);

// All descriptors from 3 on close when another program is executed.
void close_others_on_exec();

}  // namespace envkeep::posix
