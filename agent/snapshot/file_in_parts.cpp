// SPDX-License-Identifier: MIT
#include "snapshot/file_in_parts.hpp"

#include <utility>

namespace envkeep::snapshot {

Result<FileInParts::Progress> FileInParts::add(std::uint64_t offset,
                                               std::span<const std::byte> bytes,
                                               const Begin& begin) {
    auto building = builder(begin);
    if (!building) {
        return fail(std::move(building).error());
    }
    // Held here too, so that whoever gives up does not take it from under our hands.
    const Builder held = *std::move(building);
    if (held == nullptr) {
        return Progress::given_up;
    }
    if (auto written = held->write_at(offset, bytes); !written) {
        return fail(std::move(written).error());
    }
    return take_turn(offset, bytes, *held);
}

Result<FileInParts::Builder> FileInParts::builder(const Begin& begin) {
    const std::lock_guard lock(mutex_);
    if (builder_ == nullptr && !is_given_up_) {
        ENVKEEP_TRY(builder_, begin());
    }
    return builder_;
}

Result<FileInParts::Progress> FileInParts::take_turn(std::uint64_t offset,
                                                     std::span<const std::byte> bytes,
                                                     system::FileBuilder& builder) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_given_up_ || hashed_ == offset; });
    if (is_given_up_) {
        return Progress::given_up;
    }
    hasher_.update(bytes);
    hashed_ += bytes.size();
    changed_.notify_all();
    if (hashed_ < entry_.size) {
        return Progress::more;
    }
    const bool is_right = hasher_.digest() == entry_.digest;
    end();
    lock.unlock();
    if (!is_right) {
        return failure(ErrorKind::io, "damaged data: the file has another digest");
    }
    ENVKEEP_CHECK(builder.finish(entry_.size, entry_.attributes));
    return Progress::complete;
}

Result<FileInParts::Progress> FileInParts::fail(Error error) {
    return give_up() ? Result<Progress>(tl::unexpected(std::move(error))) : Progress::given_up;
}

bool FileInParts::give_up() {
    const std::lock_guard lock(mutex_);
    const bool is_new = !is_given_up_;
    end();
    return is_new;
}

void FileInParts::end() {
    is_given_up_ = true;
    builder_.reset();
    changed_.notify_all();
}

}  // namespace envkeep::snapshot
