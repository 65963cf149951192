// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/model/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

// Output that can be shown to everybody: this user's home is ~, homes of others have no names, and
// what looks like a secret is ***.
namespace envkeep::cli {

// A command whose odd words were made by `shell_quoted`, for a terminal: what is no text stands as
// $'\xNN' in it, which bash and zsh read.
[[nodiscard]] std::string printable_command(std::string_view command);

[[nodiscard]] std::string pasteable(std::string_view text, std::string_view home);
[[nodiscard]] Json pasteable_json(const Json& json, std::string_view home);
// Commands still work: a home in quotes stays, where ~ would not be the home.
[[nodiscard]] std::vector<model::Finding> pasteable_findings(std::vector<model::Finding> findings,
                                                             std::string_view home);

}  // namespace envkeep::cli
