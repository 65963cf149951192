// SPDX-License-Identifier: MIT
#include "posix/remove.hpp"

#include "envkeep/posix/files.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/names.hpp"
#include "posix/remove_tree.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace envkeep::posix {
namespace {

// Between a look at a name and its removal another program may put something else there. So the
// thing is taken to a name of our own first, and looked at again where nobody else expects it.
Result<void> take_and_remove(const Spot& spot,
                             const std::function<bool(const std::string& name)>& is_expected) {
    const int folder = spot.folder.get();
    const std::string aside = spot.temporary_name();
    if (const int code = rename_new({folder, spot.name}, {folder, aside}); code != 0) {
        return tl::unexpected(error_of(code, "cannot remove " + spot.shown));
    }
    if (!is_expected(aside)) {
        return tl::unexpected(put_back(spot, aside));
    }
    if (::unlinkat(folder, aside.c_str(), 0) != 0) {
        auto failed = last_error("cannot remove " + spot.shown);
        static_cast<void>(put_back(spot, aside));
        return failed;
    }
    return {};
}

}  // namespace

Result<void> Files::remove_link(const system::Place& place, const std::string& target) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    const auto is_expected = [&](const std::string& name) {
        return link_target(spot.folder.get(), name.c_str()) == target;
    };
    if (is_expected(spot.name)) {
        return take_and_remove(spot, is_expected);
    }
    if (!status_at(spot.folder.get(), spot.name.c_str())) {
        return last_error("cannot remove link " + spot.shown);
    }
    return tl::unexpected(changed_meanwhile(spot));
}

Result<void> Files::remove_file(const system::Place& place, const system::Status& seen) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    return seen.kind == system::Kind::file ? remove_seen(spot, seen)
                                           : tl::unexpected(changed_meanwhile(spot));
}

Result<void> remove_seen(const Spot& spot, const system::Status& seen) {
    // Held open, it is known again even where the rename gives it another inode number (overlayfs).
    const Fd held(::openat(spot.folder.get(), spot.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    const auto standing = held.is_open() ? status_of(held.get()) : std::nullopt;
    if (!standing) {
        return last_error("cannot remove " + spot.shown);
    }
    if (!is_unchanged(seen, standing->status)) {
        return tl::unexpected(changed_meanwhile(spot));
    }
    return take_and_remove(spot, [&](const std::string& name) {
        const auto out = status_at(spot.folder.get(), name.c_str());
        // A FUSE that knows files by their paths loses the held one with its old name.
        const auto now = status_of(held.get());
        return out && out->status.is_same_file((now ? *now : *standing).status) &&
               out->status.size == seen.size && out->status.modified == seen.modified;
    });
}

Result<void> Files::remove_empty_folder(const system::Place& place) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    if (::unlinkat(spot.folder.get(), spot.name.c_str(), AT_REMOVEDIR) == 0) {
        return {};
    }
    const int code = errno;
    Error error = error_of(code, "cannot remove folder " + spot.shown);
    if (code == ENOTDIR || code == ENOTEMPTY || code == EEXIST) {
        error.kind = ErrorKind::conflict;
    }
    return tl::unexpected(std::move(error));
}

Result<void> Files::remove_own_tree(const system::Place& place) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    if (const int code = remove_tree(spot.folder.get(), spot.name); code != 0) {
        return tl::unexpected(error_of(code, "cannot remove " + spot.shown));
    }
    return {};
}

}  // namespace envkeep::posix
