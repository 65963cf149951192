// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/store/lease.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::engine {

// What a listener is told meanwhile.
inline constexpr std::string_view waiting_for_claim =
    "waiting for another envkeep that changes the store";

// The claim on the changes of the store, once nobody else has it. busy, naming who has it, after
// the world's patience.
[[nodiscard]] Result<store::ChangesClaim> claim_store(const World& world,
                                                      const store::Store& store,
                                                      const std::string& command,
                                                      const Listener& listener = {});

// Without waiting; none where it cannot be had.
[[nodiscard]] std::optional<store::ChangesClaim> claim_at_once(const World& world,
                                                               const store::Store& store,
                                                               const std::string& command);

// As claim_store, for what frees space: none where a full store takes none.
[[nodiscard]] Result<std::optional<store::ChangesClaim>> claim_to_free(const World& world,
                                                                       const store::Store& store,
                                                                       const std::string& command);

// The same world for what waits for nobody.
[[nodiscard]] World without_patience(World world);

}  // namespace envkeep::engine
