// SPDX-License-Identifier: MIT
#include "envkeep/core/rel_path.hpp"

#include "envkeep/core/text.hpp"

namespace envkeep {

Result<RelPath> RelPath::parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        return failure(ErrorKind::unsafe_path, "path " + quoted(text) + " holds a NUL byte");
    }
    if (text.starts_with('/')) {
        return failure(ErrorKind::unsafe_path, "path " + quoted(text) + " is absolute");
    }
    RelPath path;
    for (const std::string_view part : split(text, '/')) {
        if (part.empty() || part == ".") {
            continue;
        }
        if (part == "..") {
            return failure(ErrorKind::unsafe_path, "path " + quoted(text) + " climbs with '..'");
        }
        if (!path.text_.empty()) {
            path.text_ += '/';
        }
        path.text_ += part;
    }
    return path;
}

std::string_view RelPath::name() const {
    const std::string_view all = text_;
    const std::size_t slash = all.rfind('/');
    return slash == std::string_view::npos ? all : all.substr(slash + 1);
}

RelPath RelPath::parent() const {
    RelPath up;
    if (const std::size_t slash = text_.rfind('/'); slash != std::string::npos) {
        up.text_ = text_.substr(0, slash);
    }
    return up;
}

RelPath RelPath::child(std::string_view name) const {
    RelPath down;
    down.text_.reserve(text_.size() + 1 + name.size());
    down.text_ = text_;
    if (!is_root()) {
        down.text_ += '/';
    }
    down.text_ += name;
    return down;
}

RelPath RelPath::joined(const RelPath& below) const {
    return below.is_root() ? *this : child(below.text_);
}

bool RelPath::is_within(const RelPath& ancestor) const {
    if (ancestor.is_root()) {
        return true;
    }
    return text_.starts_with(ancestor.text_) &&
           (text_.size() == ancestor.text_.size() || text_[ancestor.text_.size()] == '/');
}

RelPath RelPath::below(const RelPath& ancestor) const {
    RelPath rest;
    if (text_.size() > ancestor.text_.size()) {
        rest.text_ = text_.substr(ancestor.is_root() ? 0 : ancestor.text_.size() + 1);
    }
    return rest;
}

std::vector<std::string_view> RelPath::components() const {
    return is_root() ? std::vector<std::string_view>{} : split(text_, '/');
}

std::vector<RelPath> paths_below(const std::vector<RelPath>& all, const RelPath& folder) {
    std::vector<RelPath> below;
    for (const RelPath& path : all) {
        if (path != folder && path.is_within(folder)) {
            below.push_back(path.below(folder));
        }
    }
    return below;
}

}  // namespace envkeep
