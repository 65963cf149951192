// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep::git {

// Reads the parts of a message in the format of RFC 4251 5. What is too short gives nothing.
class WireReader {
  public:
    explicit WireReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] std::optional<std::uint8_t> byte();
    [[nodiscard]] std::optional<std::uint32_t> number();
    [[nodiscard]] std::optional<std::string_view> string();

    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

[[nodiscard]] std::string wire_number(std::uint32_t number);
[[nodiscard]] std::string wire_string(std::string_view bytes);

// "ssh-ed25519": the first part of a key's bytes; empty if they have none.
[[nodiscard]] std::string_view key_type(std::string_view blob);

}  // namespace envkeep::git
