// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/write_packs.hpp"
#include "envkeep/system/tree_content.hpp"
#include "snapshot/frame.hpp"
#include "snapshot/pack_index.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// Frames that go to packs of the store, one after the other. The list of packs has an empty name
// for the one that is being written.
class PackSink {
  public:
    PackSink(const PackFolder& folder, std::vector<std::string> packs)
        : folder_(folder.place),
          reader_(folder.reader),
          writer_(folder.writer),
          packs_(std::move(packs)) {}

    struct Spot {
        std::uint32_t pack = 0;
        std::uint32_t frame = 0;
    };

    [[nodiscard]] Result<Spot> append(std::span<const std::byte> packed, const PackFrame& frame);

    // Bytes of the pack that is being written.
    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] bool has_room_for(std::size_t frames) const {
        return index_.frames.size() + frames + 1 < most_frames;
    }

    // Ends and names the pack that is being written. One of that name which is damaged is replaced.
    [[nodiscard]] Result<void> publish();

    // The index of a pack of that name, which is added if it is new.
    [[nodiscard]] std::uint32_t index_of(const std::string& pack);

    [[nodiscard]] const std::vector<std::string>& packs() const { return packs_; }

    // Bytes of all packs.
    [[nodiscard]] std::uint64_t written() const { return written_; }

  private:
    [[nodiscard]] Result<void> write(std::span<const std::byte> bytes);
    [[nodiscard]] Result<void> add_frame(std::span<const std::byte> packed, const PackFrame& frame);

    // A pack of the store that has the index of the one that is being written.
    [[nodiscard]] bool is_whole(const std::string& name);

    system::Place folder_;
    system::TreeReader& reader_;
    system::TreeWriter& writer_;
    std::vector<std::string> packs_;
    std::unique_ptr<system::NewFile> file_;
    PackIndex index_;
    std::uint32_t current_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t written_ = 0;
};

}  // namespace envkeep::snapshot
