// SPDX-License-Identifier: MIT
#pragma once

#include "snapshot/frame.hpp"
#include "snapshot/source_files.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace envkeep::snapshot {

// One file as a member that runs over frames of its own, which several threads read at once.
class LargeFile {
  public:
    LargeFile(std::size_t index, const Entry& entry, std::uint32_t parts, bool is_last_round)
        : index_(index), entry_(entry), parts_(parts), is_last_round_(is_last_round) {}

    // A frame of it; empty for those that it turned out not to need. What could not be read is
    // zeros. Opens the file for the first who asks.
    [[nodiscard]] Bytes read_part(std::uint32_t part, SourceFiles& files);

    // Counts a part towards the digest: in their order, one at a time.
    void take(std::uint32_t part, std::span<const std::byte> frame);

    // Where its bytes begin in its first frame.
    [[nodiscard]] std::size_t header_size() const { return header_.size(); }

    // After all parts were read and taken: closes it.
    [[nodiscard]] Member finish();

  private:
    void open(SourceFiles& files);
    Result<void> look(SourceFiles& files);
    void fill(std::uint64_t offset, std::span<std::byte> content);

    std::size_t index_;
    const Entry& entry_;
    std::uint32_t parts_;
    bool is_last_round_;

    std::mutex mutex_;
    bool is_open_ = false;
    std::unique_ptr<system::OpenFile> file_;  // none if it is not to be written
    system::Status status_;
    Member member_;
    Bytes header_;
    std::uint64_t end_ = 0;  // of the member, in bytes
    std::atomic<bool> has_changed_ = false;
    Hasher hasher_;
};

// Only its digest, for a file that may be known; of fate `again` if it changed meanwhile.
[[nodiscard]] Member probe_file(std::size_t index, const Entry& entry, SourceFiles& files);

}  // namespace envkeep::snapshot
