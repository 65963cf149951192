// SPDX-License-Identifier: MIT
#include "envkeep/keep/observe.hpp"

#include "envkeep/core/text.hpp"
#include "keep/observe_links.hpp"
#include "keep/observe_real.hpp"
#include "keep/observe_records.hpp"
#include "keep/resolve_places.hpp"
#include "keep/save_sides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Status;

// A link that was made for this very name in a store that stood elsewhere: ".../envkeep/home/.ssh".
bool is_of_a_moved_store(const WantedKeep& keep, const std::string& target) {
    const std::size_t tail = keep.target.rfind("/envkeep/home/");
    return tail != std::string::npos &&
           target.ends_with(std::string_view(keep.target).substr(tail));
}

// A copy of whatever a pattern or a folder's listing found: of a link the link itself is kept.
bool keeps_links(const WantedKeep& keep) {
    return keep.form == Form::copy && keep.may_be_missing;
}

// Whether a folder of the store holds anything but what has places of its own.
Result<bool> holds_more_than(const system::Place& folder,
                             const std::vector<RelPath>& left_out,
                             system::FileReader& files) {
    ENVKEEP_TRY(const std::vector<system::Entry> entries, files.list(folder));
    for (const system::Entry& entry : entries) {
        const RelPath name = RelPath{}.child(entry.name);
        std::vector<RelPath> below;
        bool is_out = false;
        for (const RelPath& path : left_out) {
            is_out = is_out || path == name;
            if (path != name && path.is_within(name)) {
                below.push_back(path.below(name));
            }
        }
        if (is_out) {
            continue;
        }
        if (below.empty() || entry.kind != Kind::folder) {
            return true;
        }
        ENVKEEP_TRY(const bool holds_more, holds_more_than(folder.child(entry.name), below, files));
        if (holds_more) {
            return true;
        }
    }
    return false;
}

// Whether something near the top of a folder is a link to the same name of the source, as the parts
// of a folder have them that is kept child by child.
bool holds_links_of_ours(const system::Place& folder,
                         const system::Place& source,
                         int levels,
                         system::FileReader& files) {
    const auto entries = files.list(folder);
    return entries && std::ranges::any_of(*entries, [&](const system::Entry& entry) {
               const system::Place place = folder.child(entry.name);
               const system::Place other = source.child(entry.name);
               if (entry.kind == Kind::link) {
                   return files.read_link(place) == files.absolute(other);
               }
               return entry.kind == Kind::folder && levels > 1 &&
                      holds_links_of_ours(place, other, levels - 1, files);
           });
}

class Observer {
  public:
    Observer(const Wanted& wanted, const ObserveContext& context, system::FileReader& files)
        : wanted_(wanted),
          context_(context),
          files_(files),
          records_(context.state),
          ways_(wanted, files) {}

    KeepSeen see(const WantedKeep& keep) {
        KeepSeen seen;
        look_at_place(keep, seen);
        if (keep.form != Form::folder && seen.obstacle == Obstacle::none) {
            look_at_source(keep, seen);
        }
        if (keep.form == Form::packed && seen.obstacle == Obstacle::none) {
            look_at_packed(keep, seen);
        }
        if (seen.obstacle != Obstacle::none) {
            return seen;
        }
        switch (seen.home.kind) {
            case Kind::absent:
                look_above_place(keep, seen);
                break;
            case Kind::link:
                classify_link(keep, seen);
                break;
            case Kind::other:
                stop(Obstacle::special,
                     "a device, fifo or socket stands there",
                     files_.absolute(keep.place),
                     seen);
                break;
            case Kind::file:
            case Kind::folder:
                if (!is_settled(keep, seen)) {
                    see_real(keep, context_, records_, files_, seen);
                }
                break;
        }
        return seen;
    }

  private:
    static void stop(Obstacle obstacle,
                     std::string problem,
                     std::string in_the_way,
                     KeepSeen& seen) {
        seen.obstacle = obstacle;
        seen.problem = std::move(problem);
        seen.in_the_way = std::move(in_the_way);
    }

    static void stop(Error error, KeepSeen& seen) {
        stop(Obstacle::unreadable, std::move(error.message), {}, seen);
    }

