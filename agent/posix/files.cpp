// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/names.hpp"
#include "posix/open_beneath.hpp"
#include "posix/resolve.hpp"
#include "posix/status_at.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace envkeep::posix {
namespace {

constexpr int folder_only = O_PATH | O_DIRECTORY;

std::string without_slashes_at_end(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

// errno of the failed opening decides; a link on the way is looked for again, to name it.
tl::unexpected<Error> cannot_open_below(const Root& root,
                                        const std::string& path,
                                        const std::string& what) {
    const int code = errno;
    if (code != ELOOP) {
        return tl::unexpected(error_of(code, what));
    }
    const std::string link = link_on_the_way(root.folder(), path);
    return failure(ErrorKind::unsafe_path,
                   what + ": " +
                       (link.empty() ? "a link was on the way"
                                     : quoted((root.path == "/" ? "" : root.path) + "/" + link) +
                                           " is a link"),
                   "name the folder that the link leads to, or put a real folder in its place");
}

}  // namespace

Files::Files() : state_(std::make_unique<State>()) {}

Result<Files> Files::captured(const std::string& root) {
    Files files;
    files.state_->machine = Fd(::open(root.c_str(), folder_only | O_CLOEXEC));
    if (!files.state_->machine.is_open()) {
        return last_error("cannot open folder " + quoted(root));
    }
    return files;
}

Files::Files(Files&&) noexcept = default;
Files& Files::operator=(Files&&) noexcept = default;
Files::~Files() = default;

void Files::forget_folders() {
    state_->forget();
}

Result<system::RootId> Files::open_root(const std::string& absolute) {
    const std::string path = without_slashes_at_end(absolute);
    if (!path.starts_with('/')) {
        return failure(ErrorKind::usage, "path " + quoted(absolute) + " is not absolute");
    }
    auto& roots = state_->roots;
    const Fd& machine = state_->machine;
    Fd folder = machine.is_open() ? open_in_root(machine.get(), path, folder_only)
                                  : Fd(::open(path.c_str(), folder_only | O_CLOEXEC));
    const auto found = folder.is_open() ? status_of(folder.get()) : std::nullopt;
    if (!found) {
        return last_error("cannot open folder " + quoted(path));
    }
    const std::uint64_t device = found->status.device;
    const std::uint64_t inode = found->status.inode;
    const auto known = std::find_if(roots.begin(), roots.end(), [&](const Root& root) {
        return root.top.device == device && root.inode == inode;
    });
    constexpr std::size_t most = 0xFFFF;  // what a RootId counts
    if (known == roots.end() && roots.size() >= most) {
        return failure(ErrorKind::unsupported,
                       "cannot open folder " + quoted(path) + ": too many folders outside the home",
                       "keep the folder above them in place of each");
    }
    if (known == roots.end()) {
        const std::lock_guard lock(state_->roots_mutex);
        roots.push_back(
            {.top = {.fd = std::move(folder), .device = device}, .path = path, .inode = inode});
        return system::RootId{static_cast<std::uint16_t>(roots.size() - 1)};
    }
    return system::RootId{static_cast<std::uint16_t>(known - roots.begin())};
}

std::string Files::root_path(system::RootId root) const {
    return state_->roots.at(root.index).path;
}

Result<Fd> Files::open_folder(const system::Place& place) {
    return state_->open(place, O_RDONLY | O_DIRECTORY);
}

Result<Files::RootFolder> Files::share_root(system::RootId root) const {
    const std::lock_guard lock(state_->roots_mutex);
    if (root.index >= state_->roots.size()) {
        return failure(ErrorKind::usage, fmt::format("no root {} was opened", root.index));
    }
    const Root& shared = state_->roots[root.index];
    Fd copy(::fcntl(shared.folder(), F_DUPFD_CLOEXEC, 0));
    if (!copy.is_open()) {
        return last_error("cannot open folder " + quoted(shared.path));
    }
    return RootFolder{.fd = std::move(copy), .path = shared.path};
}

void Files::State::forget() {
    for (Root& root : roots) {
        root.kept.clear();
    }
    kept_count = 0;
}

std::string Files::State::shown(const system::Place& place) const {
    const std::string& root = roots.at(place.root.index).path;
    if (place.path.is_root()) {
        return quoted(root);
    }
    return quoted((root == "/" ? "" : root) + "/" + place.path.text());
}

tl::unexpected<Error> Files::State::cannot(std::string_view verb,
                                           const system::Place& place) const {
    const int code = errno;
    return tl::unexpected(error_of(code, fmt::format("cannot {} {}", verb, shown(place))));
}

Result<Looked> Files::State::look_up(const system::Place& place) {
    Root& root = roots.at(place.root.index);
    const std::string& path = place.path.text();
    if (path.empty()) {
        return Looked{.above = &root.top, .name = "."};
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return Looked{.above = &root.top, .name = path.c_str()};
    }
    const char* const name = path.c_str() + slash + 1;
    const std::string_view above = std::string_view(path).substr(0, slash);
    if (const auto kept = root.kept.find(above); kept != root.kept.end()) {
        return Looked{.above = &kept->second, .name = name};
    }
    const std::string folder_path(above);
    Fd folder = open_beneath(root.folder(), folder_path, folder_only);
    if (!folder.is_open()) {
        return cannot_open_below(root, folder_path, "cannot look at " + shown(place));
    }
    if (kept_count == kept_folders) {
        forget();
    }
    ++kept_count;
    const auto kept = root.kept.emplace(folder_path, KeptFolder{.fd = std::move(folder)}).first;
    return Looked{.above = &kept->second, .name = name};
}

Result<Spot> Files::State::open_spot(const system::Place& place) {
    forget();
    const Root& root = roots.at(place.root.index);
    const std::string above = place.path.parent().text();
    Fd folder = open_beneath(root.folder(), above, folder_only);
    if (!folder.is_open()) {
        return cannot_open_below(root, above, "cannot open the folder of " + shown(place));
    }
    Spot spot{.folder = std::move(folder),
              .name = place.path.is_root() ? "." : std::string(place.path.name()),
              .shown = shown(place)};
    if (first_number) {
        spot.number = *first_number + numbers_taken++ % system::numbers_of_run;
    }
    return spot;
}

std::string Spot::temporary_name() const {
    return number ? system::temporary_name(name, *number) : posix::temporary_name(name);
}

void Files::name_temporaries_for(std::string_view run) {
    state_->first_number =
        run.empty() ? std::nullopt : std::optional(system::first_number_of_run(run));
}

Result<Spot> Files::State::open_spot_below(const system::Place& place) {
    if (place.path.is_root()) {
        return failure(ErrorKind::conflict, shown(place) + " is itself the folder to work below");
    }
    return open_spot(place);
}

Result<Fd> Files::State::open(const system::Place& place, int flags) {
    ENVKEEP_TRY(const Looked at, look_up(place));
    constexpr int careful = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    Fd opened(::openat(at.folder(), at.name, flags | careful));
    if (opened.is_open()) {
        return opened;
    }
    // Not "a link is on the way": this is the thing itself, and reading it was asked for.
    if (errno == ELOOP) {
        return failure(ErrorKind::unsupported, "cannot open " + shown(place) + ": it is a link");
    }
    return cannot("open", place);
}

Result<OpenedFile> Files::State::open_file(const system::Place& place) {
    ENVKEEP_TRY(Fd opened, open(place, O_RDONLY));
    struct ::stat found{};
    if (::fstat(opened.get(), &found) != 0) {
        return cannot("read", place);
    }
    if (!S_ISREG(found.st_mode)) {
        return failure(ErrorKind::unsupported,
                       "cannot read " + shown(place) + ": it is no regular file");
    }
    return OpenedFile{.fd = std::move(opened), .size = static_cast<std::uint64_t>(found.st_size)};
}

}  // namespace envkeep::posix
