// SPDX-License-Identifier: MIT
#include "posix/temporary.hpp"

#include "posix/error.hpp"
#include "posix/names.hpp"
#include "posix/remove_tree.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace envkeep::posix {

Temporary::Temporary(const Spot& spot) : spot_(&spot), name_(spot.temporary_name()) {}

Temporary::Temporary(Temporary&& other) noexcept
    : spot_(other.spot_),
      name_(std::move(other.name_)),
      opened_(std::move(other.opened_)),
      device_(other.device_),
      inode_(std::exchange(other.inode_, 0)) {}

Temporary::~Temporary() {
    if (inode_ == 0) {
        return;
    }
    if (is_this_under_its_name()) {
        remove_tree(spot_->folder.get(), name_);
    }
}

bool Temporary::is_this_under_its_name() const {
    const auto found = status_at(spot_->folder.get(), name_.c_str());
    return found && found->status.device == device_ && found->status.inode == inode_;
}

Result<Temporary> Temporary::file(const Spot& spot) {
    Temporary made(spot);
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    made.opened_ = Fd(::openat(spot.folder.get(), made.name_.c_str(), flags, 0600));
    const auto found = made.opened_.is_open() ? status_of(made.fd()) : std::nullopt;
    if (!found) {
        auto failed = last_error("cannot write beside " + spot.shown);
        if (made.opened_.is_open()) {
            ::unlinkat(spot.folder.get(), made.name_.c_str(), 0);
        }
        return failed;
    }
    made.adopt(found->status);
    return made;
}

Result<Temporary> Temporary::folder(const Spot& spot) {
    Temporary made(spot);
    if (::mkdirat(spot.folder.get(), made.name_.c_str(), 0700) != 0) {
        return last_error("cannot make a folder beside " + spot.shown);
    }
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    made.opened_ = Fd(::openat(spot.folder.get(), made.name_.c_str(), flags));
    const auto found = made.opened_.is_open() ? status_of(made.fd()) : std::nullopt;
    if (!found) {
        auto failed = last_error("cannot open the folder made beside " + spot.shown);
        ::unlinkat(spot.folder.get(), made.name_.c_str(), AT_REMOVEDIR);
        return failed;
    }
    made.adopt(found->status);
    return made;
}

Result<Temporary> Temporary::link(const Spot& spot, const std::string& target) {
    Temporary made(spot);
    if (::symlinkat(target.c_str(), spot.folder.get(), made.name_.c_str()) != 0) {
        return last_error("cannot make a link beside " + spot.shown);
    }
    const auto found = status_at(spot.folder.get(), made.name_.c_str());
    if (!found) {
        auto failed = last_error("cannot look at the link made beside " + spot.shown);
        ::unlinkat(spot.folder.get(), made.name_.c_str(), 0);
        return failed;
    }
    made.adopt(found->status);
    return made;
}

Result<Temporary> Temporary::hard_link(const Spot& spot, int folder, const std::string& existing) {
    Temporary made(spot);
    if (::linkat(folder, existing.c_str(), spot.folder.get(), made.name_.c_str(), 0) != 0) {
        return tl::unexpected(link_error(errno, "cannot make a second name beside " + spot.shown));
    }
    const auto found = status_at(spot.folder.get(), made.name_.c_str());
    if (!found) {
        auto failed = last_error("cannot look at the second name made beside " + spot.shown);
        ::unlinkat(spot.folder.get(), made.name_.c_str(), 0);
        return failed;
    }
    made.adopt(found->status);
    return made;
}

void Temporary::adopt(const system::Status& made) {
    device_ = made.device;
    inode_ = made.inode;
}

Result<void> Temporary::finish() {
    if (const int code = opened_.is_open() ? opened_.close() : 0; code != 0) {
        return tl::unexpected(error_of(code, "cannot write " + spot_->shown));
    }
    return {};
}

Result<void> Temporary::publish(const std::optional<system::Status>& replaced, const Spot* kept) {
    ENVKEEP_CHECK(finish());
    if (!replaced || replaced->kind == system::Kind::absent) {
        return publish_new();
    }
    if (replaced->kind != system::Kind::file) {
        return tl::unexpected(changed_meanwhile(*spot_));
    }
    return publish_over(*replaced, kept);
}

Result<void> Temporary::publish_in_place_of(const std::optional<system::Status>& replaced) {
    ENVKEEP_CHECK(finish());
    if (!replaced || replaced->kind == system::Kind::absent) {
        return publish_new();
    }
    if (replaced->kind != system::Kind::file && replaced->kind != system::Kind::link) {
        return tl::unexpected(changed_meanwhile(*spot_));
    }
    return publish_over(*replaced, nullptr);
}

