// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace envkeep::snapshot {

struct PackOptions {
    int level = 3;  // of zstd: the user waits
    unsigned threads = 2;
    std::uint64_t pack_size = std::uint64_t{256} << 20U;  // a pack is published when it is larger
    // Called often from one thread at a time, with the bytes read so far; an error ends the work.
    std::function<Result<void>(std::uint64_t bytes)> keep_going;
    // Called when a pack is published: the layer as far as it is now in the store.
    std::function<void(const Layer&)> published;
};

struct PackReport {
    std::uint64_t files = 0;        // whose bytes were written
    std::uint64_t bytes = 0;        // of these, as read
    std::uint64_t packed = 0;       // bytes written to the store
    std::vector<std::size_t> gone;  // entries that stood there no more
    std::vector<std::size_t>
        changed;  // entries that changed under our hands, three times; as last read

    struct Unread {
        std::size_t entry = 0;
        Error error;
    };

    std::vector<Unread> unread;  // entries that could not be read
};

// Puts the entries `order` names (any kind; indices into layer.entries) into packs as members of a
// tar archive, in that order. Files get their size, attributes, digest and location as they were
// read; one whose bytes `layer` or `known` already places is not stored again. The names of new
// packs are added to layer.packs (and those of `known` that are used). Fails where the store cannot
// be written; packs that were published by then stay.
[[nodiscard]] Result<PackReport> write_packs(Layer& layer,
                                             const std::vector<std::size_t>& order,
                                             const Layer& known,
                                             const Roots& roots,
                                             const system::Place& packs_folder,
                                             system::TreeReader& reader,
                                             system::TreeWriter& writer,
                                             const PackOptions& options);

}  // namespace envkeep::snapshot
