// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/session_state.hpp"
#include "keep/resolve_dotfiles.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace envkeep::keep {
namespace {

// By absolute path: what is wanted, and without the folders whose children have places of their
// own.
class WantedPaths {
  public:
    WantedPaths(const Wanted& wanted, const system::FileReader& files) {
        for (const WantedKeep& keep : wanted.keeps) {
            if (keep.form != Form::folder) {
                paths_.insert(files.absolute(keep.place));
            }
        }
    }

    // At, above or below a path.
    [[nodiscard]] bool touch(const std::string& path) const {
        const auto next = paths_.lower_bound(path + '/');
        if (next != paths_.end() && next->starts_with(path + '/')) {
            return true;
        }
        for (std::string up = path; !up.empty(); up.resize(up.rfind('/'))) {
            if (paths_.contains(up)) {
                return true;
            }
        }
        return false;
    }

  private:
    std::set<std::string> paths_;
};

}  // namespace

void find_former_links(const store::SessionState& state,
                       const store::Store& store,
                       bool are_dotfiles_known,
                       PlaceFinder& finder,
                       system::FileReader& files,
                       Wanted& wanted) {
    const std::string repositories = files.absolute(store.place(store::names::repositories));
    const std::string dotfiles =
        files.absolute(store.place(store::names::repositories).child("dotfiles"));
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
        auto path = finder.name(record.place);
        if (paths->touch(record.place) || !path) {
            continue;
        }
        auto place = finder.place_of(*path);
        const auto seen = place ? files.look(*place) : tl::unexpected(place.error());
        if (seen && seen->status.kind == system::Kind::link && seen->target == record.source) {
            wanted.former_links.push_back({.subject = std::move(path->subject),
                                           .place = *std::move(place),
                                           .seen = seen->status,
                                           .target = seen->target});
        }
    }
}

}  // namespace envkeep::keep
