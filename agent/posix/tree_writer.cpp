// SPDX-License-Identifier: MIT
#include "posix/tree_writer.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/read_all.hpp"
#include "posix/remove.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"
#include "posix/temporary.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace envkeep::posix {
namespace {

bool is_there(const system::FolderWriter::Replaced& replaced) {
    return replaced && replaced->kind != system::Kind::absent;
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What could not be completed under its own name goes, unless another program has put its own thing
// there.
void discard(int folder, const std::string& name, int file) {
    const auto made = status_of(file);
    const auto standing = status_at(folder, name.c_str());
    if (made && standing && made->status.is_same_file(standing->status)) {
        ::unlinkat(folder, name.c_str(), 0);
    }
}

bool is_still(const system::Status& seen, const system::Status& now) {
    return seen.kind == system::Kind::folder ? now.kind == seen.kind && now.is_same_file(seen)
                                             : is_unchanged(seen, now);
}

// For setting attributes: what cannot be read is reached by its path descriptor.
Fd open_for_change(int folder, const std::string& name, bool& is_path_only) {
    constexpr int flags = O_NOFOLLOW | O_CLOEXEC;
    Fd opened(::openat(folder, name.c_str(), flags | O_RDONLY | O_NONBLOCK | O_NOCTTY));
    is_path_only = !opened.is_open() && (errno == EACCES || errno == ELOOP);
    return is_path_only ? Fd(::openat(folder, name.c_str(), flags | O_PATH)) : std::move(opened);
}

// 0 or the errno.
int change_attributes(const Held& held,
                      const system::Status& now,
                      const system::Attributes& wanted) {
    Born born{.mode = now.mode, .uid = now.uid, .gid = now.gid};
    if (now.kind == system::Kind::link) {
        // All that a link has.
        const system::Attributes of_link{
            .mode = now.mode, .uid = wanted.uid, .gid = wanted.gid, .modified = wanted.modified};
        return give_attributes(held, born, of_link, Maker::somebody);
    }
    if (drop_other_extended(held, wanted)) {
        born.mode = S_IFMT;  // none that there is
    }
    return give_attributes(held, born, wanted, Maker::somebody);
}

}  // namespace

tl::unexpected<Error> FolderWriter::cannot(const char* verb, const std::string& name) const {
    const int code = errno;
    return tl::unexpected(error_of(code, fmt::format("cannot {} {}", verb, folder_.shown(name))));
}

Result<void> FolderWriter::fill(int file,
                                const std::string& name,
                                std::span<const std::byte> content,
                                std::uint32_t mode,
                                const system::Attributes& attributes) {
    int code = content.empty() ? 0 : write_fully(file, text_of(content));
    if (code == 0) {
        auto born = births_.file(file, mode);
        if (born && has_default_list_) {
            static_cast<void>(drop_other_extended(Held(file), attributes));
            born->mode = S_IFMT;  // none that there is: what the list made of it is not known
        }
        code = born ? give_attributes(Held(file), *born, attributes) : errno;
    }
    return code == 0 ? Result<void>{}
                     : tl::unexpected(error_of(code, "cannot write " + folder_.shown(name)));
}

Result<void> FolderWriter::make_file(const std::string& name,
                                     std::span<const std::byte> content,
                                     const system::Attributes& attributes,
                                     const Replaced& replaced) {
    ENVKEEP_CHECK(check_name(name));
    if (is_there(replaced)) {
        return replace_file(name, content, attributes, *replaced);
    }
    const std::uint32_t mode = births_.first_mode(attributes);
    const int folder = folder_.fd.get();
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Fd file(::openat(folder, name.c_str(), flags, mode));
    if (!file.is_open()) {
        return cannot("make", name);
    }
    if (auto filled = fill(file.get(), name, content, mode, attributes); !filled) {
        discard(folder, name, file.get());
        return filled;
    }
    if (const int code = file.close(); code != 0) {
        ::unlinkat(folder, name.c_str(), 0);
        return tl::unexpected(error_of(code, "cannot write " + folder_.shown(name)));
    }
    return {};
}

Result<void> FolderWriter::replace_file(const std::string& name,
                                        std::span<const std::byte> content,
                                        const system::Attributes& attributes,
                                        const system::Status& replaced) {
    ENVKEEP_TRY(const Spot spot, folder_.spot(name));
    ENVKEEP_TRY(Temporary fresh, Temporary::file(spot));
    ENVKEEP_CHECK(fill(fresh.fd(), name, content, 0600, attributes));
    return fresh.publish_in_place_of(replaced);
}

Result<std::unique_ptr<system::FileBuilder>> FolderWriter::begin_file(const std::string& name,
                                                                      bool is_sparse,
                                                                      const Replaced& replaced) {
    ENVKEEP_CHECK(check_name(name));
    ENVKEEP_TRY(Spot spot, folder_.spot(name));
    return begin_tree_file(std::move(spot), is_sparse, replaced);
}

Result<void> FolderWriter::make_link(const std::string& name,
                                     const std::string& target,
                                     const system::Attributes& attributes,
                                     const Replaced& replaced) {
    ENVKEEP_CHECK(check_name(name));
    if (target.empty() || target.find('\0') != std::string::npos) {
        return failure(ErrorKind::unsafe_path,
                       "cannot make link " + folder_.shown(name) + ": it leads nowhere");
    }
    if (is_there(replaced)) {
        return replace_link(name, target, attributes, *replaced);
    }
    const int folder = folder_.fd.get();
    if (::symlinkat(target.c_str(), folder, name.c_str()) != 0) {
        return cannot("make link", name);
    }
    const auto born = births_.link(folder, name);
    const int code = born ? give_link_attributes(folder, name, *born, attributes) : errno;
    if (code != 0) {
        if (link_target(folder, name.c_str()) == target) {
            ::unlinkat(folder, name.c_str(), 0);
        }
        return tl::unexpected(error_of(code, "cannot make link " + folder_.shown(name)));
    }
    return {};
}

Result<void> FolderWriter::replace_link(const std::string& name,
                                        const std::string& target,
                                        const system::Attributes& attributes,
                                        const system::Status& replaced) {
    ENVKEEP_TRY(const Spot spot, folder_.spot(name));
    ENVKEEP_TRY(Temporary fresh, Temporary::link(spot, target));
    const int folder = spot.folder.get();
    const auto born = births_.link(folder, fresh.name());
    const int code = born ? give_link_attributes(folder, fresh.name(), *born, attributes) : errno;
    if (code != 0) {
        return tl::unexpected(error_of(code, "cannot make link " + spot.shown));
    }
    return fresh.publish_in_place_of(replaced);
}

Result<void> FolderWriter::make_hard_link(const std::string& name,
                                          system::FolderWriter& folder,
                                          const std::string& existing,
                                          const Replaced& replaced) {
    ENVKEEP_CHECK(check_name(name));
    ENVKEEP_CHECK(check_name(existing));
    const auto* const other = dynamic_cast<const FolderWriter*>(&folder);
    if (other == nullptr) {
        return failure(ErrorKind::usage, "the folder of " + quoted(existing) + " is not of a disk");
    }
    const std::string what = "cannot make a second name " + folder_.shown(name);
    const int from = other->folder_.fd.get();
    const auto found = status_at(from, existing.c_str());
    if (!found) {
        return last_error(what);
    }
    if (found->status.kind != system::Kind::file) {
        return failure(ErrorKind::unsupported,
                       what + ": " + other->folder_.shown(existing) + " is no regular file");
    }
    if (is_there(replaced)) {
        ENVKEEP_TRY(const Spot spot, folder_.spot(name));
        ENVKEEP_TRY(Temporary fresh, Temporary::hard_link(spot, from, existing));
        return fresh.publish_in_place_of(replaced);
    }
    if (::linkat(from, existing.c_str(), folder_.fd.get(), name.c_str(), 0) != 0) {
        return tl::unexpected(link_error(errno, what));
    }
    return {};
}

Result<void> FolderWriter::make_folder(const std::string& name) {
    ENVKEEP_CHECK(check_name(name));
    if (::mkdirat(folder_.fd.get(), name.c_str(), 0700) == 0) {
        return {};
    }
    const int code = errno;
    const auto standing = status_at(folder_.fd.get(), name.c_str());
    const bool is_folder = standing && standing->status.kind == system::Kind::folder;
    if (code == EEXIST && is_folder) {
        return {};
    }
    return tl::unexpected(error_of(code, "cannot make folder " + folder_.shown(name)));
}

Result<void> FolderWriter::set_attributes(const std::string& name,
                                          const system::Status& seen,
                                          const system::Attributes& attributes) {
    Fd opened;
    bool is_path_only = folder_.is_path_only;
    if (!name.empty()) {
        ENVKEEP_CHECK(check_name(name));
        opened = open_for_change(folder_.fd.get(), name, is_path_only);
        if (!opened.is_open()) {
            return cannot("set the attributes of", name);
        }
    }
    const int descriptor = name.empty() ? folder_.fd.get() : opened.get();
    const auto found = status_of(descriptor);
    if (!found) {
        return cannot("look at", name);
    }
    const system::Status& now = found->status;
    const bool is_wrong_kind = now.kind != system::Kind::file && now.kind != system::Kind::folder &&
                               now.kind != system::Kind::link;
    if (!name.empty() && (is_wrong_kind || !is_still(seen, now))) {
        return tl::unexpected(changed_meanwhile({.name = name, .shown = folder_.shown(name)}));
    }
    const Held held = is_path_only ? Held::path_only(descriptor) : Held(descriptor);
    const int code = change_attributes(held, now, attributes);
    return code == 0 ? Result<void>{}
                     : tl::unexpected(
                           error_of(code, "cannot set the attributes of " + folder_.shown(name)));
}

Result<void> FolderWriter::remove(const std::string& name, const system::Status& seen) {
    ENVKEEP_CHECK(check_name(name));
    if (seen.kind == system::Kind::file || seen.kind == system::Kind::link) {
        ENVKEEP_TRY(const Spot spot, folder_.spot(name));
        return remove_seen(spot, seen);
    }
    const auto standing = status_at(folder_.fd.get(), name.c_str());
    if (!standing) {
        return cannot("remove", name);
    }
    const bool is_folder = seen.kind == system::Kind::folder && is_still(seen, standing->status);
    if (is_folder && ::unlinkat(folder_.fd.get(), name.c_str(), AT_REMOVEDIR) == 0) {
        return {};
    }
    if (is_folder && errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) {
        return cannot("remove", name);
    }
    return tl::unexpected(changed_meanwhile({.name = name, .shown = folder_.shown(name)}));
}

}  // namespace envkeep::posix
