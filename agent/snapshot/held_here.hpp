// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"

namespace envkeep::snapshot {

// The entry that has the bytes of a file's further name; of all others the entry itself.
[[nodiscard]] const Entry& first_name(const Layer& layer, const Entry& entry);

// Whether what stands there still is what `held` has.
[[nodiscard]] bool is_unchanged(const LayerContext& context,
                                const Entry& held,
                                const system::Status& status);

// What `held` has at the place of an entry of `layer`, where that stands unchanged; else nullptr.
[[nodiscard]] const Entry* held_at(const LayerContext& context,
                                   const Layer& layer,
                                   const Entry& entry,
                                   const system::Status& status);

// Whether an entry of `held` has the bytes, or the target, of one that looks the same.
[[nodiscard]] bool has_content_of(const Layer& held, const Entry& at_held, const Entry& entry);

}  // namespace envkeep::snapshot
