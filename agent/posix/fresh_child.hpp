// SPDX-License-Identifier: MIT
#pragma once

namespace envkeep::posix {

// For a child between fork(2) and what it is to be: they allocate nothing.

// Default actions, nothing blocked.
void reset_signals();

// All descriptors from 3 on close when another program is executed.
void close_others_on_exec();

}  // namespace envkeep::posix
