// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/system/tree_content.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

namespace envkeep::snapshot {

// A file that several threads build from the frames that it runs over. Parts are written as they
// come, and hashed in their order: whoever has a later part waits for the earlier ones, which is
// safe as long as frames are taken in order and each one taken is given here or reported lost.
class FileInParts {
  public:
    using Begin = std::function<Result<std::unique_ptr<system::FileBuilder>>()>;

    explicit FileInParts(const Entry& entry) : entry_(entry) {}

    enum class Progress : std::uint8_t { more, complete, given_up };

    // `begin` is called once, by whoever comes first. Complete with the last part, once the digest
    // is right. An error is given once; after it all parts are given up.
    [[nodiscard]] Result<Progress> add(std::uint64_t offset,
                                       std::span<const std::byte> bytes,
                                       const Begin& begin);

    // A part will not come. True if nobody knew yet.
    [[nodiscard]] bool give_up();

  private:
    using Builder = std::shared_ptr<system::FileBuilder>;

    [[nodiscard]] Result<Builder> builder(const Begin& begin);
    [[nodiscard]] Result<Progress> take_turn(std::uint64_t offset,
                                             std::span<const std::byte> bytes,
                                             system::FileBuilder& builder);
    [[nodiscard]] Result<Progress> fail(Error error);
    void end();

    const Entry& entry_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Builder builder_;
    Hasher hasher_;
    std::uint64_t hashed_ = 0;
    bool is_given_up_ = false;
};

}  // namespace envkeep::snapshot
