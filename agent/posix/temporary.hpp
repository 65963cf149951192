// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/posix/fd.hpp"
#include "envkeep/system/files.hpp"
#include "posix/files_state.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace envkeep::posix {

// Something half-made, under a temporary name beside the spot where it will appear. Whatever was
// not published goes with this object, unless something else has taken that name.
class Temporary {
  public:
    // An empty file (0600, open for reading and writing) or folder (0700, open for listing).
    [[nodiscard]] static Result<Temporary> file(const Spot& spot);
    [[nodiscard]] static Result<Temporary> folder(const Spot& spot);
    [[nodiscard]] static Result<Temporary> link(const Spot& spot, const std::string& target);
    // A second name of the file `existing` of another folder.
    [[nodiscard]] static Result<Temporary> hard_link(const Spot& spot,
                                                     int folder,
                                                     const std::string& existing);

    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    Temporary(Temporary&& other) noexcept;
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary();

    [[nodiscard]] int fd() const { return opened_.get(); }

    [[nodiscard]] const std::string& name() const { return name_; }

    // Closes it; a file system that writes late (NFS, FUSE) may fail only now.
    [[nodiscard]] Result<void> finish();

    // Gives it its name. Nothing may stand there (already_exists), or exactly the regular file
    // `replaced`, which goes to `kept` or, without one, is removed; anything else stays or is put
    // back (conflict). unsupported, and nothing done: it must be copied to `kept` first, and then
    // replaced without.
    [[nodiscard]] Result<void> publish(const std::optional<system::Status>& replaced,
                                       const Spot* kept = nullptr);

    // The same for what may be a link too, and is removed.
    [[nodiscard]] Result<void> publish_in_place_of(const std::optional<system::Status>& replaced);

    // Gives it its name, where nothing may stand (already_exists). False, and nothing is done,
    // where the file system has no call that makes sure of it: two who do the same could both
    // succeed.
    [[nodiscard]] Result<bool> publish_surely();

    // Gives it its name, over whatever file bears it.
    [[nodiscard]] Result<void> publish_over_own();

  private:
    explicit Temporary(const Spot& spot);

    void adopt(const system::Status& made);
    [[nodiscard]] Result<void> publish_new();
    [[nodiscard]] bool is_this_under_its_name() const;
    [[nodiscard]] Result<void> publish_over(const system::Status& replaced, const Spot* kept);
    [[nodiscard]] Result<void> check_what_came_out(const system::Status& replaced,
                                                   const system::Status& standing);
    [[nodiscard]] Result<void> put_away(const Spot* kept);
    [[nodiscard]] Result<void> link_and_replace(const system::Status& standing, const Spot& kept);

    const Spot* spot_;
    std::string name_;
    Fd opened_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;  // 0: nothing to remove
};

}  // namespace envkeep::posix
