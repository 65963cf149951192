// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstddef>
#include <vector>

// What a look cannot tell: whether what has a recorded size and time has the recorded bytes too.
namespace envkeep::snapshot {

// Entries (sorted) which look as recorded here, and need not be: the image's own files, and what
// this session made since. None of what `held` has there, of which the digest is known, and on a
// disk that others used only what the image's listing has just so: the rest came from a snapshot.
[[nodiscard]] std::vector<std::size_t> lookalikes(const Layer& layer,
                                                  const LayerSeen& seen,
                                                  const LayerContext& context);

// Those of them that have other bytes, another target, or cannot be read.
[[nodiscard]] std::vector<std::size_t> with_other_content(const Layer& layer,
                                                          const std::vector<std::size_t>& which,
                                                          const Roots& roots,
                                                          system::TreeReader& reader,
                                                          unsigned threads);

// What stands here as `other` has it, and neither the wanted layer nor `held` accounts for. `seen`
// is of the wanted layer. Sorted by path, deletions after the rest.
[[nodiscard]] std::vector<Brought> brought_by(const Layer& other,
                                              const Layer& wanted,
                                              const LayerSeen& seen,
                                              const LayerContext& context,
                                              const Roots& roots,
                                              system::TreeReader& reader,
                                              unsigned threads);

}  // namespace envkeep::snapshot
