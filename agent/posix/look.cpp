// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/posix/files.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/names.hpp"
#include "posix/resolve.hpp"
#include "posix/status_at.hpp"

#include <boost/filesystem/operations.hpp>

#include <fcntl.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <string_view>

namespace envkeep::posix {
namespace {

bool means_absent(int code) {
    return code == ENOENT || code == ENOTDIR;
}

// Before Linux 5.8 the kernel does not say what is a mount point. A device that differs from the
// folder's shows it, except for a bind mount of the same file system.
bool is_on_other_device(const Looked& at, const system::Status& status) {
    if (at.name == std::string_view(".")) {
        const auto above = status_at(at.folder(), "..");
        return above && above->status.device != status.device;
    }
    if (!at.above->device) {
        const auto above = status_of(at.folder());
        at.above->device = above ? above->status.device : status.device;
    }
    return *at.above->device != status.device;
}

std::optional<FoundStatus> status_in_root(int root, const std::string& absolute) {
    const Fd opened = open_in_root(root, absolute, O_PATH);
    return opened.is_open() ? status_of(opened.get()) : std::nullopt;
}

tl::unexpected<Error> leads_in_a_circle(const std::string& path) {
    return failure(ErrorKind::conflict,
                   quoted(path) + " leads in a circle: its links point at each other",
                   "remove one of the links: 'namei -l " + shell_quoted(path) + "' shows them");
}

}  // namespace

Result<system::Status> Files::status(const system::Place& place) {
    const auto at = state_->look_up(place);
    if (!at) {
        return at.error().kind == ErrorKind::not_found ? Result<system::Status>{}
                                                       : tl::unexpected(at.error());
    }
    auto found = status_at(at->folder(), at->name);
    if (!found) {
        return means_absent(errno) ? Result<system::Status>{} : state_->cannot("look at", place);
    }
    if (!found->knows_mounts) {
        found->status.is_mount_point = is_on_other_device(*at, found->status);
    }
    return found->status;
}

Result<system::Seen> Files::look(const system::Place& place) {
    const auto at = state_->look_up(place);
    if (!at) {
        return at.error().kind == ErrorKind::not_found ? Result<system::Seen>{}
                                                       : tl::unexpected(at.error());
    }
    if (auto target = link_target(at->folder(), at->name)) {
        return system::Seen{.status = {.kind = system::Kind::link}, .target = *std::move(target)};
    }
    if (means_absent(errno)) {
        return system::Seen{};
    }
    // EINVAL says "no link"; anything else is better said by statx.
    const int code = errno;
    ENVKEEP_TRY(system::Status found, status(place));
    if (found.kind == system::Kind::link) {
        // One that leads nowhere would pass for somebody else's.
        errno = code;
        return state_->cannot("read link", place);
    }
    return system::Seen{.status = found, .target = {}};
}

Result<std::string> Files::read_link(const system::Place& place) {
    ENVKEEP_TRY(const Looked at, state_->look_up(place));
    if (auto target = link_target(at.folder(), at.name)) {
        return *std::move(target);
    }
    if (errno == EINVAL) {
        return failure(ErrorKind::unsupported, state_->shown(place) + " is no link");
    }
    return state_->cannot("read link", place);
}

Result<system::Status> Files::follow(const std::string& absolute) {
    const Fd& machine = state_->machine;
    if (const auto found =
            machine.is_open() ? status_in_root(machine.get(), absolute) : status_behind(absolute)) {
        return found->status;
    }
    if (means_absent(errno)) {
        return system::Status{};
    }
    if (errno == ELOOP) {
        return leads_in_a_circle(absolute);
    }
    return last_error("cannot follow " + quoted(absolute));
}

Result<std::string> Files::real_path(const std::string& absolute) {
    int code = 0;
    if (const Fd& machine = state_->machine; machine.is_open()) {
        if (auto inside = resolve_in_root(machine.get(), absolute)) {
            return *std::move(inside);
        }
        code = errno;
    } else {
        boost::system::error_code failed;
        // By itself it asks for the working folder, which may be gone, in any case.
        const boost::filesystem::path real =
            absolute.starts_with('/') ? boost::filesystem::canonical(absolute, "/", failed)
                                      : boost::filesystem::canonical(absolute, failed);
        if (!failed) {
            return real.string();
        }
        code = failed.value();
    }
    if (code == ELOOP) {
        return leads_in_a_circle(absolute);
    }
    return tl::unexpected(error_of(code, "cannot find where " + quoted(absolute) + " leads"));
}

Result<std::vector<system::Entry>> Files::list(const system::Place& place) {
    ENVKEEP_TRY(const Fd folder, open_folder(place));
    return list_folder(folder.get(), absolute(place));
}

Result<system::Space> Files::space(system::RootId root) {
    struct ::statvfs found{};
    if (::fstatvfs(state_->roots.at(root.index).folder(), &found) != 0) {
        return last_error("cannot tell the free space of " + quoted(root_path(root)));
    }
    return system::Space{.total = std::uint64_t{found.f_blocks} * found.f_frsize,
                         .free = std::uint64_t{found.f_bavail} * found.f_frsize,
                         .free_inodes = found.f_favail,
                         .total_inodes = found.f_files};
}

}  // namespace envkeep::posix
