// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// `$NAME`, `${NAME}` and `${NAME:-otherwise}` in a path; `$$` is a plain dollar sign.
namespace envkeep::manifest {

struct Piece {
    std::string text;  // as it stands, or a variable's name
    bool is_variable = false;
    std::optional<std::string> otherwise;

    friend bool operator==(const Piece&, const Piece&) = default;
};

// Refuses (invalid_manifest) a dollar sign that begins none of these.
[[nodiscard]] Result<std::vector<Piece>> split_variables(std::string_view text);

using Lookup = std::function<std::optional<std::string>(std::string_view)>;

// Refuses (invalid_manifest) an unset or empty variable without another value: half a path is a
// different path.
[[nodiscard]] Result<std::string> expand_variables(std::string_view text, const Lookup& lookup);

[[nodiscard]] bool is_variable_name(std::string_view text);

// The text in which nothing is expanded: "$" is written as "$$".
[[nodiscard]] std::string without_variables(std::string_view text);

}  // namespace envkeep::manifest
