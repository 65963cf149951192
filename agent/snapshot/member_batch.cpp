// SPDX-License-Identifier: MIT
#include "snapshot/member_batch.hpp"

#include "snapshot/tar.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::size_t most_early = 32;  // open files a thread
constexpr int most_reads = 4;           // of a file that changes under our hands

std::uint32_t end_of(const Bytes& frame) {
    return static_cast<std::uint32_t>(frame.size());
}

void append(Bytes& frame, const Bytes& bytes) {
    frame.insert(frame.end(), bytes.begin(), bytes.end());
}

// Sets the end of a member whose bytes begin at `content` and are `size`.
void end_member(Bytes& frame, std::size_t content, std::uint64_t size) {
    frame.resize(content + size);
    frame.resize(frame.size() + tar_padding(size));
}

}  // namespace

Bytes& MemberBatch::room_for(std::size_t size) {
    if (frames_.empty() || frames_.back().size() + size > largest_frame) {
        frames_.emplace_back().reserve(largest_frame);
    }
    return frames_.back();
}

void MemberBatch::read(std::span<const std::size_t> order) {
    members_.reserve(order.size());
    // A disk that is asked for many at once answers much sooner than for one after the other.
    std::deque<Opened> early;
    auto next = order.begin();
    for (const std::size_t entry : order) {
        for (; next != order.end() && early.size() < most_early; ++next) {
            if (entries_[*next].kind == EntryKind::file) {
                early.push_back(open_early(*next));
            }
        }
        if (entries_[entry].kind == EntryKind::file) {
            Opened file = std::move(early.front());
            early.pop_front();
            read_file(entry, std::move(file));
        } else {
            add_header_only(entry);
        }
    }
}

MemberBatch::Opened MemberBatch::open_early(std::size_t entry) {
    ENVKEEP_TRY(auto file, files_.open(entries_[entry].path));
    file->expect(0, entries_[entry].size);
    return file;
}

void MemberBatch::add_header_only(std::size_t entry) {
    const Bytes header = tar_header(entries_[entry]);
    if (header.size() > largest_frame) {
        members_.push_back(
            {.member = failed_member(
                 entry,
                 {.kind = ErrorKind::io, .message = "too many extended attributes", .hint = {}})});
        return;
    }
    Bytes& frame = room_for(header.size());
    Placed placed{.member = {.entry = entry},
                  .frame = frames_.size() - 1,
                  .begin = end_of(frame),
                  .content = end_of(frame),
                  .end = static_cast<std::uint32_t>(frame.size() + header.size())};
    append(frame, header);
    members_.push_back(std::move(placed));
}

void MemberBatch::read_file(std::size_t entry, Opened file) {
    Placed placed{.member = {.entry = entry, .fate = Member::Fate::packed}};
    const auto fail = [&](Error error) {
        members_.push_back({.member = failed_member(entry, std::move(error))});
    };
    if (!file) {
        fail(std::move(file).error());
        return;
    }
    auto status = (*file)->status();
    for (int reads = 1; status; ++reads) {
        auto attributes = attributes_of(*status, **file);
        if (!attributes) {
            fail(std::move(attributes).error());
            return;
        }
        placed.member.attributes = *std::move(attributes);
        placed.member.size = status->size;
        const auto outcome = read_once(**file, placed);
        if (!outcome) {
            fail(outcome.error());
            return;
        }
        if (placed.member.fate == Member::Fate::again) {
            break;
        }
        const system::Status before = *status;
        status = (*file)->status();
        const bool is_whole = placed.member.size == before.size && status.has_value() &&
                              is_unchanged(before, *status);
        if (is_whole || reads == most_reads) {
            placed.member.has_changed = !is_whole;
            break;
        }
        frames_.back().resize(placed.begin);
    }
    if (!status) {
        fail(std::move(status).error());
        return;
    }
    members_.push_back(std::move(placed));
}

Result<void> MemberBatch::read_once(system::OpenFile& file, Placed& placed) {
    Entry entry = entries_[placed.member.entry];
    entry.size = placed.member.size;
    entry.attributes = placed.member.attributes;
    Bytes header = tar_header(entry);
    if (header.size() + tar_block > largest_frame) {
        return failure(ErrorKind::io, "too many extended attributes");
    }
    const std::size_t room = largest_frame - header.size();
    if (entry.size + tar_padding(entry.size) > room) {
        if (!is_last_round_) {
            placed.member.fate = Member::Fate::again;
            return {};
        }
        entry.size = room - tar_block;
    }
    Bytes& frame = room_for(header.size() + entry.size + tar_padding(entry.size));
    placed.frame = frames_.size() - 1;
    placed.begin = end_of(frame);
    placed.content = static_cast<std::uint32_t>(frame.size() + header.size());
    frame.resize(placed.content + entry.size);
    const auto content = std::span(frame).subspan(placed.content);
    auto got = file.read_at(0, content);
    if (!got) {
        frame.resize(placed.begin);
        return tl::unexpected(std::move(got).error());
    }
    // It may have shrunk; what is said of it is what was read.
    entry.size = *got;
    placed.member.size = *got;
    header = tar_header(entry);
    std::ranges::copy(header, frame.begin() + placed.begin);
    Hasher hasher;
    hasher.update(std::span<const std::byte>(content.first(*got)));
    placed.member.digest = hasher.digest();
    end_member(frame, placed.content, *got);
    placed.end = end_of(frame);
    return {};
}

void MemberBatch::drop_known(KnownBytes& known) {
    std::vector<bool> is_thinned(frames_.size());
    for (Placed& placed : members_) {
        if (placed.member.fate != Member::Fate::packed || placed.member.size == 0) {
            continue;
        }
        placed.holder = known.find_or_hold(placed.member.digest, placed.member.entry);
        if (placed.holder) {
            placed.member.fate = Member::Fate::held;
            is_thinned[placed.frame] = true;
        }
    }
    std::vector<std::uint32_t> ends(frames_.size());
    for (Placed& placed : members_) {
        const bool stays = placed.begin != placed.end && !placed.holder;
        if (!stays || !is_thinned[placed.frame]) {
            continue;
        }
        std::uint32_t& end = ends[placed.frame];
        Bytes& frame = frames_[placed.frame];
        std::copy(frame.begin() + placed.begin, frame.begin() + placed.end, frame.begin() + end);
        const std::uint32_t back = placed.begin - end;
        placed.begin -= back;
        placed.content -= back;
        placed.end -= back;
        end = placed.end;
    }
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        if (is_thinned[i]) {
            frames_[i].resize(ends[i]);
        }
    }
}

}  // namespace envkeep::snapshot
