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

}  // namespace envkeep::gpu
