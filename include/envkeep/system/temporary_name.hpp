// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What is half made or half removed stands beside NAME under ".NAME.envkeep-0123abcd"; a long NAME
// is shortened. The number tells whose it is.
namespace envkeep::system {

[[nodiscard]] std::string temporary_name(std::string_view name, std::uint32_t number);

[[nodiscard]] bool is_temporary_name(std::string_view name);

// True if it is one beside `name`.
[[nodiscard]] bool is_temporary_of(std::string_view temporary, std::string_view name);

// The numbers that the writer takes during one run: so many, from this one on.
constexpr std::uint32_t numbers_of_run = 256;
[[nodiscard]] std::uint32_t first_number_of_run(std::string_view run);

// True if `temporary` bears a number of that run.
[[nodiscard]] bool is_temporary_of_run(std::string_view temporary, std::string_view run);

}  // namespace envkeep::system
