// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/posix/files.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/open_beneath.hpp"
#include "posix/read_all.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"
#include "posix/sync.hpp"
#include "posix/temporary.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

enum class Durability { synced, left_to_the_kernel };

// mkdir takes away what the umask says, and a set-group-id folder hands that bit on: the first is
// given back, the second kept.
Result<void> complete_mode(const Spot& spot, std::uint32_t mode) {
    const Fd made(::openat(
        spot.folder.get(), spot.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const auto found = made.is_open() ? status_of(made.get()) : std::nullopt;
    if (!found) {
        // Without the owner's right to read it cannot be opened; then it is as mkdir made it.
        return errno == EACCES ? Result<void>{} : last_error("cannot open " + spot.shown);
    }
    const std::uint32_t wanted = mode | (found->status.mode & S_ISGID);
    if (found->status.mode != wanted && ::fchmod(made.get(), wanted) != 0 &&
        !means_not_kept(errno)) {
        return last_error("cannot set the mode of " + spot.shown);
    }
    return {};
}

Result<void> make_one(const Spot& spot, std::uint32_t mode) {
    if (::mkdirat(spot.folder.get(), spot.name.c_str(), mode) != 0) {
        return last_error("cannot make folder " + spot.shown);
    }
    return complete_mode(spot, mode);
}

// 0 or the errno.
int fill(int file, std::string_view content, std::uint32_t mode, Durability durability) {
    int code = write_fully(file, content);
    if (code == 0 && ::fchmod(file, mode) != 0 && !means_not_kept(errno)) {
        code = errno;
    }
    return code == 0 && durability == Durability::synced ? sync_file(file) : code;
}

Result<Temporary> written(const Spot& spot,
                          std::string_view content,
                          std::uint32_t mode,
                          Durability durability) {
    ENVKEEP_TRY(Temporary fresh, Temporary::file(spot));
    if (const int code = fill(fresh.fd(), content, mode, durability); code != 0) {
        return tl::unexpected(error_of(code, "cannot write " + spot.shown));
    }
    return fresh;
}

// Where no rename and no link refuses to replace (FAT, some FUSE): that only one of several makes
// the file matters more than that a kill in this moment leaves no half of it.
Result<void> write_in_place(const Spot& spot, std::string_view content, std::uint32_t mode) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Fd made(::openat(spot.folder.get(), spot.name.c_str(), flags, 0600));
    if (!made.is_open()) {
        return last_error("cannot write " + spot.shown);
    }
    int code = fill(made.get(), content, mode, Durability::synced);
    code = code == 0 ? made.close() : code;
    if (code != 0) {
        ::unlinkat(spot.folder.get(), spot.name.c_str(), 0);
        return tl::unexpected(error_of(code, "cannot write " + spot.shown));
    }
    return {};
}

}  // namespace

Result<void> Files::make_folder(const system::Place& place, std::uint32_t mode) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    return make_one(spot, mode);
}

Result<void> Files::make_folders(const system::Place& place, std::uint32_t mode) {
    state_->forget();
    const Root& root = state_->roots.at(place.root.index);
    if (open_beneath(root.folder(), place.path.text(), O_PATH | O_DIRECTORY).is_open()) {
        return {};
    }
    system::Place at{.root = place.root, .path = {}};
    Fd folder = open_beneath(root.folder(), {}, O_PATH | O_DIRECTORY);
    for (const std::string_view part : place.path.components()) {
        at = at.child(part);
        Spot spot{
            .folder = std::move(folder), .name = std::string(part), .shown = state_->shown(at)};
        Fd next = open_beneath(spot.folder.get(), spot.name, O_PATH | O_DIRECTORY);
        if (!next.is_open() && errno == ENOENT) {
            const auto made = make_one(spot, mode);
            // Another process may have made it first.
            if (!made && made.error().kind != ErrorKind::already_exists) {
                return made;
            }
            next = open_beneath(spot.folder.get(), spot.name, O_PATH | O_DIRECTORY);
        }
        if (!next.is_open() && (errno == ELOOP || errno == ENOTDIR)) {
            return failure(ErrorKind::unsafe_path,
                           "cannot make folder " + state_->shown(place) + ": " + spot.shown +
                               (errno == ELOOP ? " is a link" : " is no folder"),
                           "move it away, or name the folder that it stands for");
        }
        if (!next.is_open()) {
            return last_error("cannot open folder " + spot.shown);
        }
        folder = std::move(next);
    }
    return {};
}

Result<void> Files::make_link(const system::Place& place, const std::string& target) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    if (::symlinkat(target.c_str(), spot.folder.get(), spot.name.c_str()) != 0) {
        return last_error("cannot make link " + spot.shown);
    }
    return {};
}

Result<void> Files::make_hard_link(const system::Place& existing, const system::Place& place) {
    ENVKEEP_TRY(const Spot from, state_->open_spot_below(existing));
    ENVKEEP_TRY(const Spot to, state_->open_spot_below(place));
    if (::linkat(from.folder.get(), from.name.c_str(), to.folder.get(), to.name.c_str(), 0) != 0) {
        return tl::unexpected(link_error(errno, "cannot make a second name " + to.shown));
    }
    return {};
}

Result<void> Files::write_file(const system::Place& place,
                               std::string_view content,
                               std::uint32_t mode,
                               const std::optional<system::Status>& expected) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    ENVKEEP_TRY(Temporary fresh, written(spot, content, mode, Durability::synced));
    if (expected && expected->kind != system::Kind::absent) {
        return fresh.publish(expected);
    }
    ENVKEEP_TRY(const bool is_named, fresh.publish_surely());
    return is_named ? Result<void>{} : write_in_place(spot, content, mode);
}

Result<void> Files::overwrite_own_file(const system::Place& place,
                                       std::string_view content,
                                       std::uint32_t mode) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    const auto standing = status_at(spot.folder.get(), spot.name.c_str());
    if (standing && standing->status.kind != system::Kind::file) {
        return failure(ErrorKind::conflict,
                       "cannot write " + spot.shown + ": what stands there is no regular file",
                       "move it away: envkeep keeps a file of its own there");
    }
    ENVKEEP_TRY(Temporary fresh, written(spot, content, mode, Durability::left_to_the_kernel));
    return fresh.publish_over_own();
}

Result<void> Files::append(const system::Place& place, std::string_view line) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot_below(place));
    const Fd file(
        ::openat(spot.folder.get(),
                 spot.name.c_str(),
                 O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                 0600));
    const std::string what = "cannot append to " + spot.shown;
    struct ::stat found{};
    if (!file.is_open() || ::fstat(file.get(), &found) != 0) {
        return last_error(what);
    }
    if (!S_ISREG(found.st_mode)) {
        return failure(ErrorKind::conflict, what + ": it is no regular file");
    }
    // One write, so that the lines of several processes do not mix.
    const ssize_t written = ::write(file.get(), line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size())) {
        return tl::unexpected(error_of(written < 0 ? errno : ENOSPC, what));
    }
    if (const int code = sync_file(file.get()); code != 0) {
        return tl::unexpected(error_of(code, what));
    }
    return {};
}

}  // namespace envkeep::posix