    void look_at_place(const WantedKeep& keep, KeepSeen& seen) {
        auto looked = files_.look(keep.place);
        if (looked) {
            seen.home = looked->status;
            seen.target = std::move(looked->target);
        } else if (looked.error().kind == ErrorKind::unsafe_path) {
            see_link_on_the_way(keep, std::move(looked).error(), seen);
        } else {
            stop(std::move(looked).error(), seen);
        }
    }

    void see_link_on_the_way(const WantedKeep& keep, Error error, KeepSeen& seen) {
        const Ways::LinkOnTheWay& link = ways_.link_on_the_way(keep.place.parent());
        if (!link.is_there) {
            stop(std::move(error), seen);
        } else if (link.becomes_a_folder) {
            seen.parent_is_our_link = true;
        } else if (link.is_ours) {
            seen.parent_is_our_link = true;
            seen.parent_link = ParentLink{.place = link.place, .target = link.target};
        } else {
            stop(Obstacle::foreign_parent_link,
                 fmt::format("the folder {} on the way is a link to {}",
                             quoted(files_.absolute(link.place)),
                             quoted(link.target)),
                 files_.absolute(link.place),
                 seen);
        }
    }

    void look_at_source(const WantedKeep& keep, KeepSeen& seen) {
        auto status = files_.status(keep.source);
        if (status && status->kind == Kind::absent && keep.fallback) {
            status = files_.status(*keep.fallback);
            seen.uses_fallback = status && status->kind != Kind::absent;
        }
        if (!status) {
            stop(std::move(status).error(), seen);
            return;
        }
        seen.store = *status;
        if (seen.store.kind == Kind::other) {
            stop(Obstacle::special,
                 fmt::format("{} is a device, fifo or socket", quoted(keep.target)),
                 keep.target,
                 seen);
        } else if (seen.store.kind == Kind::link && !keeps_links(keep)) {
            follow_source(keep, seen);
        } else if (seen.store.kind == Kind::absent || seen.uses_fallback) {
            look_above(keep.source, seen.missing_store_parents, seen);
        }
    }

    // The user may have put a link into the store, to where the data really is.
    void follow_source(const WantedKeep& keep, KeepSeen& seen) {
        if (keep.origin != Origin::keep &&
            (seen.home.kind == Kind::link || seen.home.kind == Kind::absent)) {
            return;  // where a repository's link leads is for those who follow it
        }
        const auto behind = files_.follow(keep.target);
        if (!behind && behind.error().kind == ErrorKind::conflict) {
            stop(Obstacle::loop,
                 fmt::format("{} is a link that leads in a circle", quoted(keep.target)),
                 keep.target,
                 seen);
        } else if (!behind) {
            stop(behind.error(), seen);
        } else if (behind->kind == Kind::absent) {
            stop(Obstacle::unreadable,
                 fmt::format("{} is a link that leads to nothing", quoted(keep.target)),
                 keep.target,
                 seen);
        } else if (seen.home.kind != Kind::link && seen.home.kind != Kind::absent &&
                   behind->is_same_file(seen.home)) {
            stop(Obstacle::same_file,
                 fmt::format("{} is a link that leads back to the place", quoted(keep.target)),
                 keep.target,
                 seen);
        } else if (keep.form == Form::link && keep.origin == Origin::keep) {
            const auto real = files_.real_path(keep.target);
            seen.leads_out =
                real && !lies_in_what_persists(*real, wanted_, files_) ? *real : std::string();
        }
    }

    void look_at_packed(const WantedKeep& keep, KeepSeen& seen) {
        if (seen.home.is_mount_point) {
            const std::string place = files_.absolute(keep.place);
            stop(Obstacle::mount_point,
                 fmt::format("{} is a mount point", quoted(place)),
                 place,
                 seen);
            return;
        }
        if (seen.store.kind == Kind::folder && !keep.leaves_out.empty()) {
            const auto holds_more = holds_more_than(keep.source, keep.leaves_out, files_);
            if (!holds_more) {
                stop(holds_more.error(), seen);
                return;
            }
            seen.store = *holds_more ? seen.store : Status{};
        }
        const store::RestoredFile* const record = records_.find(files_.absolute(keep.place));
        seen.was_copied_here = record != nullptr && !record->is_link;
        if (seen.store.kind != Kind::absent || !context_.is_start) {
            seen.captured = context_.is_captured && context_.is_captured(keep);
        }
        constexpr int levels = 2;
        const bool is_folder = seen.home.kind == Kind::folder && seen.store.kind == Kind::folder;
        if (is_folder && holds_links_of_ours(keep.place, keep.source, levels, files_)) {
            // It was kept in parts since.
            seen.was_copied_here = false;
            seen.captured = false;
        }
    }

