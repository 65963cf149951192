// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/engine/world.hpp"

#include <span>
#include <string_view>

// The exit statuses, stable and in one place; docs/exit-codes.md is this table.
namespace envkeep::cli {

struct ExitCode {
    engine::Ending ending;
    int code;
    std::string_view meaning;
};

// By code.
[[nodiscard]] std::span<const ExitCode> exit_codes();

[[nodiscard]] int exit_code(engine::Ending ending);

// How a command ends that an error stopped.
[[nodiscard]] engine::Ending ending_of(ErrorKind kind);

// The one that is told where both apply.
[[nodiscard]] engine::Ending worse(engine::Ending one, engine::Ending other);

}  // namespace envkeep::cli
