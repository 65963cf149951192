// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/image_listing.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/snapshot/scope.hpp"
#include "snapshot/walk_session.hpp"

#include <vector>

namespace envkeep::snapshot {

// What the image has and the session has no more: only folders that changed, or are gone, are
// compared. `changed` is sorted.
[[nodiscard]] std::vector<Deletion> find_deletions(const ImageListing& image,
                                                   const std::vector<SeenPath>& changed,
                                                   const Scope& scope,
                                                   const Roots& roots,
                                                   system::FileReader& files);

// Those of an earlier layer that hold as before: a listing that was taken after a restore does not
// know what that restore removed. What a mount hides is as it was.
[[nodiscard]] std::vector<Deletion> still_deleted(const std::vector<Deletion>& before,
                                                  const Scope& scope,
                                                  const Roots& roots,
                                                  system::FileReader& files);

}  // namespace envkeep::snapshot
