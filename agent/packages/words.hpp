// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

// The words of the enumerations in inventory.hpp, in their order.
namespace envkeep::packages {

inline constexpr std::array<std::string_view, 11> domain_words{
    "python", "conda", "apt", "npm", "kernel", "lab", "r", "code", "tool", "cargo", "model"};

inline constexpr std::array<std::string_view, 9> note_words{"duplicate",
                                                            "interrupted-pip",
                                                            "half-installed",
                                                            "shadowed",
                                                            "broken-kernel",
                                                            "damaged",
                                                            "too-large",
                                                            "link",
                                                            "interrupted-conda"};

template <typename Value, std::size_t Count>
std::optional<Value> value_of_word(const std::array<std::string_view, Count>& words,
                                   std::string_view word) {
    const auto found = std::ranges::find(words, word);
    return found == words.end() ? std::nullopt
                                : std::optional(static_cast<Value>(found - words.begin()));
}

}  // namespace envkeep::packages