Result<void> Temporary::publish_new() {
    const int folder = spot_->folder.get();
    if (const int code = rename_new({folder, name_}, {folder, spot_->name}); code != 0) {
        return tl::unexpected(error_of(code, "cannot bring " + spot_->shown + " to its name"));
    }
    inode_ = 0;
    return {};
}

Result<bool> Temporary::publish_surely() {
    ENVKEEP_CHECK(finish());
    const int folder = spot_->folder.get();
    const std::optional<int> code = rename_new_surely({folder, name_}, {folder, spot_->name});
    if (!code) {
        return false;
    }
    if (*code != 0) {
        return tl::unexpected(error_of(*code, "cannot bring " + spot_->shown + " to its name"));
    }
    inode_ = 0;
    return true;
}

Result<void> Temporary::publish_over_own() {
    ENVKEEP_CHECK(finish());
    const int folder = spot_->folder.get();
    if (::renameat(folder, name_.c_str(), folder, spot_->name.c_str()) != 0) {
        return last_error("cannot replace " + spot_->shown);
    }
    inode_ = 0;
    return {};
}

Result<void> Temporary::publish_over(const system::Status& replaced, const Spot* kept) {
    const int folder = spot_->folder.get();
    // Held open, the file is known again under its other name even where a rename gives it another
    // inode number, as overlayfs does when it copies a file up.
    const Fd held(::openat(folder, spot_->name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    const auto standing = held.is_open() ? status_of(held.get()) : std::nullopt;
    if (!standing && errno != ENOENT) {
        return last_error("cannot look at " + spot_->shown);
    }
    if (!standing || !is_unchanged(replaced, standing->status)) {
        return tl::unexpected(changed_meanwhile(*spot_));
    }
    const int code = swap_names({folder, name_}, {folder, spot_->name});
    if (code != 0 && !means_cannot_swap(code)) {
        return tl::unexpected(error_of(code, "cannot replace " + spot_->shown));
    }
    if (code != 0) {
        return kept == nullptr ? publish_over_own() : link_and_replace(standing->status, *kept);
    }
    // A FUSE that knows files by their paths loses the held one with its old name.
    const auto now = status_of(held.get());
    ENVKEEP_CHECK(check_what_came_out(replaced, (now ? *now : *standing).status));
    return put_away(kept);
}

Result<void> Temporary::check_what_came_out(const system::Status& replaced,
                                            const system::Status& standing) {
    const auto out = status_at(spot_->folder.get(), name_.c_str());
    if (!out || !out->status.is_same_file(standing) || out->status.size != replaced.size ||
        out->status.modified != replaced.modified) {
        return tl::unexpected(swap_back(*spot_, name_, [&] { return is_this_under_its_name(); }));
    }
    return {};
}

Result<void> Temporary::put_away(const Spot* kept) {
    const int folder = spot_->folder.get();
    if (kept == nullptr) {
        // If this fails, a copy of what was replaced stays behind; the place itself is right.
        ::unlinkat(folder, name_.c_str(), 0);
        inode_ = 0;
        return {};
    }
    const int code = rename_new({folder, name_}, {kept->folder.get(), kept->name});
    if (code == 0) {
        inode_ = 0;
        return {};
    }
    static_cast<void>(swap_back(*spot_, name_, [&] { return is_this_under_its_name(); }));
    return tl::unexpected(error_of(code, "cannot keep what stood at " + spot_->shown));
}

// A second name first: then nobody misses the file, and it is kept whatever comes after. A race
// remains between the look and the rename: no call of such a file system does both.
Result<void> Temporary::link_and_replace(const system::Status& standing, const Spot& kept) {
    const int folder = spot_->folder.get();
    const int aside = kept.folder.get();
    if (::linkat(folder, spot_->name.c_str(), aside, kept.name.c_str(), 0) != 0) {
        return tl::unexpected(link_error(errno, "cannot keep what stands at " + spot_->shown));
    }
    const auto linked = status_at(aside, kept.name.c_str());
    const auto now = status_at(folder, spot_->name.c_str());
    if (!linked || !now || !now->status.is_same_file(standing) ||
        linked->status.size != standing.size || linked->status.modified != standing.modified) {
        return tl::unexpected(changed_meanwhile(*spot_));
    }
    return publish_over_own();
}

}  // namespace envkeep::posix
