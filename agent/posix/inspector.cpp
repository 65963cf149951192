// SPDX-License-Identifier: MIT
#include "envkeep/posix/inspector.hpp"

#include "envkeep/core/text.hpp"
#include "posix/at_root.hpp"
#include "posix/error.hpp"
#include "posix/names.hpp"
#include "posix/read_all.hpp"
#include "posix/status_at.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace envkeep::posix {
namespace {

constexpr std::uint64_t largest_record = std::uint64_t{16} << 20U;

// The parent and the last name of an absolute path.
std::pair<std::string, std::string> split_last(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string joined(const std::string& folder, const std::string& name) {
    return folder == "/" ? folder + name : folder + '/' + name;
}

constexpr std::array<std::string_view, 5> table_names{
    "nodes", "folders", "links", "real_paths", "spaces"};

// As doctor --capture writes them.
system::Kind kind_of_letter(std::string_view letter) {
    return letter == "f"   ? system::Kind::file
           : letter == "d" ? system::Kind::folder
           : letter == "l" ? system::Kind::link
                           : system::Kind::other;
}

// A number is the size of a file; what has no kind is a device.
system::Node node_of(const Json& json) {
    if (const auto* const size = std::get_if<std::int64_t>(&json.value())) {
        return {
            .kind = system::Kind::file, .mode = 0644, .size = static_cast<std::uint64_t>(*size)};
    }
    const auto number = [&](std::string_view name) {
        return static_cast<std::uint32_t>(json.number_or(name, 0));
    };
    const Json* const kind = json.find("kind");
    return {.kind = kind_of_letter(json.text_or("kind", "")),
            .is_device = kind == nullptr,
            .mode = number("mode") & 07777U,
            .uid = number("uid"),
            .gid = number("gid"),
            .size = static_cast<std::uint64_t>(json.number_or("size", 0)),
            .major = number("major"),
            .minor = number("minor"),
            .modified = WallTime(std::chrono::nanoseconds(json.number_or("modified", 0)))};
}

int error_of_access(const std::string& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

Result<std::string> read_part(const OpenedAtRoot& file,
                              const std::string& shown,
                              std::uint64_t offset,
                              std::uint64_t count) {
    if (offset >= file.size) {
        return std::string();
    }
    std::string bytes(std::min(count, file.size - offset), '\0');
    const std::ptrdiff_t filled =
        read_fully_at(file.fd.get(), offset, std::as_writable_bytes(std::span(bytes)));
    if (filled < 0) {
        return last_error("cannot read " + quoted(shown));
    }
    bytes.resize(static_cast<std::size_t>(filled));
    return bytes;
}

class FileAtRoot final : public system::OpenedFile {
  public:
    FileAtRoot(OpenedAtRoot file, std::string path, std::uint64_t size)
        : file_(std::move(file)), path_(std::move(path)), size_(size) {}

    [[nodiscard]] std::uint64_t size() const override { return size_; }

    [[nodiscard]] Result<std::string> read_at(std::uint64_t offset,
                                              std::uint64_t count) const override {
        return read_part(file_, path_, offset, count);
    }

  private:
    OpenedAtRoot file_;
    std::string path_;
    std::uint64_t size_;
};

std::vector<system::Entry> entries_of(const Json& folder) {
    std::vector<system::Entry> entries;
    for (const auto& [name, letter] :
         folder.as_object() != nullptr ? *folder.as_object() : Json::Object{}) {
        const std::string* const word = letter.as_string();
        std::string own = bytes_of_json(name);
        if (!own.empty() && own.find('/') == std::string::npos) {
            entries.push_back(
                {.name = std::move(own), .kind = kind_of_letter(word != nullptr ? *word : "")});
        }
    }
    std::ranges::sort(entries, {}, &system::Entry::name);
    return entries;
}

}  // namespace

Result<Inspector> Inspector::captured(const std::string& root) {
    Inspector inspector;
    inspector.root_ = Fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!inspector.root_.is_open()) {
        return last_error("cannot open folder " + quoted(root));
    }
    const Result<std::string> text = inspector.read(capture_record, largest_record);
    if (text) {
        ENVKEEP_TRY(const Json record, Json::parse(*text));
        for (std::size_t i = 0; i < table_count; ++i) {
            const Json* const table = record.find(table_names[i]);
            if (table != nullptr && table->as_object() != nullptr) {
                inspector.record_[i] = *table->as_object();
                std::ranges::stable_sort(inspector.record_[i], {}, &Json::Member::first);
            }
        }
    } else if (text.error().kind != ErrorKind::not_found) {
        return tl::unexpected(text.error());
    }
    return inspector;
}

Fd Inspector::open(const std::string& path, int flags) const {
    return open_at_root(root_, recorded_path(real_paths, path).value_or(path), flags);
}

const Json* Inspector::recorded(Table table, const std::string& path) const {
    const Json::Object& all = record_[table];
    if (all.empty()) {
        return nullptr;
    }
    const std::string key = json_bytes(path);
    const auto found = std::ranges::lower_bound(all, key, {}, &Json::Member::first);
    return found != all.end() && found->first == key ? &found->second : nullptr;
}

std::optional<std::string> Inspector::recorded_path(Table table, const std::string& path) const {
    const Json* const known = recorded(table, path);
    const std::string* const text = known != nullptr ? known->as_string() : nullptr;
    // Whoever asks where something really lies takes it for absolute.
    const bool is_path = text != nullptr && (table != real_paths || text->starts_with('/'));
    return is_path ? std::optional(bytes_of_json(*text)) : std::nullopt;
}

Result<system::Node> Inspector::node(const std::string& path) const {
    if (const Json* const known = recorded(nodes, path)) {
        return node_of(*known);
    }
    struct ::stat found{};
    const Fd opened = is_captured() ? open(path, O_PATH) : Fd();
    const bool is_there = is_captured() ? opened.is_open() && ::fstat(opened.get(), &found) == 0
                                        : ::stat(path.c_str(), &found) == 0;
    if (!is_there) {
        return errno == ENOENT || errno == ENOTDIR
                   ? Result<system::Node>(system::Node{})
                   : Result<system::Node>(last_error("cannot look at " + quoted(path)));
    }
    return system::Node{.kind = kind_of_mode(found.st_mode),
                        .is_device = S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode),
                        .mode = found.st_mode & 07777U,
                        .uid = found.st_uid,
                        .gid = found.st_gid,
                        .size = static_cast<std::uint64_t>(found.st_size),
                        .major = ::gnu_dev_major(found.st_rdev),
                        .minor = ::gnu_dev_minor(found.st_rdev),
                        .modified = wall_time(found.st_mtim.tv_sec, found.st_mtim.tv_nsec)};
}

