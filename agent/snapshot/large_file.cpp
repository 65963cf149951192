// SPDX-License-Identifier: MIT
#include "snapshot/large_file.hpp"

#include "snapshot/pack_index.hpp"
#include "snapshot/tar.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::size_t largest_header = std::size_t{1} << 20U;
constexpr std::size_t probe_buffer = std::size_t{1} << 20U;

Result<Member> probed(std::size_t index, system::OpenFile& file) {
    ENVKEEP_TRY(const system::Status before, file.status());
    Member member{.entry = index, .fate = Member::Fate::again, .size = before.size};
    ENVKEEP_TRY(member.attributes, attributes_of(before, file));
    Bytes buffer(probe_buffer);
    Hasher hasher;
    std::uint64_t offset = 0;
    for (std::size_t got = buffer.size(); got == buffer.size(); offset += got) {
        ENVKEEP_TRY(got, file.read_at(offset, buffer));
        hasher.update(std::span<const std::byte>(buffer).first(got));
    }
    member.digest = hasher.digest();
    ENVKEEP_TRY(const system::Status after, file.status());
    if (offset == before.size && is_unchanged(before, after)) {
        member.fate = Member::Fate::held;
    }
    return member;
}

}  // namespace

Result<void> LargeFile::look(SourceFiles& files) {
    if (parts_ > most_frames - 3) {
        return failure(ErrorKind::io, "it is larger than any pack can be");
    }
    ENVKEEP_TRY(auto file, files.open(entry_.path));
    ENVKEEP_TRY(status_, file->status());
    ENVKEEP_TRY(member_.attributes, attributes_of(status_, *file));
    Entry told = entry_;
    told.attributes = member_.attributes;
    told.size = status_.size;
    header_ = tar_header(told);
    if (header_.size() > largest_header) {
        return failure(ErrorKind::io, "too many extended attributes");
    }
    const std::uint64_t room = (parts_ * largest_frame) - header_.size();
    if (told.size + tar_padding(told.size) > room) {
        if (!is_last_round_) {
            member_.fate = Member::Fate::again;
            member_.size = told.size;
            return {};
        }
        has_changed_ = true;
        told.size = room - tar_block;
        header_ = tar_header(told);
    }
    member_.size = told.size;
    end_ = header_.size() + told.size + tar_padding(told.size);
    file_ = std::move(file);
    return {};
}

void LargeFile::open(SourceFiles& files) {
    const std::lock_guard lock(mutex_);
    if (is_open_) {
        return;
    }
    is_open_ = true;
    member_ = {.entry = index_, .fate = Member::Fate::packed};
    auto outcome = look(files);
    if (!outcome) {
        member_ = failed_member(index_, std::move(outcome).error());
    }
}

// Once it has changed, what is read serves for nothing where it will be read again.
void LargeFile::fill(std::uint64_t offset, std::span<std::byte> content) {
    if (has_changed_ && !is_last_round_) {
        return;
    }
    const auto got = file_->read_at(offset, content);
    const auto after = file_->status();
    if (!got) {
        const std::lock_guard lock(mutex_);
        member_.error = got.error();
    }
    if (!got || *got != content.size() || !after || !is_unchanged(status_, *after)) {
        has_changed_ = true;
    }
}

Bytes LargeFile::read_part(std::uint32_t part, SourceFiles& files) {
    open(files);
    const std::uint64_t begin = std::uint64_t{part} * largest_frame;
    if (file_ == nullptr || begin >= end_) {
        return {};
    }
    Bytes frame(std::min<std::uint64_t>(largest_frame, end_ - begin));
    std::size_t filled = 0;
    if (part == 0) {
        std::ranges::copy(header_, frame.begin());
        filled = header_.size();
    }
    const std::uint64_t offset = begin + filled - header_.size();
    if (offset < member_.size) {
        const std::uint64_t count =
            std::min<std::uint64_t>(frame.size() - filled, member_.size - offset);
        fill(offset, std::span(frame).subspan(filled, count));
    }
    return frame;
}

void LargeFile::take(std::uint32_t part, std::span<const std::byte> frame) {
    const std::uint64_t begin = std::uint64_t{part} * largest_frame;
    const std::size_t skipped = part == 0 ? header_.size() : 0;
    const std::uint64_t offset = begin + skipped - header_.size();
    if (frame.empty() || offset >= member_.size) {
        return;
    }
    hasher_.update(frame.subspan(
        skipped, std::min<std::uint64_t>(frame.size() - skipped, member_.size - offset)));
}

Member LargeFile::finish() {
    if (member_.error) {
        member_.fate = Member::Fate::unread;
    }
    if (member_.fate == Member::Fate::packed) {
        member_.digest = hasher_.digest();
        member_.has_changed = has_changed_;
        if (has_changed_ && !is_last_round_) {
            member_.fate = Member::Fate::again;
        }
    }
    file_.reset();
    return std::move(member_);
}

Member probe_file(std::size_t index, const Entry& entry, SourceFiles& files) {
    auto file = files.open(entry.path);
    auto member = file ? probed(index, **file) : tl::unexpected(std::move(file).error());
    return member ? *std::move(member) : failed_member(index, std::move(member).error());
}

}  // namespace envkeep::snapshot
