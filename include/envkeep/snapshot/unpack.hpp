// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace envkeep::snapshot {

enum class LayerChange : std::uint8_t {
    make,        // nothing stands there
    replace,     // what was seen there makes room: it is the image's, or is held elsewhere
    attributes,  // the same bytes, another mode, owner or time
};

struct LayerStep {
    std::size_t entry = 0;  // index into Layer::entries
    LayerChange change = LayerChange::make;
    system::Status seen;  // what stands there

    friend bool operator==(const LayerStep&, const LayerStep&) = default;
};

struct UnpackOptions {
    unsigned threads = 2;  // that decode, check and write
    unsigned readers = 0;  // that fetch frames ahead, where the store is slow to answer; else 0
    std::function<bool()> may_go_on;  // asked before each frame; none: always
    // Called often from one thread at a time, with the bytes written so far.
    std::function<void(std::uint64_t bytes)> progress;
    std::set<std::uint32_t> incomplete;  // groups of which something is missing already
};

struct UnpackReport {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;

    struct Failed {
        std::size_t entry = 0;
        Error error;
    };

    std::vector<Failed> failed;
    std::set<std::uint32_t> incomplete;  // groups of which something failed, here or before
    bool is_whole = true;                // false if it was told not to go on
};

// What `unpack` would say of these steps if nothing could go wrong here: all that they need is read
// and proven, and nothing is changed.
[[nodiscard]] UnpackReport rehearse(const Layer& layer,
                                    std::span<const LayerStep> steps,
                                    const Roots& roots,
                                    const system::Place& packs_folder,
                                    system::TreeReader& reader,
                                    const UnpackOptions& options);

// Carries the steps out (sorted by entry): folders, then stage by stage (see stage_of) all else,
// hard links after their files, and at last the attributes of folders, the deepest first. Each
// file's bytes are proven by their digest before it is made: where they are not, or its pack is
// missing, that entry fails and all others go on, but for what claims it: metadata and
// lists of its group, and what dpkg knows where a file of a Debian package failed. A step whose
// bytes lie in another batch decodes only the frames that it needs. A kill may leave small files
// under their names without all of their bytes, or without their time: those count as changed.
[[nodiscard]] UnpackReport unpack(const Layer& layer,
                                  std::span<const LayerStep> steps,
                                  const Roots& roots,
                                  const system::Place& packs_folder,
                                  system::TreeReader& reader,
                                  system::TreeWriter& writer,
                                  const UnpackOptions& options);

}  // namespace envkeep::snapshot
