// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/image_listing.hpp"

#include <string>
#include <utility>
#include <vector>

namespace envkeep::snapshot {

// What tells an image from every other: os-release, libc, the Debian packages it brought, its
// interpreters, and the names with these endings in `telling` folders (Python distributions, conda
// packages, modules of Node). Only what is older than the container counts, so that what a session
// installs does not make another image of it; small reads only.
[[nodiscard]] Result<std::string> image_fingerprint(
    WallTime container_began,
    const std::vector<std::pair<std::string, std::string>>& telling,
    system::FileReader& files);

// All that the image brought below the roots of the scope, which is what was changed before
// `until`: one walk.
[[nodiscard]] Result<ImageListing> list_image(const Scope& scope,
                                              WallTime until,
                                              const Roots& roots,
                                              const CaptureTools& tools);

}  // namespace envkeep::snapshot
