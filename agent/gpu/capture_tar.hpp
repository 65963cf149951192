// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace envkeep::gpu {

// Makes a tar file of regular files, which GNU's and BSD's tar unpack; those that were read in part
// come out with holes.
class CaptureTar {
  public:
    // Absolute paths, without "." and ".."; each once.
    void add(std::string_view path, std::string_view content);
    // Bytes by where they stand in a file of `size` bytes.
    void add_parts(std::string_view path,
                   std::uint64_t size,
                   const std::map<std::uint64_t, std::string>& parts);

    [[nodiscard]] std::string finish() &&;

  private:
    void add_header(std::string_view name, std::uint64_t size, char type, std::string_view tail);
    void add_content(std::string_view content);

    std::string bytes_;
};

}  // namespace envkeep::gpu
