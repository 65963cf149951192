// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/records.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace envkeep::snapshot {

struct Difference {
    std::string path;
    std::string expected;     // "file 0644 root:root 1234 bytes", "sha..."; in words
    std::string found;        // "nothing"; if unknown, why
    bool is_unknown = false;  // it could not be looked at

    friend bool operator==(const Difference&, const Difference&) = default;
};

// How the live tree differs from the layer as far as a look tells: kind, size, time of
// modification, mode, owner, target of links; what was deleted is there again.
[[nodiscard]] std::vector<Difference> differences(const Layer& layer,
                                                  const LayerSeen& seen,
                                                  const LayerContext& context);

struct Proof {
    std::vector<Difference> differences;  // sorted by path
    TreeDigests expected;                 // of the layer, as far as its groups are wanted
    TreeDigests live;                     // of what stands at the same paths now
    std::uint64_t files = 0;              // whose bytes were read
    std::uint64_t bytes = 0;
};

// The same with every byte, extended attribute and link target read again.
[[nodiscard]] Result<Proof> prove(const Layer& layer,
                                  const LayerSeen& seen,
                                  const LayerContext& context,
                                  const Roots& roots,
                                  system::TreeReader& reader,
                                  unsigned threads,
                                  const std::function<void(std::uint64_t bytes)>& progress);

}  // namespace envkeep::snapshot
