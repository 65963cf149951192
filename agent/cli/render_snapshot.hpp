// SPDX-License-Identifier: MIT
#pragma once

#include "cli/reply.hpp"
#include "cli/view.hpp"
#include "envkeep/engine/layers.hpp"

#include <string>

namespace envkeep::cli {

[[nodiscard]] std::string snapshot_text(const engine::SnapshotReport& report, const View& view);
void add_snapshot(Json& members, const engine::SnapshotReport& report);

// What a restore did with the snapshot; empty if there is none and nothing to say.
[[nodiscard]] std::string layer_text(const engine::LayerRestoreReport& report, const View& view);
// What of it `undo` takes back: it would else take another run for this one.
[[nodiscard]] std::string undo_text(const engine::LayerRestoreReport& report, const View& view);
[[nodiscard]] Json json_of(const engine::LayerRestoreReport& report);

[[nodiscard]] std::string proof_text(const engine::LayerProof& proof, const View& view);
[[nodiscard]] Json json_of(const engine::LayerProof& proof);

[[nodiscard]] Json json_of(const snapshot::Snapshot& record);

}  // namespace envkeep::cli
