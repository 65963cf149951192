// SPDX-License-Identifier: MIT
#include "keep/observe_links.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"
#include "keep/resolve_places.hpp"

#include <algorithm>

namespace envkeep::keep {
namespace {

// The absolute path that the text of a link means, `.` and `..` worked out on the text alone.
std::string meant_by(const std::string& place, const std::string& target) {
    const std::string whole =
        target.starts_with('/') ? target : place.substr(0, place.rfind('/') + 1) + target;
    std::vector<std::string_view> parts;
    for (const std::string_view part : split(whole, '/')) {
        if (part == ".." && !parts.empty()) {
            parts.pop_back();
        } else if (!part.empty() && part != "." && part != "..") {
            parts.push_back(part);
        }
    }
    std::string meant;
    for (const std::string_view part : parts) {
        meant += '/';
        meant += part;
    }
    return meant;
}

}  // namespace

bool leads_into_a_store(const std::string& place, const std::string& target, const Wanted& wanted) {
    const std::string meant = meant_by(place, target);
    if (!wanted.store_path.empty() && is_path_within(meant, wanted.store_path)) {
        return true;
    }
    return std::any_of(wanted.older_stores.begin(),
                       wanted.older_stores.end(),
                       [&](const std::string& store) { return is_path_within(meant, store); });
}

bool lies_in_what_persists(const std::string& real,
                           const Wanted& wanted,
                           system::FileReader& files) {
    const auto store = files.real_path(wanted.store_path);
    if (store && is_path_within(real, store->substr(0, store->rfind('/')))) {
        return true;
    }
    return std::ranges::any_of(wanted.older_stores, [&](const std::string& folder) {
        const auto real_folder = files.real_path(folder);
        return real_folder && is_path_within(real, *real_folder);
    });
}

Ways::Ways(const Wanted& wanted, system::FileReader& files) : wanted_(wanted), files_(files) {
    for (const WantedKeep& keep : wanted.keeps) {
        if (keep.form == Form::folder) {
            folder_keeps_.push_back(&keep);
        } else if (keep.form == Form::packed) {
            packed_.insert(keep.place);
        }
    }
    std::sort(folder_keeps_.begin(), folder_keeps_.end(), [](const auto* one, const auto* other) {
        return one->place < other->place;
    });
}

bool Ways::is_folder_keep(const system::Place& place) const {
    const auto at = std::lower_bound(
        folder_keeps_.begin(),
        folder_keeps_.end(),
        place,
        [](const WantedKeep* keep, const system::Place& other) { return keep->place < other; });
    return at != folder_keeps_.end() && (*at)->place == place;
}

const Ways::LinkOnTheWay& Ways::link_on_the_way(const system::Place& folder) {
    if (const auto known = links_.find(folder); known != links_.end()) {
        return known->second;
    }
    LinkOnTheWay found;
    if (!folder.path.is_root()) {
        found = link_on_the_way(folder.parent());
        if (!found.is_there) {
            const auto seen = files_.look(folder);
            if (seen && seen->status.kind == system::Kind::link) {
                const std::string path = files_.absolute(folder);
                found = {.is_there = true,
                         .place = folder,
                         .target = seen->target,
                         .is_ours = leads_into_a_store(path, seen->target, wanted_),
                         .becomes_a_folder = is_folder_keep(folder) || packed_.contains(folder)};
            }
        }
    }
    return links_.emplace(folder, std::move(found)).first->second;
}

std::vector<RelPath> Ways::missing_below_link(const system::Place& folder) {
    const system::Place link = link_on_the_way(folder).place;
    std::vector<RelPath> folders;
    for (system::Place at = folder; at != link && !is_folder_keep(at); at = at.parent()) {
        folders.insert(folders.begin(), at.path);
    }
    return folders;
}

Result<Ways::Missing> Ways::missing(const system::Place& folder) {
    if (folder.path.is_root() || is_folder_keep(folder)) {
        return Missing{};
    }
    if (const auto known = missing_.find(folder); known != missing_.end()) {
        return known->second;
    }
    Missing found;
    ENVKEEP_TRY(const system::Status status, files_.status(folder));
    if (status.kind == system::Kind::absent) {
        ENVKEEP_TRY(found, missing(folder.parent()));
        found.folders.push_back(folder.path);
    } else if (status.kind != system::Kind::folder) {
        found.file = files_.absolute(folder);
    }
    return missing_.emplace(folder, std::move(found)).first->second;
}

}  // namespace envkeep::keep
