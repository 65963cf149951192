// SPDX-License-Identifier: MIT
#include "keep/undo_paths.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::keep {
namespace {

using system::Place;

std::optional<std::string> below(const std::string& root, const std::string& absolute) {
    const std::string prefix = root.ends_with('/') ? root : root + '/';
    if (!absolute.starts_with(prefix)) {
        return std::nullopt;
    }
    return absolute.substr(prefix.size());
}

}  // namespace

Paths::Paths(const Reach& reach, system::FileReader& files) : files_(files) {
    for (const std::vector<Reach::Folder>* const side : {&reach.store, &reach.home}) {
        for (const Reach::Folder& folder : *side) {
            roots_.emplace_back(folder.path, folder.root);
        }
    }
}

Result<Place> Paths::place_of(const std::string& absolute) {
    std::optional<Place> found;
    std::size_t longest = 0;
    for (const auto& [path, root] : roots_) {
        const std::optional<std::string> rest = below(path, absolute);
        if (rest && path.size() > longest) {
            ENVKEEP_TRY(RelPath relative, RelPath::parse(*rest));
            found = Place{.root = root, .path = std::move(relative)};
            longest = path.size();
        }
    }
    if (found) {
        return *found;
    }
    const std::optional<std::string> rest = below("/", absolute);
    if (!rest) {
        return failure(ErrorKind::unsafe_path, fmt::format("{} is no path", quoted(absolute)));
    }
    if (!whole_) {
        ENVKEEP_TRY(whole_, files_.open_root("/"));
    }
    ENVKEEP_TRY(RelPath relative, RelPath::parse(*rest));
    return Place{.root = *whole_, .path = std::move(relative)};
}

Result<system::Seen> Paths::look(const std::string& absolute) {
    ENVKEEP_TRY(const Place place, place_of(absolute));
    Result<system::Seen> seen = files_.look(place);
    const bool is_behind_link = !seen && seen.error().kind == ErrorKind::unsafe_path;
    return is_behind_link ? system::Seen{} : std::move(seen);
}

std::string parent_of(const std::string& absolute) {
    const std::size_t slash = absolute.rfind('/');
    return slash == std::string::npos || slash == 0 ? "/" : absolute.substr(0, slash);
}

}  // namespace envkeep::keep
