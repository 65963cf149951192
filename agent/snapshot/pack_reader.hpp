// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_content.hpp"
#include "snapshot/pack_index.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// A pack of the store, open. For several threads, each with its own decoder.
class PackReader {
  public:
    // Reads and checks the index. `folder` is `packs/`.
    [[nodiscard]] static Result<PackReader> open(const system::Place& folder,
                                                 const std::string& name,
                                                 system::TreeReader& reader);

    [[nodiscard]] const PackIndex& index() const { return index_; }

    // As it stands in the store: what reader threads fetch ahead.
    [[nodiscard]] Result<Bytes> read_packed(std::size_t frame) const;

    // That so many from that one on will be read soon.
    void expect(std::size_t frame, std::size_t count) const;

    // Decoded and proven by its digest.
    [[nodiscard]] Result<Bytes> decode(std::size_t frame,
                                       std::span<const std::byte> packed,
                                       FrameDecoder& decoder) const;

  private:
    PackReader(std::unique_ptr<system::OpenFile> file, PackIndex index);

    std::unique_ptr<system::OpenFile> file_;
    PackIndex index_;
    std::vector<std::uint64_t> offsets_;
};

}  // namespace envkeep::snapshot
