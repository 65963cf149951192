// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace envkeep::testing {

// Mounts for tests, which need root and throw std::system_error without. The first one takes the
// process to a mount name space of its own, so nothing is left behind even after a crash.
class ScopedMount {
  public:
    // `options` as of mount(8), such as "size=1m,nr_inodes=100".
    [[nodiscard]] static ScopedMount tmpfs(const std::string& point,
                                           const std::string& options = {});
    [[nodiscard]] static ScopedMount overlay(const std::string& point,
                                             const std::string& lower,
                                             const std::string& upper,
                                             const std::string& work);
    [[nodiscard]] static ScopedMount bind(const std::string& point, const std::string& source);
    [[nodiscard]] static ScopedMount read_only_bind(const std::string& point,
                                                    const std::string& source);

    ScopedMount(ScopedMount&& other) noexcept;
    ScopedMount& operator=(ScopedMount&&) = delete;
    ~ScopedMount();

  private:
    explicit ScopedMount(std::string point) : point_(std::move(point)) {}

    std::string point_;
};

}  // namespace envkeep::testing
