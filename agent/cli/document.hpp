// SPDX-License-Identifier: MIT
#pragma once

#include "cli/reply.hpp"
#include "envkeep/core/result.hpp"

#include <string_view>

namespace envkeep::cli {

// The one document that --json gives for a reply...
[[nodiscard]] Json document_of(std::string_view command, const Reply& reply);
// ...and for an error; `command` is empty where none was understood.
[[nodiscard]] Json document_of(std::string_view command, const Error& error);
// Where the ending is another one than the kind of the error has by itself.
[[nodiscard]] Json document_of(std::string_view command, const Error& error, engine::Ending ending);

}  // namespace envkeep::cli
