// SPDX-License-Identifier: MIT
#pragma once

#include "snapshot/frame.hpp"
#include "snapshot/known_bytes.hpp"
#include "snapshot/source_files.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace envkeep::snapshot {

// Reads neighbouring members into frames: one as planned, more where files grew meanwhile.
class MemberBatch {
  public:
    // In the last round a file that outgrows a frame is stored as far as it fits, else it is to be
    // written again.
    MemberBatch(const std::vector<Entry>& entries, SourceFiles& files, bool is_last_round)
        : entries_(entries), files_(files), is_last_round_(is_last_round) {}

    void read(std::span<const std::size_t> order);

    // Takes the members out whose bytes have a holder by now; for one thread at a time.
    void drop_known(KnownBytes& known);

    struct Placed {
        Member member;
        std::size_t frame = 0;    // of this batch
        std::uint32_t begin = 0;  // in the frame: the member, its bytes, and what follows it
        std::uint32_t content = 0;
        std::uint32_t end = 0;
        std::optional<KnownBytes::Holder> holder{};
    };

    [[nodiscard]] std::vector<Placed> take_members() { return std::move(members_); }

    // Some may be empty.
    [[nodiscard]] const std::vector<Bytes>& frames() const { return frames_; }

  private:
    Bytes& room_for(std::size_t size);
    void add_header_only(std::size_t entry);
    using Opened = Result<std::unique_ptr<system::OpenFile>>;
    [[nodiscard]] Opened open_early(std::size_t entry);
    void read_file(std::size_t entry, Opened file);
    Result<void> read_once(system::OpenFile& file, Placed& placed);

    const std::vector<Entry>& entries_;
    SourceFiles& files_;
    bool is_last_round_;
    std::vector<Bytes> frames_;
    std::vector<Placed> members_;
};

}  // namespace envkeep::snapshot
