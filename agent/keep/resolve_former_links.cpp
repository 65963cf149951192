// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/session_state.hpp"
#include "keep/resolve_dotfiles.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace envkeep::keep {
namespace {

// The keeps by absolute path, without the folders whose children have places of their own.
class WantedPaths {
  public:
    WantedPaths(Wanted& wanted, const system::FileReader& files) {
        for (WantedKeep& keep : wanted.keeps) {
            if (keep.form != Form::folder) {
                keeps_.emplace(files.absolute(keep.place), &keep);
            }
        }
    }

    [[nodiscard]] bool holds_below(const std::string& path) const {
        const auto next = keeps_.lower_bound(path + '/');
        return next != keeps_.end() && next->first.starts_with(path + '/');
    }

    // At a path or above it; none: null.
    [[nodiscard]] WantedKeep* over(const std::string& path) const {
        for (std::string up = path; !up.empty(); up.resize(up.rfind('/'))) {
            if (const auto found = keeps_.find(up); found != keeps_.end()) {
                return found->second;
            }
        }
        return nullptr;
    }

  private:
    std::map<std::string, WantedKeep*> keeps_;
};

bool is_below(const system::Place& place, const system::Place& folder) {
    return place.root == folder.root && place.path != folder.path &&
           place.path.is_within(folder.path);
}

// It must not be taken into the store with the folder that it stands in.
void leave_out(const system::Place& link, WantedKeep& keep) {
    const RelPath below = link.path.below(keep.place.path);
    keep.leaves_out.insert(std::ranges::upper_bound(keep.leaves_out, below), below);
}

// What a record tells of, if its link still stands.
std::optional<FormerLink> standing_link(const store::RestoredFile& record,
                                        PlaceFinder& finder,
                                        system::FileReader& files) {
    auto path = finder.name(record.place);
    auto place = path ? finder.place_of(*path) : tl::unexpected(path.error());
    const auto seen = place ? files.look(*place) : tl::unexpected(place.error());
    if (!seen || seen->status.kind != system::Kind::link || seen->target != record.source) {
        return std::nullopt;
    }
    return FormerLink{.subject = std::move(path->subject),
                      .place = *std::move(place),
                      .seen = seen->status,
                      .target = seen->target};
}

std::string place_of_dotfiles(const store::Store& store, const system::FileReader& files) {
    return files.absolute(store.place(store::names::repositories).child("dotfiles"));
}

}  // namespace

void spare_links_to_dotfiles(const store::SessionState& state,
                             const store::Store& store,
                             PlaceFinder& finder,
                             system::FileReader& files,
                             std::vector<Entry>& entries) {
    const std::string dotfiles = place_of_dotfiles(store, files);
    for (const store::RestoredFile& record : state.files) {
        if (!record.is_link || !is_path_within(record.source, dotfiles)) {
            continue;
        }
        Entry* nearest = nullptr;
        for (Entry& entry : entries) {
            if (entry.wanted && entry.origin == Origin::keep &&
                is_path_within(record.place, entry.path.absolute)) {
                nearest = &entry;
            }
        }
        const auto link = nearest != nullptr ? standing_link(record, finder, files) : std::nullopt;
        if (link && is_below(link->place, nearest->wanted->place)) {
            dig(nearest->holes,
                link->place.path.below(nearest->wanted->place.path),
                HoleFor::exclude);
        }
    }
}

void find_former_links(const store::SessionState& state,
                       const store::Store& store,
                       bool are_dotfiles_known,
                       PlaceFinder& finder,
                       system::FileReader& files,
                       Wanted& wanted) {
    const std::string repositories = files.absolute(store.place(store::names::repositories));
    const std::string dotfiles = place_of_dotfiles(store, files);
    std::optional<WantedPaths> paths;
    for (const store::RestoredFile& record : state.files) {
        const bool is_candidate = record.is_link && is_path_within(record.source, repositories) &&
                                  (are_dotfiles_known || !is_path_within(record.source, dotfiles));
        if (!is_candidate) {
            continue;
        }
        if (!paths) {
            paths.emplace(wanted, files);
        }
        WantedKeep* const over = paths->over(record.place);
        const bool is_in_kept_folder = over != nullptr && over->origin == Origin::keep;
        if (paths->holds_below(record.place) || (over != nullptr && !is_in_kept_folder)) {
            continue;
        }
        auto link = standing_link(record, finder, files);
        if (!link || (is_in_kept_folder && !is_below(link->place, over->place))) {
            continue;
        }
        if (is_in_kept_folder) {
            leave_out(link->place, *over);
        }
        // A folder that becomes a link takes it along when it goes aside.
        if (!is_in_kept_folder || over->form != Form::link) {
            wanted.former_links.push_back(*std::move(link));
        }
    }
}

}  // namespace envkeep::keep
