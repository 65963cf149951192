// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/image_listing.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/snapshot/unpack.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// What a restore of a layer would do here: the live tree looked at (one lstat an entry), and a pure
// comparison.
namespace envkeep::snapshot {

// What could not be looked at: nobody knows whether anything stands there.
struct Unseen {
    std::string path;
    std::string why;

    friend bool operator==(const Unseen&, const Unseen&) = default;
};

// What stands at the places of a layer; absent too where a folder on the way is missing, or is a
// link.
struct LayerSeen {
    std::vector<system::Status> entries;    // one for each of Layer::entries
    std::vector<system::Status> deletions;  // one for each of Layer::deletions
    std::vector<Unseen> unseen{};           // sorted by path; their status is that of the absent
    // Entries (sorted) that look as recorded and have other bytes, see with_other_content.
    std::vector<std::size_t> others{};
};

[[nodiscard]] LayerSeen look_at_layer(const Layer& layer,
                                      const Roots& roots,
                                      system::TreeReader& reader,
                                      unsigned threads);

// What stands there as a restore of another layer brought it, which did not make that layer the one
// that is held: proven by its bytes, so it is in the store. Absent: of the image, and removed.
struct Brought {
    std::string path;
    system::Status seen;
    Group group;
};

struct LayerContext {
    // What changed before then is the image's; none: only `image` tells what is.
    std::optional<WallTime> image_until;
    // When a snapshot was taken of a session of this image: what was written since is not the
    // image's, though it changed before `image_until`, as it has on a disk that others used.
    std::optional<WallTime> image_seen_at;
    // What was changed before then, and looks as `held` says, is held in the store.
    std::optional<WallTime> held_until;
    const Layer* held = nullptr;
    const LayerSeen* held_seen = nullptr;  // of `held`, where it is another layer than the wanted
    const ImageListing* image = nullptr;   // what the image has cannot be had back here
    std::vector<Brought> brought;          // sorted by path
    // A restore of this very layer was begun here: what looks as it says is what that one made.
    bool is_begun = false;
    bool may_set_owners = true;  // we are root
    std::uint32_t user = 0;      // who we are
    // Which groups come back; none: all.
    std::function<bool(const Group&)> is_wanted;
};

// Whether what stands there still is the image's, which another container has too.
[[nodiscard]] bool is_of_image(const LayerContext& context,
                               const std::string& path,
                               const system::Status& status);

// Something that goes because the layer says that it is not there.
struct LayerRemoval {
    std::string path;
    system::Status seen;

    friend bool operator==(const LayerRemoval&, const LayerRemoval&) = default;
};

struct LayerPlan {
    std::vector<LayerStep> steps;  // sorted by entry
    // Entries (sorted) whose place holds what is neither the image's nor held: it goes aside before
    // the step that makes them.
    std::vector<std::size_t> aside;
    std::vector<LayerRemoval> removals;  // what is in a folder before it
    std::vector<std::string> stay;       // not there then, and changed here since: left alone
    // What could not be looked at: an entry has its step, which finds out; all else stays.
    std::vector<Unseen> unseen;
    // The image's (or maybe so, for all that is known), which `held` replaced or removed: only a
    // new container has it again.
    std::vector<std::string> lost_of_image;

    [[nodiscard]] bool is_empty() const {
        return steps.empty() && aside.empty() && removals.empty();
    }

    friend bool operator==(const LayerPlan&, const LayerPlan&) = default;
};

[[nodiscard]] LayerPlan plan_layer(const Layer& layer,
                                   const LayerSeen& seen,
                                   const LayerContext& context);

}  // namespace envkeep::snapshot
