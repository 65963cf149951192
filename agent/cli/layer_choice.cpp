// SPDX-License-Identifier: MIT
#include "cli/layer_choice.hpp"

#include <fmt/format.h>

namespace envkeep::cli {

Result<void> check_layer_choice(std::string_view command, const Arguments& arguments) {
    if (arguments.has("--only") && !arguments.has("--at")) {
        return failure(ErrorKind::usage,
                       "'--only' needs '--at'",
                       fmt::format("such as: envkeep {} --at ID --only python", command));
    }
    return {};
}

}  // namespace envkeep::cli