int Inspector::access_error(const std::string& path) const {
    if (!is_captured()) {
        return error_of_access(path);
    }
    if (const Json* const known = recorded(nodes, path)) {
        return static_cast<int>(known->number_or("access", 0));
    }
    const Fd opened = open(path, O_PATH);
    struct ::stat found{};
    if (!opened.is_open() || ::fstat(opened.get(), &found) != 0) {
        return ENOENT;
    }
    // Files of a capture belong to who unpacked it; only a living root has nodes.
    const bool is_device = S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode);
    return is_device ? error_of_access(fmt::format("/proc/self/fd/{}", opened.get())) : 0;
}

Result<std::string> Inspector::read(const std::string& path, std::uint64_t limit) const {
    return read_at_root(root_, recorded_path(real_paths, path).value_or(path), limit);
}

Result<std::string> Inspector::read_at(const std::string& path,
                                       std::uint64_t offset,
                                       std::uint64_t count) const {
    const auto file = open_file_at_root(root_, recorded_path(real_paths, path).value_or(path));
    if (!file && file.error().kind == ErrorKind::unsupported) {
        return std::string();
    }
    ENVKEEP_CHECK(file);
    return read_part(*file, path, offset, count);
}

Result<std::unique_ptr<system::OpenedFile>> Inspector::open_file(const std::string& path) const {
    ENVKEEP_TRY(OpenedAtRoot file,
                open_file_at_root(root_, recorded_path(real_paths, path).value_or(path)));
    const Json* const known = recorded(nodes, path);
    const std::uint64_t size = known != nullptr ? node_of(*known).size : file.size;
    return std::make_unique<FileAtRoot>(std::move(file), path, size);
}

