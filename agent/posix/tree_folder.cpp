// SPDX-License-Identifier: MIT
#include "posix/tree_folder.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/open_beneath.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace envkeep::posix {

std::string TreeFolder::shown(std::string_view name) const {
    if (name.empty()) {
        return quoted(path);
    }
    return quoted((path == "/" ? "/" : path + "/") + std::string(name));
}

Result<Spot> TreeFolder::spot(const std::string& name) const {
    Fd folder(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!folder.is_open()) {
        return last_error("cannot open the folder of " + shown(name));
    }
    return Spot{.folder = std::move(folder), .name = name, .shown = shown(name)};
}

Result<TreeFolder> open_tree_folder(const Files::RootFolder& root, const system::Place& place) {
    const std::string& below = place.path.text();
    TreeFolder folder{.path = root.path};
    if (!below.empty()) {
        folder.path += (root.path == "/" ? "" : "/") + below;
    }
    folder.fd = open_beneath(root.fd.get(), below, O_RDONLY | O_DIRECTORY);
    if (!folder.fd.is_open() && errno == EACCES) {
        folder.is_path_only = true;
        folder.fd = open_beneath(root.fd.get(), below, O_PATH | O_DIRECTORY);
    }
    if (!folder.fd.is_open()) {
        return last_error("cannot open folder " + folder.shown({}));
    }
    return folder;
}

Result<void> check_name(const std::string& name) {
    const bool is_sound = !name.empty() && name != "." && name != ".." &&
                          name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
    return is_sound ? Result<void>{}
                    : failure(ErrorKind::unsafe_path, quoted(name) + " is no name in a folder");
}

}  // namespace envkeep::posix
