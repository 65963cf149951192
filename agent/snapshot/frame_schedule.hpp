// SPDX-License-Identifier: MIT
#pragma once

#include "snapshot/file_in_parts.hpp"
#include "snapshot/pack_shelf.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace envkeep::snapshot {

// Where the bytes of a step's entry lie; proven by the shelf.
struct Extent {
    std::size_t step = 0;
    Location where;
    std::uint64_t size = 0;
    FileInParts* parts = nullptr;  // of a file that is not made in one go
};

// The part of an extent that lies in one frame.
struct Piece {
    const Extent* extent;
    std::size_t in_frame;  // where it begins there
    std::size_t length;
    std::uint64_t in_file;
};

// A frame to decode, and all that is wanted of it.
struct FrameTask {
    std::uint32_t pack = 0;
    std::uint32_t frame = 0;
    std::vector<Piece> pieces;
};

// The frames that extents need, in the order of the packs. Holds no more than one frame's pieces
// and the extents that have begun, however long these claim to be. For one thread at a time.
class FrameSchedule {
  public:
    FrameSchedule(std::vector<Extent> extents, const PackShelf& shelf);

    [[nodiscard]] std::optional<FrameTask> next();

    // Whether the frame after the last one is the next.
    [[nodiscard]] bool goes_on() const;

  private:
    struct Begun {
        const Extent* extent;
        std::uint64_t done;
    };

    [[nodiscard]] std::optional<FrameTask> next_frame() const;
    void take(FrameTask& task, Begun begun, std::size_t in_frame, std::size_t plain);

    std::vector<Extent> extents_;
    const PackShelf& shelf_;
    std::size_t at_ = 0;
    std::vector<Begun> begun_;  // all of them go on in the frame after `last_`
    FrameTask last_;            // without its pieces
};

}  // namespace envkeep::snapshot
