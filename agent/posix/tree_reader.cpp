// SPDX-License-Identifier: MIT
#include "posix/tree_reader.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/extended.hpp"
#include "posix/open_beneath.hpp"
#include "posix/read_all.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace envkeep::posix {
namespace {

constexpr int reading_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

class OpenFile final : public system::OpenFile {
  public:
    OpenFile(Fd fd, std::string shown) : fd_(std::move(fd)), shown_(std::move(shown)) {}

    Result<system::Status> status() override {
        const auto found = status_of(fd_.get());
        return found ? Result<system::Status>(found->status)
                     : last_error("cannot look at " + shown_);
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        const std::ptrdiff_t filled = read_fully_at(fd_.get(), offset, buffer);
        if (filled < 0) {
            return last_error("cannot read " + shown_);
        }
        return static_cast<std::size_t>(filled);
    }

    void expect(std::uint64_t offset, std::uint64_t size) override {
        ::posix_fadvise(
            fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_WILLNEED);
    }

    Result<std::vector<system::ExtendedAttribute>> extended() override {
        auto found = read_extended(fd_.get());
        if (!found) {
            return last_error("cannot read the extended attributes of " + shown_);
        }
        return *std::move(found);
    }

  private:
    Fd fd_;
    std::string shown_;
};

// Only the owner of a file may leave its time of access alone.
template <typename Open>
Fd open_quietly(const Open& open) {
    Fd opened = open(reading_flags | O_NOATIME);
    return opened.is_open() || errno != EPERM ? std::move(opened) : open(reading_flags);
}

Result<std::unique_ptr<system::OpenFile>> checked(Fd opened, std::string shown) {
    if (!opened.is_open()) {
        const int code = errno;
        Error error = error_of(code, "cannot open " + shown);
        // A socket, or a device that is not there.
        error.kind = code == ENXIO || code == ENODEV ? ErrorKind::unsupported : error.kind;
        return tl::unexpected(std::move(error));
    }
    const auto found = status_of(opened.get());
    if (!found) {
        return last_error("cannot look at " + shown);
    }
    if (found->status.kind != system::Kind::file) {
        return failure(ErrorKind::unsupported, "cannot read " + shown + ": it is no regular file");
    }
    return std::make_unique<OpenFile>(std::move(opened), std::move(shown));
}

}  // namespace

Result<system::Status> FolderReader::status(const std::string& name) {
    if (!name.empty()) {
        ENVKEEP_CHECK(check_name(name));
    }
    const auto found =
        name.empty() ? status_of(folder_.fd.get()) : status_at(folder_.fd.get(), name.c_str());
    return found ? Result<system::Status>(found->status)
                 : last_error("cannot look at " + folder_.shown(name));
}

Result<std::unique_ptr<system::OpenFile>> FolderReader::open_file(const std::string& name) {
    ENVKEEP_CHECK(check_name(name));
    Fd opened = open_quietly(
        [&](int flags) { return Fd(::openat(folder_.fd.get(), name.c_str(), flags)); });
    return checked(std::move(opened), folder_.shown(name));
}

Result<std::string> FolderReader::read_link(const std::string& name) {
    ENVKEEP_CHECK(check_name(name));
    auto target = link_target(folder_.fd.get(), name.c_str());
    if (!target) {
        return last_error("cannot read link " + folder_.shown(name));
    }
    return *std::move(target);
}

Result<std::vector<system::ExtendedAttribute>> FolderReader::extended() {
    if (folder_.is_path_only) {
        return tl::unexpected(
            error_of(EACCES, "cannot read the extended attributes of " + folder_.shown({})));
    }
    auto found = read_extended(folder_.fd.get());
    if (!found) {
        return last_error("cannot read the extended attributes of " + folder_.shown({}));
    }
    return *std::move(found);
}

Result<std::unique_ptr<system::OpenFile>> open_tree_file(const Files::RootFolder& root,
                                                         const system::Place& place) {
    const std::string& below = place.path.text();
    Fd opened = open_quietly([&](int flags) { return open_beneath(root.fd.get(), below, flags); });
    return checked(std::move(opened), quoted((root.path == "/" ? "" : root.path) + "/" + below));
}

}  // namespace envkeep::posix
