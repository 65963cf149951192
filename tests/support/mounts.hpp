// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace envkeep::testing {

// Takes the process to a mount name space of its own, once: so nothing is left behind even after a
// crash. What was opened before does not see mounts made later: make this the first base class or
// member of a fixture. Needs root, and throws std::system_error without.
struct OwnMounts {
    OwnMounts();
};

// A mount for as long as this lives, in the name space of OwnMounts.
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

// In the name space of OwnMounts, once and to the end: nothing stands where a machine that builds
// software has most of its files, so that listing its image takes no longer than it would in a
// container.
void make_machine_small();

}  // namespace envkeep::testing
