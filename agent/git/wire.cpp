// SPDX-License-Identifier: MIT
#include "git/wire.hpp"

namespace envkeep::git {

std::optional<std::uint8_t> WireReader::byte() {
    if (rest_.empty()) {
        return std::nullopt;
    }
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
}

std::optional<std::uint32_t> WireReader::number() {
    if (rest_.size() < 4) {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        value = value << 8U | *byte();
    }
    return value;
}

std::optional<std::string_view> WireReader::string() {
    const auto size = number();
    if (!size || *size > rest_.size()) {
        return std::nullopt;
    }
    const std::string_view value = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return value;
}

std::string wire_number(std::uint32_t number) {
    std::string bytes;
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        bytes += static_cast<char>(number >> shift & 0xffU);
    }
    return bytes;
}

std::string wire_string(std::string_view bytes) {
    return wire_number(static_cast<std::uint32_t>(bytes.size())).append(bytes);
}

std::string_view key_type(std::string_view blob) {
    return WireReader(blob).string().value_or(std::string_view{});
}

}  // namespace envkeep::git
