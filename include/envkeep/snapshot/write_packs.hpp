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
    // Called now and then when a pack is published and more are to come, so that a kill costs an
    // eighth of the work at most: the files of the layer whose bytes are in the store by now, which
    // serve as `known` to whoever goes on.
    std::function<void(const Layer&)> published;
};

// `packs/` of a store, and what reads and writes there.
struct PackFolder {
    system::Place place;
    system::TreeReader& reader;
    system::TreeWriter& writer;
};

struct PackReport {
    std::uint64_t files = 0;        // whose bytes were written
    std::uint64_t bytes = 0;        // of these, as read
    std::uint64_t packed = 0;       // bytes written to the store
    std::vector<std::size_t> gone;  // entries that stood there no more, or no more as a file
    // Entries that changed under our hands, each time they were read; as last read.
    std::vector<std::size_t> changed;

    struct Unread {
        std::size_t entry = 0;
        Error error;
    };

    std::vector<Unread> unread;  // entries that could not be read
};

// Puts the entries `order` names (any kind; indices into layer.entries) into packs as members of a
// tar archive: in that order, but hard links last, and files that outgrew their frame or changed
// while they were read after the others. Files get their size, attributes, digest and location as
// they were read; one whose bytes `layer` or `known` already places is not stored again. What is
// gone or unread stays as it was: the caller takes it out. The names of new packs are added to
// layer.packs (and those of `known` that are used). The same files give the same packs, whatever
// the number of threads; a damaged one that has the name already is replaced. Fails where the store
// cannot be written; `layer` is of no use then, and packs that were published stay.
[[nodiscard]] Result<PackReport> write_packs(Layer& layer,
                                             const std::vector<std::size_t>& order,
                                             const Layer& known,
                                             const Roots& roots,
                                             const PackFolder& packs,
                                             const PackOptions& options);

// Adds files to those that serve as `known`: the ones that lie in packs that can be used.
void add_known(Layer& known,
               const Layer& more,
               const std::function<bool(const std::string& pack)>& is_usable);

}  // namespace envkeep::snapshot
