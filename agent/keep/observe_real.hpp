// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/observe.hpp"
#include "keep/observe_records.hpp"

namespace envkeep::keep {

// Fills in what is to be known where a real file or folder stands at the place: whether it is busy
// or the source itself, how it compares with the store, who changed it.
void see_real(const WantedKeep& keep,
              const ObserveContext& context,
              SessionRecords& records,
              system::FileReader& files,
              KeepSeen& seen);

}  // namespace envkeep::keep
