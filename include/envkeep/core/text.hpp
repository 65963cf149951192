// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep {

// The text in single quotes, control characters and invalid UTF-8 as \xNN: safe to print anywhere.
[[nodiscard]] std::string quoted(std::string_view text);

// The same without quotes.
[[nodiscard]] std::string printable(std::string_view text);

// One word for a POSIX shell, whatever it holds (NUL excepted).
[[nodiscard]] std::string shell_quoted(std::string_view text);

// The candidate that a typing slip most likely meant; empty if none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

// "1.5 MiB", "812 B".
[[nodiscard]] std::string human_size(std::uint64_t bytes);

// "1 file", "3 files".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

// Four octal digits: "0755".
[[nodiscard]] std::string octal(std::uint32_t mode);

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

[[nodiscard]] std::string_view trimmed(std::string_view text);

// With `by` at each place of `what`, which is not empty.
[[nodiscard]] std::string replaced(std::string text, std::string_view what, std::string_view by);

// Of ASCII; any other byte as it is.
[[nodiscard]] char lower_case(char c);
[[nodiscard]] std::string lower_case(std::string_view text);

// What stands before the last '/': empty for "name" and "/name".
[[nodiscard]] std::string_view folder_of(std::string_view path);

// Whether a path is `ancestor` or lies below it, component by component.
[[nodiscard]] bool is_path_within(std::string_view path, std::string_view ancestor);

}  // namespace envkeep
