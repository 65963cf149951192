// SPDX-License-Identifier: MIT
#pragma once

#include "engine/copies_at_start.hpp"
#include "envkeep/engine/start.hpp"

#include <functional>
#include <optional>
#include <string>

namespace envkeep::engine {

// The session's background process: holds the lease, writes changed copies back at the manifest's
// interval and once more at SIGTERM, then ends. With `gpu_notice` it looks at the GPU first, which
// the start could not wait for; `copies` are those that the start began. Returns the exit status.
[[nodiscard]] int run_background(const Options& options,
                                 const MakeWorld& make_world,
                                 const std::optional<RenderReport>& gpu_notice,
                                 std::optional<CopiesAtStart>& copies);

// The rest of a snapshot that did not fit into the start, and the listing of an image that no
// session has seen yet. Whatever fails is tried again by 'restore' and 'snapshot', which say why.
// What another process of this session is bringing is left to it, and it tells the end.
void finish_layer(const Options& options,
                  const MakeWorld& make_world,
                  const std::string& store_id,
                  const std::function<bool()>& may_go_on);

}  // namespace envkeep::engine
