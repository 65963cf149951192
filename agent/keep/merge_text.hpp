// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

// Histories as text: of shells (bash with times and without, zsh, fish), python, psql, node. Bytes
// of any encoding; pure.
namespace envkeep::keep {

struct Histories {
    std::optional<std::string_view> before;  // the home's, when the store last had all of it
    std::string_view store;
    std::string_view home;
    bool is_newest_first = false;
};

// All entries of the store's, and those that are new in the home's: where times tell, at their
// place, else behind. The store's bytes themselves where nothing is new.
[[nodiscard]] std::string united(const Histories& histories);

// Whether each entry of `part` is in `all`, as often.
[[nodiscard]] bool holds_all(std::string_view all, std::string_view part);

// Lines, and few enough for the above.
[[nodiscard]] bool is_history(std::string_view text);

}  // namespace envkeep::keep
