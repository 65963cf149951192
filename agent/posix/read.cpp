// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/posix/files.hpp"
#include "posix/files_state.hpp"
#include "posix/read_all.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace envkeep::posix {
namespace {

constexpr std::size_t read_block = std::size_t{128} << 10U;

}  // namespace

Result<std::string> Files::read_file(const system::Place& place, std::uint64_t limit) {
    ENVKEEP_TRY(const OpenedFile file, state_->open_file(place));
    return read_all(file.fd.get(), file.size, limit, absolute(place));
}

Result<std::string> Files::read_head(const system::Place& place, std::size_t count) {
    ENVKEEP_TRY(const OpenedFile file, state_->open_file(place));
    // No more than there is, so that one read does; files of /proc do not say how much that is.
    std::string head(file.size == 0 ? count : std::min<std::uint64_t>(count, file.size), '\0');
    const auto filled = read_fully(file.fd.get(), std::as_writable_bytes(std::span(head)));
    if (filled < 0) {
        return state_->cannot("read", place);
    }
    head.resize(static_cast<std::size_t>(filled));
    return head;
}

Result<std::string> Files::read_uncached(const system::Place& place, std::uint64_t limit) {
    ENVKEEP_TRY(const OpenedFile file, state_->open_file(place));
    // Only an advice: what a file system keeps all the same is read from memory.
    static_cast<void>(::posix_fadvise(file.fd.get(), 0, 0, POSIX_FADV_DONTNEED));
    return read_all(file.fd.get(), file.size, limit, absolute(place));
}

Result<Digest> Files::digest(const system::Place& file) {
    ENVKEEP_TRY(const OpenedFile opened, state_->open_file(file));
    std::vector<std::byte> buffer(read_block);
    Hasher hasher;
    while (true) {
        const auto filled = read_fully(opened.fd.get(), buffer);
        if (filled < 0) {
            return state_->cannot("read", file);
        }
        hasher.update(std::span(buffer).first(static_cast<std::size_t>(filled)));
        if (filled < static_cast<std::ptrdiff_t>(read_block)) {
            return hasher.digest();
        }
    }
}

Result<bool> Files::has_same_bytes(const system::Place& one, const system::Place& other) {
    ENVKEEP_TRY(const OpenedFile first, state_->open_file(one));
    ENVKEEP_TRY(const OpenedFile second, state_->open_file(other));
    if (first.size != second.size) {
        return false;
    }
    std::vector<std::byte> first_bytes(read_block);
    std::vector<std::byte> second_bytes(read_block);
    while (true) {
        const auto first_filled = read_fully(first.fd.get(), first_bytes);
        if (first_filled < 0) {
            return state_->cannot("read", one);
        }
        const auto second_filled = read_fully(second.fd.get(), second_bytes);
        if (second_filled < 0) {
            return state_->cannot("read", other);
        }
        const auto length = static_cast<std::size_t>(first_filled);
        if (first_filled != second_filled ||
            std::memcmp(first_bytes.data(), second_bytes.data(), length) != 0) {
            return false;
        }
        if (length < read_block) {
            return true;
        }
    }
}

}  // namespace envkeep::posix
