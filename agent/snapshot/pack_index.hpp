// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/result.hpp"
#include "snapshot/frame.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// What stands at the end of a pack, in a skippable frame that `zstd -dc` passes over: which frames
// there are. The name of a pack is the digest of its index, and the index holds the digest of each
// frame: whoever knows the name can check every byte that he reads.
namespace envkeep::snapshot {

struct PackFrame {
    std::uint32_t packed = 0;  // bytes in the file
    std::uint32_t plain = 0;   // bytes when decoded, at most largest_frame
    Digest digest;             // of the decoded bytes

    friend bool operator==(const PackFrame&, const PackFrame&) = default;
};

struct PackIndex {
    std::vector<PackFrame> frames;  // in the order of the file, from its first byte on

    friend bool operator==(const PackIndex&, const PackIndex&) = default;
};

// A pack ends within so many bytes: more frames than that cannot be in one.
inline constexpr std::size_t most_frames = 65'536;
// The last bytes of a pack that say how long the skippable frame is.
inline constexpr std::size_t trailer_size = 8;

[[nodiscard]] Bytes encode_index(const PackIndex& index);

// The digest of the encoded index, as text.
[[nodiscard]] std::string pack_name(const PackIndex& index);

// The whole skippable frame, head and trailer included, which ends the pack.
[[nodiscard]] Bytes index_frame(const PackIndex& index);

// How many bytes the skippable frame takes at the end of the file; io for what is no pack.
[[nodiscard]] Result<std::size_t> index_frame_size(std::span<const std::byte> trailer,
                                                   std::uint64_t file_size);

// From the whole skippable frame. io unless it is `name`'s and the frames fill the file up to it.
[[nodiscard]] Result<PackIndex> decode_index(std::span<const std::byte> frame,
                                             std::uint64_t file_size,
                                             const std::string& name);

}  // namespace envkeep::snapshot
