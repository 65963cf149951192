// SPDX-License-Identifier: MIT
#include "support/temp_tree.hpp"

#include "envkeep/core/digest.hpp"
#include "envkeep/core/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace envkeep::testing {
namespace {

namespace fs = std::filesystem;

void check(bool succeeded, const std::string& what) {
    if (!succeeded) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

struct ::stat status_of(const std::string& path) {
    struct ::stat status{};
    check(::lstat(path.c_str(), &status) == 0, path);
    return status;
}

std::string scratch_folder() {
    const char* const chosen = std::getenv("TMPDIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

std::string read_all(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    check(in.is_open(), path);
    // By blocks: an iterator that is not optimized takes a second for some megabytes.
    std::ostringstream content;
    content << in.rdbuf();
    return std::move(content).str();
}

void make_parents(const std::string& path) {
    fs::create_directories(fs::path(path).parent_path());
}

// Folders without permissions hide what is in them from anyone but root.
void open_up(const std::string& folder) {
    std::error_code ignored;
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, ignored);
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (!entry.is_symlink(ignored) && entry.is_directory(ignored)) {
            open_up(entry.path());
        }
    }
}

std::string line_for(const std::string& path, const std::string& shown) {
    const struct ::stat status = status_of(path);
    const std::string mode = octal(status.st_mode & 07777U);
    switch (status.st_mode & S_IFMT) {
        case S_IFDIR:
            return shown + " folder " + mode;
        case S_IFLNK:
            return shown + " link -> " + fs::read_symlink(path).string();
        case S_IFREG:
            return shown + " file " + mode + " " + digest_of(read_all(path)).text().substr(0, 16);
        default:
            return shown + " other " + mode;
    }
}

}  // namespace

TempTree::TempTree() : TempTree(scratch_folder()) {}

TempTree::TempTree(const std::string& parent) : path_(parent + "/envkeep-test-XXXXXX") {
    check(::mkdtemp(path_.data()) != nullptr, path_);
    check(::chmod(path_.c_str(), 0755) == 0, path_);
}

TempTree::~TempTree() {
    std::error_code ignored;
    if (::geteuid() != 0) {
        open_up(path_);
    }
    fs::remove_all(path_, ignored);
}

std::string TempTree::operator/(std::string_view path) const {
    return path.empty() ? path_ : path_ + "/" + std::string(path);
}

TempTree& TempTree::folder(std::string_view path, std::uint32_t mode) {
    fs::create_directories(*this / path);
    return this->mode(path, mode);
}

TempTree& TempTree::file(std::string_view path, std::string_view content, std::uint32_t mode) {
    const std::string full = *this / path;
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    int file = ::open(full.c_str(), flags, 0600);
    if (file < 0 && errno == ENOENT) {
        make_parents(full);
        file = ::open(full.c_str(), flags, 0600);
    }
    check(file >= 0, full);
    const bool is_written =
        ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        ::fchmod(file, mode) == 0;
    ::close(file);
    check(is_written, full);
    return *this;
}

TempTree& TempTree::link(std::string_view path, std::string_view target) {
    const std::string full = *this / path;
    make_parents(full);
    check(::symlink(std::string(target).c_str(), full.c_str()) == 0, full);
    return *this;
}

TempTree& TempTree::hard_link(std::string_view path, std::string_view existing) {
    const std::string full = *this / path;
    make_parents(full);
    check(::link((*this / existing).c_str(), full.c_str()) == 0, full);
    return *this;
}

TempTree& TempTree::fifo(std::string_view path) {
    const std::string full = *this / path;
    make_parents(full);
    check(::mkfifo(full.c_str(), 0644) == 0, full);
    return *this;
}

TempTree& TempTree::mode(std::string_view path, std::uint32_t mode) {
    check(::chmod((*this / path).c_str(), mode) == 0, *this / path);
    return *this;
}

TempTree& TempTree::owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) {
    check(::lchown((*this / path).c_str(), uid, gid) == 0, *this / path);
    return *this;
}

TempTree& TempTree::modified(std::string_view path, std::int64_t nanoseconds) {
    const struct ::timespec time{.tv_sec = nanoseconds / 1'000'000'000,
                                 .tv_nsec = nanoseconds % 1'000'000'000};
    const struct ::timespec times[2] = {time, time};
    check(::utimensat(AT_FDCWD, (*this / path).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0,
          *this / path);
    return *this;
}

TempTree& TempTree::remove(std::string_view path) {
    fs::remove_all(*this / path);
    return *this;
}

TempTree& TempTree::rename(std::string_view from, std::string_view to) {
    check(::rename((*this / from).c_str(), (*this / to).c_str()) == 0, *this / from);
    return *this;
}

bool TempTree::exists(std::string_view path) const {
    struct ::stat status{};
    return ::lstat((*this / path).c_str(), &status) == 0;
}

bool TempTree::is_link(std::string_view path) const {
    return fs::is_symlink(fs::symlink_status(*this / path));
}

std::string TempTree::content(std::string_view path) const {
    return read_all(*this / path);
}

std::string TempTree::target(std::string_view path) const {
    return fs::read_symlink(*this / path);
}

std::uint32_t TempTree::mode_of(std::string_view path) const {
    return status_of(*this / path).st_mode & 07777U;
}

std::int64_t TempTree::modified_at(std::string_view path) const {
    const struct ::timespec time = status_of(*this / path).st_mtim;
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::vector<std::string> TempTree::snapshot(std::string_view path) const {
    const std::string top = *this / path;
    std::vector<std::string> lines;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
        const std::string full = entry.path();
        lines.push_back(line_for(full, full.substr(top.size() + 1)));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace envkeep::testing
