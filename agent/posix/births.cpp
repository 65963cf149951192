// SPDX-License-Identifier: MIT
#include "posix/status_at.hpp"
#include "posix/tree_writer.hpp"

namespace envkeep::posix {

std::uint32_t Births::first_mode(const system::Attributes& wanted) const {
    const bool knows_owner = (kept_.load(std::memory_order_acquire) & is_known) != 0;
    return knows_owner ? posix::first_mode(wanted, owner()) : wanted.mode & 0700U;
}

std::optional<Born> Births::file(int descriptor, std::uint32_t mode) {
    const std::uint32_t kept = kept_.load(std::memory_order_acquire);
    if ((kept & is_known) != 0 && (mode & ~kept) == 0) {
        Born born = owner();
        born.mode = mode;
        return born;
    }
    const auto found = status_of(descriptor);
    if (!found) {
        return std::nullopt;
    }
    learn(found->status, mode & found->status.mode);
    return Born{.mode = found->status.mode, .uid = found->status.uid, .gid = found->status.gid};
}

std::optional<Born> Births::link(int folder, const std::string& name) {
    if ((kept_.load(std::memory_order_acquire) & is_known) == 0) {
        const auto found = status_at(folder, name.c_str());
        if (!found) {
            return std::nullopt;
        }
        learn(found->status, 0);
    }
    return owner();
}

Born Births::owner() const {
    const std::uint64_t both = owner_.load(std::memory_order_relaxed);
    return {.uid = static_cast<std::uint32_t>(both >> 32U),
            .gid = static_cast<std::uint32_t>(both)};
}

void Births::learn(const system::Status& found, std::uint32_t kept) {
    owner_.store(std::uint64_t{found.uid} << 32U | found.gid, std::memory_order_relaxed);
    kept_.fetch_or(is_known | kept, std::memory_order_release);
}

}  // namespace envkeep::posix
