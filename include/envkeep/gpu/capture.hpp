// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/gpu/observe.hpp"
#include "envkeep/system/recorder.hpp"

#include <string>

namespace envkeep::gpu {

// What an observation looked at, as a tar file that makes a captured machine (`--root`) of which
// the same is found. Of variables, commands, kernelspecs and the like it holds what matters to the
// checks; what looks like a secret is masked, a file with a private key left out.
[[nodiscard]] std::string capture_of(const system::Recording& recording,
                                     const Surroundings& surroundings);

// Of a captured machine, by its record: home, uid and store, as far as it tells.
void take_recorded(const Json& record, Surroundings& surroundings);

}  // namespace envkeep::gpu
