// SPDX-License-Identifier: MIT
#include "snapshot/pack_records.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {

Result<PackSink::Spot> PackRecords::write(const PackedFrame& frame) {
    return sink_.append(frame.bytes, frame.frame);
}

Layer PackRecords::saved_layer() const {
    Layer saved{.home = layer_.home,
                .packs = sink_.packs(),
                .groups = layer_.groups,
                .entries = {},
                .deletions = {}};
    std::vector<std::size_t> sorted = done_;
    std::ranges::sort(sorted);
    saved.entries.reserve(sorted.size());
    for (const std::size_t entry : sorted) {
        saved.entries.push_back(layer_.entries[entry]);
    }
    return saved;
}

Result<void> PackRecords::publish() {
    if (sink_.size() == 0) {
        return {};
    }
    ENVKEEP_CHECK(sink_.publish());
    ++packs_;
    return {};
}

// Whoever writes it down writes all of it each time.
void PackRecords::tell_published() {
    constexpr std::size_t share = 8;
    if (options_.published && packs_ > told_ + told_ / share) {
        told_ = packs_;
        options_.published(saved_layer());
    }
}

Result<void> PackRecords::publish_if_full() {
    if (sink_.size() < options_.pack_size && sink_.has_room_for(1)) {
        return {};
    }
    ENVKEEP_CHECK(publish());
    tell_published();
    return {};
}

Location PackRecords::location_of(const KnownBytes::Holder& holder) {
    if (!holder.is_of_known) {
        return layer_.entries[holder.entry].location;
    }
    Location location = known_.entries[holder.entry].location;
    location.pack = sink_.index_of(known_.packs[location.pack]);
    return location;
}

void PackRecords::add_member(const Member& member, const std::optional<Location>& location) {
    if (member.fate == Member::Fate::gone) {
        report_.gone.push_back(member.entry);
        return;
    }
    if (member.fate == Member::Fate::unread) {
        report_.unread.push_back({.entry = member.entry, .error = member.error.value_or(Error{})});
        return;
    }
    Entry& entry = layer_.entries[member.entry];
    if (member.fate == Member::Fate::again) {
        entry.size = member.size;
        again_.push_back(member.entry);
        return;
    }
    if (entry.kind != EntryKind::file) {
        return;
    }
    entry.size = member.size;
    entry.attributes = member.attributes;
    entry.digest = member.digest;
    entry.location = location.value_or(Location{});
    done_.push_back(member.entry);
    bytes_read_ += member.size;
    if (member.fate == Member::Fate::packed) {
        ++report_.files;
        report_.bytes += member.size;
    }
    if (member.has_changed) {
        report_.changed.push_back(member.entry);
    }
}

Result<void> PackRecords::add(const std::vector<MemberBatch::Placed>& members,
                              const std::vector<std::optional<PackedFrame>>& frames) {
    std::vector<PackSink::Spot> spots(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (const auto& frame = frames[i]; frame) {
            ENVKEEP_TRY(spots[i], write(*frame));
        }
    }
    for (const MemberBatch::Placed& placed : members) {
        std::optional<Location> location;
        if (placed.holder) {
            location = location_of(*placed.holder);
        } else if (placed.member.fate == Member::Fate::packed && placed.member.size > 0) {
            const PackSink::Spot& spot = spots[placed.frame];
            location = {.pack = spot.pack, .frame = spot.frame, .offset = placed.content};
        }
        add_member(placed.member, location);
    }
    return publish_if_full();
}

Result<void> PackRecords::add_part(const PackUnit& unit,
                                   std::size_t header_size,
                                   const std::optional<PackedFrame>& frame) {
    if (!frame) {
        return {};
    }
    if (unit.part == 0 && !sink_.has_room_for(unit.parts)) {
        ENVKEEP_CHECK(publish());
    }
    ENVKEEP_TRY(const PackSink::Spot spot, write(*frame));
    if (unit.part == 0) {
        large_ = {.pack = spot.pack,
                  .frame = spot.frame,
                  .offset = static_cast<std::uint32_t>(header_size)};
    }
    return {};
}

Result<void> PackRecords::end_large(const Member& member) {
    add_member(member, member.size > 0 ? std::exchange(large_, std::nullopt) : std::nullopt);
    return publish_if_full();
}

Result<void> PackRecords::add_probed(Member member,
                                     const std::optional<KnownBytes::Holder>& holder) {
    if (member.fate != Member::Fate::held) {
        add_member(member, std::nullopt);
        return {};
    }
    if (!holder) {
        member.fate = Member::Fate::again;
    }
    add_member(member, holder ? std::optional(location_of(*holder)) : std::nullopt);
    return {};
}

std::vector<std::size_t> PackRecords::take_again() {
    return std::exchange(again_, {});
}

Result<PackReport> PackRecords::finish() {
    ENVKEEP_CHECK(publish());
    layer_.packs = sink_.packs();
    report_.packed = sink_.written();
    std::ranges::sort(report_.gone);
    std::ranges::sort(report_.changed);
    return std::move(report_);
}

}  // namespace envkeep::snapshot