std::vector<system::Entry> Inspector::list(const std::string& path) const {
    if (const Json* const known = recorded(folders, path)) {
        return entries_of(*known);
    }
    const Fd folder = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    auto entries =
        folder.is_open() ? list_folder(folder.get(), path) : Result<std::vector<system::Entry>>{};
    std::vector<system::Entry> all = entries ? *std::move(entries) : std::vector<system::Entry>{};
    add_recorded(path, all);
    return all;
}

// Device nodes stand in the record alone.
void Inspector::add_recorded(const std::string& folder, std::vector<system::Entry>& entries) const {
    std::vector<system::Entry> more;
    const std::string start = json_bytes(folder == "/" ? folder : folder + '/');
    const Json::Object& all = record_[nodes];
    auto at = std::ranges::lower_bound(all, start, {}, &Json::Member::first);
    for (; at != all.end() && at->first.starts_with(start); ++at) {
        std::string name = bytes_of_json(std::string_view(at->first).substr(start.size()));
        const bool is_deeper = name.empty() || name.find('/') != std::string::npos;
        if (!is_deeper && !std::ranges::binary_search(entries, name, {}, &system::Entry::name)) {
            more.push_back({.name = std::move(name), .kind = node_of(at->second).kind});
        }
    }
    if (more.empty()) {
        return;
    }
    entries.insert(entries.end(), more.begin(), more.end());
    std::ranges::sort(entries, {}, &system::Entry::name);
}

std::optional<std::string> Inspector::target_of(const std::string& folder,
                                                const std::string& name) const {
    if (!is_captured()) {
        return posix::link_target(AT_FDCWD, joined(folder, name).c_str());
    }
    const Fd parent = open_at_root(root_, folder, O_PATH | O_DIRECTORY);
    return parent.is_open() ? posix::link_target(parent.get(), name.c_str()) : std::nullopt;
}

Result<std::string> Inspector::link_target(const std::string& path) const {
    if (auto known = recorded_path(links, path)) {
        return *std::move(known);
    }
    const auto [folder, name] = split_last(path);
    auto target = target_of(recorded_path(real_paths, folder).value_or(folder), name);
    if (!target) {
        if (errno == EINVAL) {
            return failure(ErrorKind::not_found, quoted(path) + " is no link");
        }
        return last_error("cannot read the link " + quoted(path));
    }
    return *std::move(target);
}

Result<std::string> Inspector::real_folder(const std::string& folder) const {
    const auto known = real_folders_.find(folder);
    if (known != real_folders_.end()) {
        return known->second;
    }
    ENVKEEP_TRY(std::string real, real_path_at_root(root_, folder));
    real_folders_.emplace(folder, real);
    return real;
}

// Hundreds of libraries lie in a few folders: of each only its own name is looked at.
Result<std::string> Inspector::real_path(const std::string& path) const {
    if (auto known = recorded_path(real_paths, path)) {
        return *std::move(known);
    }
    constexpr int most_links = 40;  // as the kernel
    std::string at = path;
    for (int links = 0; links <= most_links; ++links) {
        const auto [folder, name] = split_last(at);
        if (!at.starts_with('/') || name.empty() || name == "." || name == "..") {
            return real_path_at_root(root_, at);
        }
        ENVKEEP_TRY(const std::string real, real_folder(folder));
        auto target = target_of(real, name);
        if (!target && errno == EINVAL) {
            return joined(real, name);  // no link
        }
        if (!target) {
            return last_error("cannot find where " + quoted(path) + " leads");
        }
        at = target->starts_with('/') ? *std::move(target) : joined(real, *target);
    }
    errno = ELOOP;
    return last_error("cannot find where " + quoted(path) + " leads");
}

Result<system::Space> Inspector::space(const std::string& path) const {
    if (is_captured()) {
        const Json* const known = recorded(spaces, path);
        if (known == nullptr) {
            return failure(ErrorKind::not_found, "the capture does not tell the space of " + path);
        }
        const auto number = [&](std::string_view name) {
            return static_cast<std::uint64_t>(known->number_or(name, 0));
        };
        return system::Space{
            .total = number("total"), .free = number("free"), .free_inodes = number("free_inodes")};
    }
    struct ::statvfs found{};
    if (::statvfs(path.c_str(), &found) != 0) {
        return last_error("cannot find the space of " + quoted(path));
    }
    return system::Space{.total = found.f_blocks * found.f_frsize,
                         .free = found.f_bavail * found.f_frsize,
                         .free_inodes = found.f_favail};
}

}  // namespace envkeep::posix
