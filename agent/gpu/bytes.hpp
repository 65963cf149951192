// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace envkeep::gpu {

// As it stands in a file of this machine's byte order; 0 beyond the end.
template <typename Number>
Number number_at(std::string_view bytes, std::size_t offset) {
    Number number = 0;
    if (offset <= bytes.size() && bytes.size() - offset >= sizeof number) {
        std::memcpy(&number, bytes.data() + offset, sizeof number);
    }
    return number;
}

// A string that ends with a NUL; empty where there is no end within what a path or a mangled name
// may take, so that a table of many offsets is not searched from each to its end.
inline std::string_view string_at(std::string_view bytes, std::size_t offset) {
    constexpr std::size_t longest = 4096;
    const std::string_view rest = bytes.substr(offset < bytes.size() ? offset : bytes.size());
    const std::size_t end = rest.substr(0, longest).find('\0');
    return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

}  // namespace envkeep::gpu
