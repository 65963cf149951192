// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

// What is there now, for each wanted keep, in the same order. Readers only.
namespace envkeep::keep {

enum class LinkKind {
    right,        // leads to the source, as wanted
    older_store,  // into an older store of ours, or to another place of this one
    foreign,      // to anything else
    dangling,     // to nothing
};

enum class Sameness { unknown, same, home_is_subset, differs };

// Something that keeps us from looking or acting there; a conflict whatever the store holds.
enum class Obstacle {
    none,
    mount_point,          // busy: cannot be renamed
    loop,                 // the link leads to itself (ELOOP)
    foreign_parent_link,  // a folder on the way is a link that is not ours
    parent_is_file,
    special,     // device, fifo, socket
    same_file,   // place and source are one file, by another way
    unreadable,  // the error is in `problem`
};

// Something in a home tree that the store lacks or has differently.
struct Difference {
    RelPath path;  // below the place
    system::Status home;
    system::Status store;      // absent if the store lacks it
    std::string home_target;   // if it is a link
    std::string store_target;  // if it is a link

    friend bool operator==(const Difference&, const Difference&) = default;
};

// A folder on the way to a place that is a link of ours, and that no keep makes a folder of.
struct ParentLink {
    system::Place place;
    std::string target;

    friend bool operator==(const ParentLink&, const ParentLink&) = default;
};

struct KeepSeen {
    system::Status home;  // of the place itself
    std::string target;   // if it is a link
    LinkKind link = LinkKind::right;
    system::Status store;      // of the source, or of its fallback; not looked at for a `folder`
    std::string store_target;  // if both are links and the link itself is what is kept
    // Of a keep that is linked, if `store` is a link out of all that persists: where that leads.
    std::string leads_out;
    Obstacle obstacle = Obstacle::none;
    std::string problem;     // words for an obstacle: which parent, which mount
    std::string in_the_way;  // of an obstacle: absolute path of what is to be moved or unmounted
    Sameness sameness = Sameness::unknown;  // only where both are real and of one kind
    bool home_is_empty = false;             // of a real folder
    // A parent on the way is a link of ours: nothing stands at the place yet.
    bool parent_is_our_link = false;
    bool has_version_beside = false;  // a save kept the home's beside the source: not settled yet
    bool changed_in_session = false;  // made or written since the container started, and not by us
    bool was_linked_here = false;     // a file: the session state says that our link stood here

    std::optional<ParentLink> parent_link;       // see parent_is_our_link; not for a `folder` keep
    std::vector<RelPath> missing_parents;        // of the place, below its root, topmost first
    std::vector<RelPath> missing_store_parents;  // of the source
    std::vector<Difference>
        missing_in_store;               // of two folders: topmost names that only the home has
    std::vector<Difference> differing;  // of two folders: on both sides, with other content
    bool store_has_more = false;        // of two folders: names that the home lacks
    bool holds_left_out = false;  // a real folder: something in it is excluded, so not in the store
    bool uses_fallback = false;   // `store` is the fallback's
    bool was_copied_here = false;    // a copy of ours stands here, and then:
    bool home_as_restored = false;   // nobody changed it since, and the store took no other version
    bool store_as_restored = false;  // nor its source
    std::optional<bool> captured;    // of a packed keep: a snapshot of this session has it

    friend bool operator==(const KeepSeen&, const KeepSeen&) = default;
};

struct Observation {
    std::vector<KeepSeen> keeps;  // parallel to Wanted::keeps
    bool is_first_start =
        true;  // no state of this container: whatever stands there came with the image
};

struct ObserveContext {
    const store::SessionState* state = nullptr;  // none on a first start
    WallTime container_start{};
    bool is_start = false;  // `restore --start`: nobody has worked here yet
    // Whether the snapshot that this session has, or is to get, holds a packed keep. Asked only
    // where something depends on it; none: no.
    std::function<bool(const WantedKeep&)> is_captured;
};

// Costs two system calls for a link that is right. Trees are compared only where both sides are
// real and of one kind. What cannot be looked at becomes an obstacle of that keep.
[[nodiscard]] Result<Observation> observe(const Wanted& wanted,
                                          const ObserveContext& context,
                                          system::FileReader& files);

}  // namespace envkeep::keep
