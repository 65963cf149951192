// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/write_packs.hpp"
#include "snapshot/member_batch.hpp"
#include "snapshot/pack_plan.hpp"
#include "snapshot/pack_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace envkeep::snapshot {

struct PackedFrame {
    Bytes bytes;
    PackFrame frame;
};

// Puts finished frames into the store and what they hold into the layer, in order; for one thread
// at a time. Entries that were not handed over yet stay as they were.
class PackRecords {
  public:
    PackRecords(Layer& layer,
                const Layer& known,
                const PackFolder& packs,
                const PackOptions& options)
        : layer_(layer), known_(known), options_(options), sink_(packs, layer.packs) {}

    [[nodiscard]] const std::vector<Entry>& entries() const { return layer_.entries; }

    // Those of a batch, and its frames: none where nothing is left in one.
    [[nodiscard]] Result<void> add(const std::vector<MemberBatch::Placed>& members,
                                   const std::vector<std::optional<PackedFrame>>& frames);

    // Parts of one large file, one after the other, then its end.
    [[nodiscard]] Result<void> add_part(const PackUnit& unit,
                                        std::size_t header_size,
                                        const std::optional<PackedFrame>& frame);
    [[nodiscard]] Result<void> end_large(const Member& member);

    // A large file that was only looked at: without a holder it is to be written after all.
    [[nodiscard]] Result<void> add_probed(Member member,
                                          const std::optional<KnownBytes::Holder>& holder);

    // Of what was handed over so far.
    [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

    // What is to be written once more; forgotten here.
    [[nodiscard]] std::vector<std::size_t> take_again();

    // Publishes the last pack.
    [[nodiscard]] Result<PackReport> finish();

  private:
    [[nodiscard]] Result<PackSink::Spot> write(const PackedFrame& frame);
    [[nodiscard]] Result<void> publish_if_full();
    [[nodiscard]] Result<void> publish();
    void tell_published();
    void add_member(const Member& member, const std::optional<Location>& location);
    [[nodiscard]] Location location_of(const KnownBytes::Holder& holder);
    [[nodiscard]] Layer saved_layer() const;

    Layer& layer_;
    const Layer& known_;
    const PackOptions& options_;
    PackSink sink_;
    PackReport report_;
    std::uint64_t bytes_read_ = 0;
    std::optional<Location> large_;  // of the large file that is being written
    std::vector<std::size_t> again_;
    std::vector<std::size_t> done_;  // files whose bytes are placed
    std::size_t packs_ = 0;          // published
    std::size_t told_ = 0;           // how many there were when that was told
};

}  // namespace envkeep::snapshot
