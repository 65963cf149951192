// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/diagnose.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

[[nodiscard]] std::span<const Check> card_checks();
[[nodiscard]] std::span<const Check> module_checks();
[[nodiscard]] std::span<const Check> node_checks();
[[nodiscard]] std::span<const Check> container_checks();
[[nodiscard]] std::span<const Check> libcuda_checks();
[[nodiscard]] std::span<const Check> variable_checks();
[[nodiscard]] std::span<const Check> torch_checks();
[[nodiscard]] std::span<const Check> torch_build_checks();
[[nodiscard]] std::span<const Check> resource_checks();

// The driver knows of it: it is loaded, or says its version.
[[nodiscard]] bool has_driver(const Facts& facts);
// The cards that the driver has, or could have.
[[nodiscard]] bool has_card(const Facts& facts);

// Texts that many findings share.
inline constexpr std::string_view restart_elsewhere =
    "stop the notebook and start it again, which gives another machine; if it comes back, tell the "
    "provider";

}  // namespace envkeep::gpu
