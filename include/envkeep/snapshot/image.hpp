// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/image_listing.hpp"

#include <string>

namespace envkeep::snapshot {

// What tells an image from every other: os-release, libc, the Debian packages, Python distributions
// and conda packages it brought, its interpreters. Only what is older than the container counts, so
// that what a session installs does not make another image of it; small reads only.
[[nodiscard]] Result<std::string> image_fingerprint(WallTime container_began,
                                                    system::FileReader& files);

// All that the image brought below the roots of the scope: one walk.
[[nodiscard]] Result<ImageListing> list_image(const Scope& scope,
                                              WallTime session_began,
                                              const Roots& roots,
                                              const CaptureTools& tools);

}  // namespace envkeep::snapshot