    // What a snapshot holds, or was brought from the store in this session, is the home's own.
    static bool is_settled(const WantedKeep& keep, const KeepSeen& seen) {
        return keep.form == Form::packed && (seen.store.kind == Kind::absent ||
                                             seen.was_copied_here || seen.captured.value_or(false));
    }

    void look_above_place(const WantedKeep& keep, KeepSeen& seen) {
        if (seen.parent_is_our_link) {
            seen.missing_parents = ways_.missing_below_link(keep.place.parent());
        } else {
            look_above(keep.place, seen.missing_parents, seen);
        }
    }

    void look_above(const system::Place& place, std::vector<RelPath>& missing, KeepSeen& seen) {
        auto found = ways_.missing(place.parent());
        if (!found) {
            stop(std::move(found).error(), seen);
        } else if (!found->file.empty()) {
            stop(Obstacle::parent_is_file,
                 fmt::format("{} is no folder", quoted(found->file)),
                 found->file,
                 seen);
        } else {
            missing = std::move(found->folders);
        }
    }

    // The copy of a link is a link with the same text.
    void compare_links(const WantedKeep& keep, const std::string& place, KeepSeen& seen) {
        auto stored = files_.read_link(keep.source);
        if (!stored) {
            return;
        }
        seen.store_target = *std::move(stored);
        if (seen.store_target == seen.target) {
            seen.link = LinkKind::foreign;
            seen.sameness = Sameness::same;
            return;
        }
        seen.sameness = Sameness::differs;
        const store::RestoredFile* const record = records_.find(place);
        if (record != nullptr && !record->is_link) {
            const bool is_of_source = !is_beside(record->source, keep.target);
            seen.was_copied_here = true;
            seen.home_as_restored = is_of_source && digest_of(seen.target) == record->digest;
            seen.store_as_restored = is_of_source && digest_of(seen.store_target) == record->digest;
        }
    }

    void classify_link(const WantedKeep& keep, KeepSeen& seen) {
        if (seen.target == keep.target) {
            return;
        }
        const std::string place = files_.absolute(keep.place);
        if (keep.form == Form::copy && seen.store.kind == Kind::link) {
            compare_links(keep, place, seen);
            if (seen.sameness == Sameness::same) {
                return;
            }
        }
        if (keeps_links(keep) &&
            (seen.store.kind == Kind::absent || seen.store.kind == Kind::link) &&
            !is_path_within(seen.target, wanted_.store_path)) {
            seen.link = LinkKind::foreign;  // to where it leads makes no difference
            return;
        }
        if (leads_into_a_store(place, seen.target, wanted_) ||
            is_of_a_moved_store(keep, seen.target)) {
            seen.link = LinkKind::older_store;
            return;
        }
        const auto behind = files_.follow(place);
        if (!behind && behind.error().kind == ErrorKind::conflict) {
            stop(Obstacle::loop,
                 fmt::format("the link to {} leads in a circle", quoted(seen.target)),
                 place,
                 seen);
        } else if (!behind) {
            stop(behind.error(), seen);
        } else if (behind->kind == Kind::absent) {
            seen.link = LinkKind::dangling;
        } else {
            const bool is_source =
                seen.store.kind != Kind::absent && behind->is_same_file(seen.store);
            seen.link = is_source ? LinkKind::older_store : LinkKind::foreign;
        }
    }

    const Wanted& wanted_;
    const ObserveContext& context_;
    system::FileReader& files_;
    SessionRecords records_;
    Ways ways_;
};

}  // namespace

Result<Observation> observe(const Wanted& wanted,
                            const ObserveContext& context,
                            system::FileReader& files) {
    Observation observation{.keeps = {}, .is_first_start = context.state == nullptr};
    observation.keeps.reserve(wanted.keeps.size());
    Observer observer(wanted, context, files);
    for (const WantedKeep& keep : wanted.keeps) {
        observation.keeps.push_back(observer.see(keep));
    }
    return observation;
}

}  // namespace envkeep::keep
