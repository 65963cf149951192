// SPDX-License-Identifier: MIT
#pragma once

#include "snapshot/frame.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace envkeep::snapshot {

inline Bytes bytes_from(std::string_view text) {
    Bytes bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    return bytes;
}

inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Does not compress; the same for the same seed.
inline std::string noise(std::size_t size, std::uint64_t seed) {
    std::string text(size + sizeof seed, '\0');
    std::uint64_t state = seed + 1;
    for (std::size_t at = 0; at < size; at += sizeof state) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        std::memcpy(text.data() + at, &state, sizeof state);
    }
    text.resize(size);
    return text;
}

}  // namespace envkeep::snapshot
