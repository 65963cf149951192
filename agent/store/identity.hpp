// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <string>

namespace envkeep::store {

// What store.json says.
struct Identity {
    std::string id;
    std::string created;
};

// store_missing if it is missing, cut short or noise; unsafe_path for a link; unsupported for a
// newer layout.
[[nodiscard]] Result<Identity> read_identity(const system::Place& file, system::FileReader& files);

// The content of a new store.json.
[[nodiscard]] std::string new_identity(const system::Machine& machine);

}  // namespace envkeep::store
