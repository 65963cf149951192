// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"

#include <optional>
#include <string_view>

// The words of a layer's text.
namespace envkeep::snapshot {

inline constexpr std::string_view layer_head = "envkeep-layer 1";

[[nodiscard]] std::optional<Domain> domain_of(std::string_view word);

// d, f, s (a file that was sparse), l, h.
[[nodiscard]] char letter_of(EntryKind kind, bool is_sparse);
[[nodiscard]] std::optional<EntryKind> kind_of(std::string_view letter);

}  // namespace envkeep::snapshot
