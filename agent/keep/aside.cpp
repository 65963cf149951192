// SPDX-License-Identifier: MIT
#include "envkeep/keep/aside.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

namespace envkeep::keep {
namespace {

constexpr int most_tries = 1000;

// The folder that holds `.envkeep-aside` for a place: the root, or the innermost mount point above
// the place, since nothing can be renamed across mounts (EXDEV, also between two of one device).
Result<RelPath> base_on_same_mount(const system::Place& place, system::FileReader& files) {
    for (RelPath folder = place.path.parent(); !folder.is_root(); folder = folder.parent()) {
        ENVKEEP_TRY(const system::Status seen, files.status({.root = place.root, .path = folder}));
        if (seen.is_mount_point) {
            return folder;
        }
    }
    return RelPath{};
}

}  // namespace

Result<system::Place> AsidePlaces::take(const system::Place& place, std::string_view suffix) {
    ENVKEEP_TRY(const RelPath base, base_on_same_mount(place, files_));
    for (int number = 1; number <= most_tries; ++number) {
        const std::string name = number == 1 ? fmt::format("{}{}", run_, suffix)
                                             : fmt::format("{}{}.{}", run_, suffix, number);
        const RelPath folder = base.child(store::names::aside).child(name);
        system::Place aside{.root = place.root, .path = folder.joined(place.path.below(base))};
        ENVKEEP_TRY(const bool is_ours, is_free(aside, folder));
        if (is_ours) {
            ENVKEEP_CHECK(writer_.make_folders(aside.parent(), 0700));
            taken_.insert(aside);
            return aside;
        }
    }
    return failure(
        ErrorKind::already_exists,
        fmt::format(
            "there is no free name in {} for {}",
            quoted(files_.absolute({.root = place.root, .path = base.child(store::names::aside)})),
            quoted(files_.absolute(place))));
}

Result<bool> AsidePlaces::is_free(const system::Place& aside, const RelPath& folder) {
    for (RelPath above = aside.path; above != folder; above = above.parent()) {
        if (taken_.contains({.root = aside.root, .path = above})) {
            return false;
        }
    }
    ENVKEEP_TRY(const system::Status seen, files_.status(aside));
    return seen.kind == system::Kind::absent;
}

void AsidePlaces::give_back(const system::Place& aside) {
    taken_.erase(aside);
    for (system::Place folder = aside.parent(); is_aside("/" + folder.path.text() + "/");
         folder = folder.parent()) {
        if (!writer_.remove_empty_folder(folder)) {
            return;  // other things are in it
        }
    }
}

bool is_aside(std::string_view absolute) {
    return absolute.find(fmt::format("/{}/", store::names::aside)) != std::string_view::npos;
}

}  // namespace envkeep::keep
