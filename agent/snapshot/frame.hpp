// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// zstd frames (RFC 8878), each decodable by itself.
namespace envkeep::snapshot {

using Bytes = std::vector<std::byte>;

// A frame holds at most so much when it is decoded.
inline constexpr std::size_t largest_frame = std::size_t{8} << 20U;

// Compresses frame after frame; keeps its work space. For one thread.
class FrameEncoder {
  public:
    explicit FrameEncoder(int level);
    FrameEncoder(FrameEncoder&&) noexcept;
    FrameEncoder& operator=(FrameEncoder&&) noexcept;
    ~FrameEncoder();

    // One frame with its size in its head and a checksum at its end.
    [[nodiscard]] Result<Bytes> encode(std::span<const std::byte> plain);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// For one thread.
class FrameDecoder {
  public:
    FrameDecoder();
    FrameDecoder(FrameDecoder&&) noexcept;
    FrameDecoder& operator=(FrameDecoder&&) noexcept;
    ~FrameDecoder();

    // Fills `plain`, whose size must be exactly what the frame holds: whatever the frame says of
    // itself, nothing more is ever written or allocated. io if it is damaged or another size.
    [[nodiscard]] Result<void> decode(std::span<const std::byte> packed,
                                      std::span<std::byte> plain);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Several frames in a row of unknown size; io if damaged, or if they hold more than `limit`.
[[nodiscard]] Result<Bytes> decode_all(std::span<const std::byte> packed, std::size_t limit);

}  // namespace envkeep::snapshot
