// SPDX-License-Identifier: MIT
#include "python/paths.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>

namespace envkeep::python {

std::string parent_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string joined(std::string_view folder, std::string_view name) {
    if (name.starts_with('/')) {
        return std::string(name);
    }
    std::string path(folder);
    if (!path.empty() && !path.ends_with('/')) {
        path += '/';
    }
    return path.append(name);
}

std::string absolute(std::string_view folder, std::string_view path) {
    const std::string whole = joined(folder, path);
    std::string out;
    for (const std::string_view part : split(whole, '/')) {
        if (part == "..") {
            out.resize(std::min(out.rfind('/'), out.size()));
        } else if (!part.empty() && part != ".") {
            out.append(1, '/').append(part);
        }
    }
    // POSIX leaves the meaning of two slashes to the system, and so does os.path.normpath.
    if (whole.starts_with("//") && !whole.starts_with("///")) {
        out.insert(0, 1, '/');
    }
    return out.empty() || out == "/" ? "/" : out;
}

std::vector<std::string> absolute_folders(std::string_view list) {
    std::vector<std::string> folders;
    for (const std::string_view folder : split(list, ':')) {
        if (folder.starts_with('/') && std::ranges::find(folders, folder) == folders.end()) {
            folders.emplace_back(folder);
        }
    }
    return folders;
}

system::Kind kind_at(const system::Inspector& machine, const std::string& path) {
    const auto node = machine.node(path);
    return node ? node->kind : system::Kind::absent;
}

}  // namespace envkeep::python
