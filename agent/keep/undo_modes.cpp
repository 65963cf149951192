// SPDX-License-Identifier: MIT
#include "keep/undo_modes.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/store/secret_paths.hpp"
#include "keep/modes_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::keep {
namespace {

constexpr std::uint32_t of_others = 0077;
constexpr std::uint32_t never_given = 06022;  // to write, and to run in the owner's name

// Of all that went aside, and of all that is kept.
bool is_around_secrets(const std::string& path, const Reach& reach) {
    return std::ranges::any_of(reach.store, [&](const Reach::Folder& store) {
        return is_path_within(path, fmt::format("{}/{}", store.path, store::names::backups)) ||
               path == fmt::format("{}/{}", store.path, store::names::home);
    });
}

// What a path is below the home, in it or in the store.
std::vector<std::string> below_home(const std::string& path, const Reach& reach) {
    std::vector<std::string> all;
    const auto add = [&](const std::string& folder) {
        if (path.starts_with(folder + '/')) {
            all.push_back(path.substr(folder.size() + 1));
        }
    };
    for (const Reach::Folder& home : reach.home) {
        add(home.path);
    }
    for (const Reach::Folder& store : reach.store) {
        add(fmt::format("{}/{}", store.path, store::names::home));
    }
    return all;
}

// With folders above one: whoever may enter them comes to what is open below.
bool is_secret(const std::string& below) {
    const auto is_private = [](std::string_view part) {
        return part == ".ssh" || part == store::names::aside || part == store::names::state;
    };
    return std::ranges::any_of(split(below, '/'), is_private) || store::is_secret_path(below) ||
           std::ranges::any_of(store::secret_paths(), [&](std::string_view secret) {
               return is_path_within(secret, below);
           });
}

}  // namespace

Result<bool> opens_to_others(const store::Change& change,
                             std::uint32_t now,
                             const system::Place& place,
                             const Reach& reach,
                             system::FileReader& files) {
    const std::uint32_t given = change.old_mode & ~now;
    if ((given & never_given) != 0) {
        return true;
    }
    if ((given & of_others) == 0) {
        return false;
    }
    std::vector<std::string> names = below_home(change.path, reach);
    names.push_back(change.path);
    // A keep may have its source under another name.
    for (const Reach::Link& link : reach.links) {
        if (is_path_within(change.path, link.target)) {
            const std::string at = link.path + change.path.substr(link.target.size());
            std::ranges::move(below_home(at, reach), std::back_inserter(names));
        }
    }
    const std::string_view name = std::string_view(change.path).substr(change.path.rfind('/') + 1);
    if (std::ranges::any_of(names, is_secret) || store::is_secret_name(name) ||
        is_around_secrets(change.path, reach)) {
        return true;
    }
    ENVKEEP_TRY(const system::Status seen, files.status(place));
    return seen.kind == system::Kind::file ? KeyFinder(nullptr, files).is_key(place, seen)
                                           : Result<bool>(false);
}

}  // namespace envkeep::keep
