// SPDX-License-Identifier: MIT
#include "snapshot/path_lines.hpp"

#include "envkeep/snapshot/layer.hpp"

namespace envkeep::snapshot {

std::string_view PathWriter::name_of(std::string& out, const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view folder =
        slash == std::string::npos ? std::string_view{} : std::string_view(path).substr(0, slash);
    if (folder != folder_) {
        folder_ = folder;
        out += ": ";
        put_text(out, folder_);
        out += '\n';
    }
    return slash == std::string::npos ? std::string_view(path)
                                      : std::string_view(path).substr(slash + 1);
}

void PathReader::read_folder(Lines& lines) {
    folder_ = lines.text();
    lines.end_line();
    is_last_a_neighbour_ = false;
    if (!folder_.empty() && !is_sound_path(folder_)) {
        lines.fault("a folder is no path below the root");
    }
    if (!folder_.empty()) {
        folder_.push_back('/');
    }
}

std::string PathReader::read(Lines& lines, bool is_folder) {
    std::string path;
    path.reserve(folder_.size() + 32);
    path = folder_;
    lines.append_text(path);
    lines.end_line();
    check(lines, path);
    last_ = path;
    is_last_a_folder_ = is_folder;
    is_last_a_neighbour_ = true;
    return path;
}

void PathReader::check(Lines& lines, const std::string& path) const {
    const std::string_view name = std::string_view(path).substr(folder_.size());
    if (!is_sound_name(name)) {
        lines.fault("a name is no name");
        return;
    }
    const bool is_sorted = is_last_a_neighbour_
                               ? std::string_view(last_).substr(folder_.size()) < name
                               : last_.empty() || comes_before(last_, path);
    if (!is_sorted) {
        lines.fault("the paths are not sorted");
    }
    // What lies below a path comes right after it.
    if (!is_last_a_folder_ && path.size() > last_.size() && path[last_.size()] == '/' &&
        path.starts_with(last_)) {
        lines.fault("a path lies below what is no folder");
    }
}

}  // namespace envkeep::snapshot
