// SPDX-License-Identifier: MIT
#include "posix/copy_tree.hpp"

#include "envkeep/core/text.hpp"
#include "posix/closed_folder.hpp"
#include "posix/copy_attributes.hpp"
#include "posix/error.hpp"
#include "posix/names.hpp"
#include "posix/status_at.hpp"
#include "posix/sync.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace envkeep::posix {
namespace {

constexpr int deepest_copied = 1000;
constexpr int reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int folder_flags = reading | O_DIRECTORY;

std::optional<struct ::stat> stat_of(int descriptor) {
    struct ::stat found{};
    return ::fstat(descriptor, &found) == 0 ? std::optional(found) : std::nullopt;
}

bool is_same_time(const struct ::timespec& one, const struct ::timespec& other) {
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

bool has_changed(const struct ::stat& before, const struct ::stat& after) {
    return before.st_size != after.st_size || !is_same_time(before.st_mtim, after.st_mtim) ||
           !is_same_time(before.st_ctim, after.st_ctim);
}

// All names below an open folder; with errno if that failed.
std::optional<std::uint64_t> count_names(Fd& folder, int depth) {
    const auto entries = list_folder(folder.get(), {});
    if (!entries) {
        return std::nullopt;
    }
    std::uint64_t names = entries->size();
    for (const system::Entry& entry : *entries) {
        if (entry.kind == system::Kind::folder) {
            Fd below(::openat(folder.get(), entry.name.c_str(), folder_flags));
            if (!below.is_open()) {
                return std::nullopt;
            }
            std::optional<ClosedFolder> closed;
            if (depth >= most_open_folders) {
                closed.emplace(folder);
            }
            const auto more = count_names(below, depth + 1);
            if (!more) {
                return std::nullopt;
            }
            names += *more;
            if (const int code = closed ? closed->open_again(below) : 0; code != 0) {
                errno = code;
                return std::nullopt;
            }
        }
    }
    return names;
}

}  // namespace

Result<Temporary> TreeCopier::copy(int folder, const std::string& name, const Spot& spot) {
    report_ = {};
    names_made_ = 0;
    first_names_.clear();
    const RelPath top;
    const Source source{.folder = folder, .name = name, .below = top};
    const auto found = status_at(folder, name.c_str());
    if (!found) {
        return cannot_copy(errno, top);
    }
    switch (found->status.kind) {
        case system::Kind::file:
            return copy_single_file(source, spot);
        case system::Kind::link:
            return copy_single_link(source, spot);
        case system::Kind::folder:
            return copy_top_folder(source, spot);
        default:
            return failure(ErrorKind::unsupported,
                           "cannot copy " + shown(top) + ": it is no file, link or folder");
    }
}

Result<Temporary> TreeCopier::copy_single_file(const Source& source, const Spot& spot) {
    ENVKEEP_TRY(Temporary made, Temporary::file(spot));
    ENVKEEP_CHECK(copy_content(source, made.fd()));
    if (const int code = sync_file(made.fd()); code != 0) {
        return cannot_copy(code, source.below);
    }
    return made;
}

Result<Temporary> TreeCopier::copy_single_link(const Source& source, const Spot& spot) {
    ENVKEEP_TRY(const Link link, read_source_link(source));
    ENVKEEP_TRY(Temporary made, Temporary::link(spot, link.target));
    const int code = copy_link_attributes(link.status, spot.folder.get(), made.name());
    if (code != 0) {
        return cannot_copy(code, source.below);
    }
    return made;
}

Result<Temporary> TreeCopier::copy_top_folder(const Source& source, const Spot& spot) {
    ENVKEEP_TRY(Temporary made, Temporary::folder(spot));
    const auto id = status_of(made.fd());
    OpenPair here{.source = Fd(::openat(source.folder, source.name.c_str(), folder_flags)),
                  .target = Fd(::fcntl(made.fd(), F_DUPFD_CLOEXEC, 0))};
    if (!id || !here.source.is_open() || !here.target.is_open()) {
        return cannot_copy(errno, source.below);
    }
    top_ = made.fd();
    top_id_ = {id->status.device, id->status.inode};
    ENVKEEP_CHECK(copy_into(here, source.below, 0));
    ENVKEEP_CHECK(check_whole(made.fd()));
    if (const int code = sync_file_system(made.fd()); code != 0) {
        return cannot_copy(code, source.below);
    }
    return made;
}

Result<void> TreeCopier::check_whole(int target) const {
    Fd top(::fcntl(target, F_DUPFD_CLOEXEC, 0));
    const auto names = top.is_open() ? count_names(top, 0) : std::nullopt;
    if (!names) {
        return cannot_copy(errno, {});
    }
    if (*names == names_made_) {
        return {};
    }
    return failure(
        ErrorKind::conflict,
        fmt::format(
            "the copy of {} is not whole: it has {} names of {}", shown({}), *names, names_made_),
        "another program was at it: run again");
}

Result<void> TreeCopier::copy_entry(const Source& source, OpenPair& here, int depth) {
    const int target = here.target.get();
    const auto found = status_at(source.folder, source.name.c_str());
    if (!found) {
        return cannot_copy_now(source.below);
    }
    if (found->status.is_mount_point) {
        return failure(ErrorKind::busy,
                       "cannot copy " + shown(source.below) + ": something is mounted there",
                       "unmount it, or leave it out");
    }
    switch (found->status.kind) {
        case system::Kind::file:
            ++names_made_;
            if (found->status.links > 1 && repeats_hard_link(source, target)) {
                ++report_.files;
                return {};
            }
            return copy_file(source, target);
        case system::Kind::link:
            ++names_made_;
            return copy_link(source, target);
        case system::Kind::folder:
            ++names_made_;
            return copy_folder(source, here, depth);
        default:
            report_.left_out.push_back(source.below.text());
            return {};
    }
}

Result<void> TreeCopier::copy_folder(const Source& source, OpenPair& here, int depth) {
    if (depth == deepest_copied) {
        return failure(ErrorKind::unsupported,
                       "cannot copy " + shown(source.below) + ": more than 1000 folders deep");
    }
    OpenPair inner{.source = Fd(::openat(source.folder, source.name.c_str(), folder_flags)),
                   .target = {}};
    if (!inner.source.is_open()) {
        return cannot_copy_now(source.below);
    }
    if (::mkdirat(here.target.get(), source.name.c_str(), 0700) != 0) {
        return cannot_copy(errno, source.below);
    }
    inner.target = Fd(::openat(here.target.get(), source.name.c_str(), folder_flags));
    if (!inner.target.is_open()) {
        return cannot_copy(errno, source.below);
    }
    if (depth < most_open_folders / 2) {
        return copy_into(inner, source.below, depth + 1);
    }
    ClosedFolder closed_source(here.source);
    ClosedFolder closed_target(here.target);
    ENVKEEP_CHECK(copy_into(inner, source.below, depth + 1));
    for (const int code :
         {closed_source.open_again(inner.source), closed_target.open_again(inner.target)}) {
        if (code != 0) {
            return code == ESTALE ? changed(source.below) : cannot_copy(code, source.below);
        }
    }
    return {};
}

Result<void> TreeCopier::copy_into(OpenPair& here, const RelPath& below, int depth) {
    const auto before = stat_of(here.source.get());
    if (!before) {
        return cannot_copy(errno, below);
    }
    if (std::pair<std::uint64_t, std::uint64_t>(before->st_dev, before->st_ino) == top_id_) {
        return failure(ErrorKind::unsupported, "cannot copy " + shown_ + " into itself");
    }
    ENVKEEP_TRY(const std::vector<system::Entry> entries,
                list_folder(here.source.get(), shown(below)));
    for (const system::Entry& entry : entries) {
        const RelPath path = below.child(entry.name);
        if (options_.leaves_out && options_.leaves_out(path)) {
            continue;
        }
        if (options_.before_each) {
            options_.before_each();
        }
        ENVKEEP_CHECK(copy_entry(
            {.folder = here.source.get(), .name = entry.name, .below = path}, here, depth));
    }
    const auto after = stat_of(here.source.get());
    if (!after || has_changed(*before, *after)) {
        return changed(below);
    }
    return give_attributes(here.source.get(), *before, here.target.get(), below);
}

Result<void> TreeCopier::give_attributes(int source,
                                         const struct ::stat& from,
                                         int target,
                                         const RelPath& below) {
    struct ::stat given = from;
    std::uint32_t bound = S_ISDIR(from.st_mode) ? options_.folder_bound : options_.file_bound;
    if (const auto mode = options_.mode_of ? options_.mode_of(below) : std::nullopt) {
        given.st_mode = (from.st_mode & S_IFMT) | *mode;
        bound = 07777;
    }
    const AttributesCopied copied = copy_attributes(source, given, target, bound);
    if (copied.code != 0) {
        return cannot_copy(copied.code, below);
    }
    if (!copied.is_whole) {
        report_.lost_attributes.push_back(below.text());
    }
    return {};
}

Result<void> TreeCopier::copy_file(const Source& source, int target) {
    constexpr int making = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Fd made(::openat(target, source.name.c_str(), making, 0600));
    if (!made.is_open()) {
        return cannot_copy(errno, source.below);
    }
    ENVKEEP_CHECK(copy_content(source, made.get()));
    const int code = made.close();
    return code == 0 ? Result<void>{} : cannot_copy(code, source.below);
}

Result<void> TreeCopier::copy_content(const Source& source, int target) {
    const Fd opened(::openat(source.folder, source.name.c_str(), reading));
    auto before = opened.is_open() ? stat_of(opened.get()) : std::nullopt;
    if (!before) {
        return cannot_copy_now(source.below);
    }
    bool is_faulty = false;
    for (int attempt = 0; attempt < 2 && S_ISREG(before->st_mode); ++attempt) {
        const auto size = static_cast<std::uint64_t>(before->st_size);
        int code = attempt == 0 || ::ftruncate(target, 0) == 0 ? 0 : errno;
        code = code == 0 ? bytes_.copy(opened.get(), target, size) : code;
        if (code != 0) {
            return cannot_copy(code, source.below);
        }
        const auto verdict = bytes_.compare(opened.get(), target);
        const auto after =
            verdict == ByteCopier::Verdict::failed ? std::nullopt : stat_of(opened.get());
        if (!after) {
            return cannot_copy(errno, source.below);
        }
        if (verdict == ByteCopier::Verdict::same && !has_changed(*before, *after)) {
            ++report_.files;
            report_.bytes += size;
            return give_attributes(opened.get(), *before, target, source.below);
        }
        is_faulty = !has_changed(*before, *after);
        before = after;
    }
    if (is_faulty) {
        return failure(ErrorKind::io,
                       "the copy of " + shown(source.below) + " reads back with other bytes",
                       "the file system or its disk is faulty: see 'dmesg'");
    }
    return changed(source.below);
}

Result<void> TreeCopier::copy_link(const Source& source, int target) {
    ENVKEEP_TRY(const Link link, read_source_link(source));
    if (::symlinkat(link.target.c_str(), target, source.name.c_str()) != 0) {
        return cannot_copy(errno, source.below);
    }
    const int code = copy_link_attributes(link.status, target, source.name);
    return code == 0 ? Result<void>{} : cannot_copy(code, source.below);
}

Result<TreeCopier::Link> TreeCopier::read_source_link(const Source& source) const {
    const char* const name = source.name.c_str();
    struct ::stat status{};
    auto target = link_target(source.folder, name);
    if (!target || ::fstatat(source.folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return cannot_copy_now(source.below);
    }
    return Link{.target = *std::move(target), .status = status};
}

bool TreeCopier::repeats_hard_link(const Source& source, int target) {
    const auto found = status_at(source.folder, source.name.c_str());
    if (!found) {
        return false;
    }
    const std::pair id(found->status.device, found->status.inode);
    const auto [first, is_new] = first_names_.emplace(id, source.below.text());
    // Where the file system makes no hard links the bytes are simply copied once more.
    return !is_new && ::linkat(top_, first->second.c_str(), target, source.name.c_str(), 0) == 0;
}

std::string TreeCopier::shown(const RelPath& below) const {
    return quoted(below.is_root() ? shown_ : shown_ + "/" + below.text());
}

tl::unexpected<Error> TreeCopier::cannot_copy(int code, const RelPath& below) const {
    return tl::unexpected(error_of(code, "cannot copy " + shown(below)));
}

tl::unexpected<Error> TreeCopier::cannot_copy_now(const RelPath& below) const {
    const int code = errno;
    // It was there a moment ago, and of the kind that was expected.
    const bool is_replaced =
        code == ENOENT || code == ENOTDIR || code == ELOOP || code == EINVAL || code == EISDIR;
    return is_replaced ? changed(below) : cannot_copy(code, below);
}

tl::unexpected<Error> TreeCopier::changed(const RelPath& below) const {
    return failure(ErrorKind::conflict,
                   shown(below) + " changed while it was copied",
                   "run again when no program writes there");
}

}  // namespace envkeep::posix
