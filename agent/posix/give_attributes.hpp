// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_content.hpp"

#include <cstdint>
#include <string>

namespace envkeep::posix {

// What new files of this process come out with in one place.
struct Born {
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

// Something open whose attributes are set through its descriptor, whatever bears its name by now.
class Held {
  public:
    explicit Held(int descriptor) : descriptor_(descriptor) {}

    // O_PATH: for what may not be opened, and for links. Works where /proc is mounted.
    [[nodiscard]] static Held path_only(int descriptor);

    // As the calls of the same names: 0, or -1 with errno set.
    [[nodiscard]] int change_owner(std::uint32_t uid, std::uint32_t gid) const;
    [[nodiscard]] int change_mode(std::uint32_t mode) const;
    [[nodiscard]] int change_times(WallTime both) const;
    [[nodiscard]] int set_extended(const system::ExtendedAttribute& one) const;

    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
    std::string path_;  // below /proc; empty: the descriptor itself will do
};

// The mode to make something with that will get `wanted`: no more than it may have at the end while
// it still has `born`'s owner; set-id bits come after the owner.
[[nodiscard]] std::uint32_t first_mode(const system::Attributes& wanted, const Born& born);

// What was not made by us may not be ours to change: then a mode or time that is refused fails.
enum class Maker : std::uint8_t { us, somebody };

// Owner, extended attributes, mode, and last the times (that of access too: so reading it later
// shows). Only what is not there yet is set. What the file system or the kernel refuses to keep is
// left out; with the owner the set-id bits, with an access list the group's. 0 or the errno.
[[nodiscard]] int give_attributes(const Held& held,
                                  const Born& born,
                                  const system::Attributes& wanted,
                                  Maker maker = Maker::us);

// Owner and times of a link that has just been made. 0 or the errno.
[[nodiscard]] int give_link_attributes(int folder,
                                       const std::string& name,
                                       const Born& born,
                                       const system::Attributes& wanted);

// Takes away the carried extended attributes that are not among the wanted ones; true if there were
// any. The mode may lack the group's bits then.
[[nodiscard]] bool drop_other_extended(const Held& held, const system::Attributes& wanted);

}  // namespace envkeep::posix
