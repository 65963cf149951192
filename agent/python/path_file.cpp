// SPDX-License-Identifier: MIT
#include "python/path_file.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>

namespace envkeep::python {
namespace {

// Universal newlines: "\n", "\r\n" and "\r".
std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    if (rest.starts_with("\r\n")) {
        rest.remove_prefix(2);
    } else if (!rest.empty()) {
        rest.remove_prefix(1);
    }
    return line;
}

std::string_view without_space_behind(std::string_view line) {
    const std::size_t last = line.find_last_not_of(" \t\v\f");
    return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

std::vector<PathLine> parse_path_file(std::string_view text) {
    std::vector<PathLine> lines;
    unsigned number = 0;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        ++number;
        const bool is_code = line.starts_with("import ") || line.starts_with("import\t");
        if (line.starts_with('#') || trimmed(line).empty() ||
            line.find('\0') != std::string_view::npos) {
            continue;
        }
        lines.push_back({.number = number,
                         .text = is_code ? line : without_space_behind(line),
                         .is_code = is_code});
    }
    return lines;
}

}  // namespace envkeep::python
