// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace envkeep::posix {

// Owns one open file descriptor, and closes it once.
class Fd {
  public:
    Fd() = default;

    explicit Fd(int descriptor) noexcept : descriptor_(descriptor) {}

    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    Fd(Fd&& other) noexcept : descriptor_(std::exchange(other.descriptor_, closed)) {}

    // Swaps: the old descriptor closes with `other`, and self-assignment changes nothing.
    Fd& operator=(Fd&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }

    ~Fd();

    [[nodiscard]] int get() const noexcept { return descriptor_; }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

    // The caller closes it from now on.
    [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, closed); }

    // Closes now and says how that went: 0 or the errno. NFS and FUSE report failed writes here.
    [[nodiscard]] int close() noexcept;

  private:
    static constexpr int closed = -1;
    int descriptor_ = closed;
};

}  // namespace envkeep::posix
