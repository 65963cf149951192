// SPDX-License-Identifier: MIT
#include "support/plain_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace envkeep::testing {
namespace {

tl::unexpected<Error> last_error(const std::string& path) {
    const int code = errno;
    ErrorKind kind = ErrorKind::io;
    switch (code) {
        case ENOENT:
        case ENOTDIR:
            kind = ErrorKind::not_found;
            break;
        case EEXIST:
            kind = ErrorKind::already_exists;
            break;
        case EACCES:
            kind = ErrorKind::permission_denied;
            break;
        case ELOOP:
            kind = ErrorKind::unsafe_path;
            break;
        default:
            break;
    }
    return failure(kind, path + ": " + std::strerror(code));
}

WallTime time_of(const struct ::timespec& time) {
    return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

system::Kind kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return system::Kind::folder;
        case S_IFLNK:
            return system::Kind::link;
        case S_IFREG:
            return system::Kind::file;
        default:
            return system::Kind::other;
    }
}

system::Status status_of(const struct ::stat& found) {
    return {.kind = kind_of(found.st_mode),
            .mode = found.st_mode & 07777U,
            .uid = found.st_uid,
            .gid = found.st_gid,
            .size = static_cast<std::uint64_t>(found.st_size),
            .device = found.st_dev,
            .inode = found.st_ino,
            .links = found.st_nlink,
            .modified = time_of(found.st_mtim),
            .changed = time_of(found.st_ctim)};
}

std::vector<system::ExtendedAttribute> extended_of(int fd) {
    std::array<char, 65'536> names{};
    const ssize_t size = ::flistxattr(fd, names.data(), names.size());
    std::vector<system::ExtendedAttribute> found;
    for (ssize_t at = 0; at < size;) {
        const std::string name(names.data() + at);
        at += static_cast<ssize_t>(name.size()) + 1;
        std::string value(65'536, '\0');
        const ssize_t length = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
        if (length >= 0) {
            value.resize(static_cast<std::size_t>(length));
            found.push_back({.name = name, .value = value});
        }
    }
    return found;
}

class PlainFile final : public system::OpenFile {
  public:
    PlainFile(int fd, std::string path, const PlainTree& tree)
        : fd_(fd), path_(std::move(path)), tree_(tree) {}

    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;

    ~PlainFile() override { ::close(fd_); }

    Result<system::Status> status() override {
        struct ::stat found{};
        if (::fstat(fd_, &found) != 0) {
            return last_error(path_);
        }
        return status_of(found);
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        std::size_t got = 0;
        while (got < buffer.size()) {
            const ssize_t count = ::pread(
                fd_, buffer.data() + got, buffer.size() - got, static_cast<off_t>(offset + got));
            if (count < 0) {
                return last_error(path_);
            }
            if (count == 0) {
                break;
            }
            got += static_cast<std::size_t>(count);
        }
        if (tree_.after_read) {
            tree_.after_read(path_);
        }
        return got;
    }

    Result<std::vector<system::ExtendedAttribute>> extended() override { return extended_of(fd_); }

  private:
    int fd_;
    std::string path_;
    const PlainTree& tree_;
};

Result<std::unique_ptr<system::OpenFile>> open_plain(const std::string& path,
                                                     const PlainTree& tree) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return last_error(path);
    }
    auto file = std::make_unique<PlainFile>(fd, path, tree);
    const auto found = file->status();
    if (!found || found->kind != system::Kind::file) {
        return failure(ErrorKind::unsupported, path + ": no regular file");
    }
    return file;
}

class PlainFolder final : public system::FolderReader {
  public:
    PlainFolder(std::string path, const PlainTree& tree) : path_(std::move(path)), tree_(tree) {}

    Result<system::Status> status(const std::string& name) override {
        struct ::stat found{};
        if (::lstat((path_ + "/" + name).c_str(), &found) != 0) {
            return last_error(path_ + "/" + name);
        }
        return status_of(found);
    }

    Result<std::unique_ptr<system::OpenFile>> open_file(const std::string& name) override {
        return open_plain(path_ + "/" + name, tree_);
    }

    Result<std::string> read_link(const std::string& name) override {
        std::string target(4096, '\0');
        const ssize_t size = ::readlink((path_ + "/" + name).c_str(), target.data(), target.size());
        if (size < 0) {
            return last_error(path_ + "/" + name);
        }
        target.resize(static_cast<std::size_t>(size));
        return target;
    }

    Result<std::vector<system::ExtendedAttribute>> extended() override {
        return std::vector<system::ExtendedAttribute>{};
    }

  private:
    std::string path_;
    const PlainTree& tree_;
};

class PlainNewFile final : public system::NewFile {
  public:
    PlainNewFile(std::string folder, std::atomic<std::uint64_t>& space)
        : folder_(std::move(folder)), path_(folder_ + "/.new.XXXXXX"), space_(space) {
        fd_ = ::mkstemp(path_.data());
    }

    PlainNewFile(const PlainNewFile&) = delete;
    PlainNewFile& operator=(const PlainNewFile&) = delete;

    ~PlainNewFile() override {
        ::close(fd_);
        ::unlink(path_.c_str());
    }

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

    Result<void> append(std::span<const std::byte> bytes) override {
        if (bytes.size() > space_) {
            return failure(ErrorKind::no_space, "cannot write: no space left on device");
        }
        space_ -= bytes.size();
        const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
        return count == static_cast<ssize_t>(bytes.size()) ? Result<void>{} : last_error(path_);
    }

    Result<void> publish(const std::string& name) override {
        if (::link(path_.c_str(), (folder_ + "/" + name).c_str()) != 0) {
            return last_error(folder_ + "/" + name);
        }
        return {};
    }

  private:
    std::string folder_;
    std::string path_;
    std::atomic<std::uint64_t>& space_;
    int fd_ = -1;
};

}  // namespace

Result<std::shared_ptr<system::FolderReader>> PlainTree::read_folder(const system::Place& place) {
    const std::string path = roots_.absolute(place);
    struct ::stat found{};
    if (::stat(path.c_str(), &found) != 0) {
        return last_error(path);
    }
    return std::make_shared<PlainFolder>(path, *this);
}

Result<std::unique_ptr<system::OpenFile>> PlainTree::open_file(const system::Place& place) {
    return open_plain(roots_.absolute(place), *this);
}

Result<std::shared_ptr<system::FolderWriter>> PlainTree::write_folder(const system::Place&) {
    return failure(ErrorKind::unsupported, "not in this test");
}

Result<std::unique_ptr<system::NewFile>> PlainTree::create_file(const system::Place& folder) {
    auto file = std::make_unique<PlainNewFile>(roots_.absolute(folder), space);
    if (!file->is_open()) {
        return last_error(roots_.absolute(folder));
    }
    return file;
}

}  // namespace envkeep::testing
