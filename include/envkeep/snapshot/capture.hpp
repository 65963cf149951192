// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/image_listing.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/snapshot/scope.hpp"
#include "envkeep/system/tree_content.hpp"
#include "envkeep/system/tree_modes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// Finds what the session changed against its image. No call of a program can set the time of
// change (ctime) of a file: what changed before the session began is the image's.
namespace envkeep::snapshot {

// Gives a path, which no package owns by itself, the group that it comes back with.
using GroupOf = std::function<Group(const std::string& path)>;

// What is known before the walk.
struct Before {
    WallTime session_began{};  // by the clock of the root file system
    // What was changed before then is as `layer` says, if it looks so (size, mtime, mode, owner).
    std::optional<WallTime> layer_holds_until;
    const Layer* layer = nullptr;                 // the last one restored or written here
    const ImageListing* image = nullptr;          // none: what was deleted cannot be told
    std::function<bool(const Group&)> is_wanted;  // none: all groups are
    GroupOf group_of_deleted;                     // of what is there no more; none: as of the rest
    // Whether the store seems to have a file's bytes already; none: it has those of `layer` only.
    std::function<bool(const std::string& path, std::uint64_t size)> is_stored;
};

struct Capture {
    Layer layer;                       // sorted; entries still to be packed have no digest yet
    std::vector<std::size_t> to_pack;  // in the order of a pack: by stage, then by path
    std::vector<std::size_t> carried;  // entries that are as the earlier layer has them, unseen
    std::uint64_t bytes_to_pack = 0;
    // Of them what seems not to be stored yet: holes take no room, nor do they in a pack.
    std::uint64_t bytes_to_store = 0;
    std::vector<LeftOut> left_out;  // what the session changed in it is no part of the layer
    std::vector<Error> unreadable;  // each names its path
};

// Whether two layers delete the same, whatever groups they say it belongs to.
[[nodiscard]] bool deletes_the_same(const Layer& one, const Layer& other);

// Sorts `to_pack`.
void order_for_packs(Capture& capture);

// Whether anything is to be stored that `base` does not have; the times of folders alone are
// nothing.
[[nodiscard]] bool has_changes(const Capture& found, const Layer& base);

struct CaptureTools {
    system::FileReader& files;
    system::TreeReader& reader;
    system::TreeWalker& walker;
    unsigned threads = 2;
};

[[nodiscard]] Result<Capture> capture(const Scope& scope,
                                      const Before& before,
                                      const Roots& roots,
                                      const GroupOf& group_of,
                                      const CaptureTools& tools);

}  // namespace envkeep::snapshot
