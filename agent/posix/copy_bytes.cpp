// SPDX-License-Identifier: MIT
#include "posix/copy_bytes.hpp"

#include "posix/error.hpp"
#include "posix/read_all.hpp"

#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

namespace envkeep::posix {
namespace {

constexpr std::size_t copy_block = std::size_t{256} << 10U;
// A call is not interrupted for longer than this takes.
constexpr std::size_t most_at_once = std::size_t{64} << 20U;

// What makes the next way worth a try: other file systems, old kernels, odd files.
bool means_another_way(int code) {
    return code == EXDEV || code == EPERM || code == EBADF || code == ETXTBSY ||
           means_unknown_call(code);
}

bool may_have_holes(int file, std::uint64_t size) {
    struct ::stat found{};
    constexpr std::uint64_t unit = 512;
    return ::fstat(file, &found) == 0 && static_cast<std::uint64_t>(found.st_blocks) * unit < size;
}

// Where the next data begins at or after `offset`; the end if there is none or nobody knows.
std::int64_t next_data(int file, std::int64_t offset, std::int64_t end) {
    const off_t data = ::lseek(file, offset, SEEK_DATA);
    if (data < 0) {
        return errno == ENXIO ? end : offset;
    }
    return std::min<std::int64_t>(data, end);
}

std::int64_t next_hole(int file, std::int64_t offset, std::int64_t end) {
    const off_t hole = ::lseek(file, offset, SEEK_HOLE);
    return hole < 0 ? end : std::min<std::int64_t>(hole, end);
}

}  // namespace

int ByteCopier::copy(int source, int target, std::uint64_t size) {
    const auto end = static_cast<std::int64_t>(size);
    if (!may_have_holes(source, size)) {
        return copy_range(source, target, 0, end);
    }
    std::int64_t at = 0;
    while (at < end) {
        const std::int64_t data = next_data(source, at, end);
        // Always forward, also when the file is punched while we look.
        const std::int64_t hole = std::max(next_hole(source, data, end), std::min(data + 1, end));
        if (const int code = copy_range(source, target, data, hole); code != 0) {
            return code;
        }
        at = hole;
    }
    return ::ftruncate(target, end) == 0 ? 0 : errno;
}

int ByteCopier::copy_range(int source, int target, std::int64_t begin, std::int64_t end) {
    while (begin < end) {
        const std::size_t count = std::min(static_cast<std::size_t>(end - begin), most_at_once);
        const std::ptrdiff_t done = copy_some(source, target, begin, count);
        const bool has_another_way = way_ != Way::read_and_write;
        if (done > 0) {
            begin += done;
        } else if (has_another_way && (done == 0 || means_another_way(errno))) {
            // No bytes before the end: some file systems answer so to what they cannot copy.
            way_ = way_ == Way::copy_file_range ? Way::sendfile : Way::read_and_write;
        } else if (done == 0) {
            return 0;  // the file became shorter; whoever compares will see it
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

std::ptrdiff_t ByteCopier::copy_some(int source,
                                     int target,
                                     std::int64_t offset,
                                     std::size_t count) {
    off_t from = offset;
    off_t to = offset;
    switch (way_) {
        case Way::copy_file_range:
            return ::copy_file_range(source, &from, target, &to, count, 0);
        case Way::sendfile:
            return ::lseek(target, offset, SEEK_SET) < 0 ? -1
                                                         : ::sendfile(target, source, &from, count);
        case Way::read_and_write:
            break;
    }
    return read_and_write(source, target, offset, count);
}

std::ptrdiff_t ByteCopier::read_and_write(int source,
                                          int target,
                                          std::int64_t offset,
                                          std::size_t count) {
    buffer_.resize(copy_block);
    const ssize_t got = ::pread(source, buffer_.data(), std::min(count, copy_block), offset);
    if (got <= 0) {
        return got;
    }
    ssize_t put = 0;
    while (put < got) {
        const ssize_t written = ::pwrite(target,
                                         &buffer_[static_cast<std::size_t>(put)],
                                         static_cast<std::size_t>(got - put),
                                         offset + put);
        if (written < 0 && errno != EINTR) {
            return -1;
        }
        put += std::max<ssize_t>(written, 0);
    }
    return got;
}

ByteCopier::Verdict ByteCopier::compare(int source, int target) {
    struct ::stat source_status{};
    struct ::stat target_status{};
    if (::fstat(source, &source_status) != 0 || ::fstat(target, &target_status) != 0) {
        return Verdict::failed;
    }
    const std::int64_t end = source_status.st_size;
    if (end != target_status.st_size) {
        return Verdict::different;
    }
    const bool has_holes = may_have_holes(source, static_cast<std::uint64_t>(end));
    buffer_.resize(copy_block);
    other_buffer_.resize(copy_block);
    std::int64_t at = 0;
    while (true) {
        if (has_holes) {
            at = std::min(next_data(source, at, end), next_data(target, at, end));
        }
        const auto place = static_cast<std::uint64_t>(at);
        const std::ptrdiff_t from_source = read_fully_at(source, place, buffer_);
        const std::ptrdiff_t from_target = read_fully_at(target, place, other_buffer_);
        if (from_source < 0 || from_target < 0) {
            return Verdict::failed;
        }
        const auto count = static_cast<std::size_t>(from_source);
        if (from_source != from_target ||
            std::memcmp(buffer_.data(), other_buffer_.data(), count) != 0) {
            return Verdict::different;
        }
        if (count < copy_block) {
            return Verdict::same;
        }
        at += from_source;
    }
}

}  // namespace envkeep::posix
