// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace envkeep::snapshot {

// Whether what was found is other than `base`, even if all that looks the same there (by size,
// times and rights) turns out to have the same bytes.
[[nodiscard]] bool is_certainly_other(const Capture& found, const Layer& base);

inline constexpr std::uint64_t most_repacked = std::uint64_t{256} << 20U;

// Packs of which the snapshot that is being taken needs less than a fifth. As far as that is not
// much in all, their files join `to_pack`, so that `gc` can free those packs when the older
// snapshots go; the names of these packs, which must not serve as `known`.
[[nodiscard]] std::set<std::string> repack_thin(Capture& capture,
                                                const PackFolder& packs,
                                                std::uint64_t most = most_repacked);

}  // namespace envkeep::snapshot
