// SPDX-License-Identifier: MIT
#include "snapshot/pack_plan.hpp"

#include "snapshot/frame.hpp"
#include "snapshot/pack_index.hpp"
#include "snapshot/tar.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {
namespace {

class PackPlanner {
  public:
    PackPlanner(const std::vector<Entry>& entries,
                const std::unordered_set<std::uint64_t>* known_sizes)
        : entries_(entries), probes_(known_sizes != nullptr) {
        if (known_sizes != nullptr) {
            known_sizes_ = *known_sizes;
        }
    }

    void add(std::size_t at, std::size_t index) {
        const Entry& entry = entries_[index];
        const std::uint64_t content = entry.kind == EntryKind::file ? entry.size : 0;
        const std::uint64_t size = header_bound(entry) + content + tar_padding(content);
        if (size > largest_frame) {
            end_unit();
            add_large(at, size, content);
            return;
        }
        const unsigned stage = stage_of(entry.path);
        if (open_.count > 0 && (filled_ + size > largest_frame || stage != stage_)) {
            end_unit();
        }
        if (open_.count == 0) {
            open_.first = at;
        }
        stage_ = stage;
        filled_ += size;
        ++open_.count;
    }

    std::vector<PackUnit> finish() {
        end_unit();
        return std::move(units_);
    }

  private:
    void end_unit() {
        if (open_.count > 0) {
            units_.push_back(open_);
        }
        open_ = {.count = 0};
        filled_ = 0;
    }

    void add_large(std::size_t at, std::uint64_t size, std::uint64_t content) {
        if (probes_ && !known_sizes_.insert(content).second) {
            units_.push_back({.kind = PackUnit::Kind::probe, .first = at});
            return;
        }
        // A file with more is larger than any pack, which whoever reads it will say.
        const auto parts = static_cast<std::uint32_t>(
            std::min<std::uint64_t>((size / largest_frame) + 1, most_frames));
        for (std::uint32_t part = 0; part < parts; ++part) {
            units_.push_back(
                {.kind = PackUnit::Kind::part, .first = at, .part = part, .parts = parts});
        }
    }

    const std::vector<Entry>& entries_;
    std::unordered_set<std::uint64_t> known_sizes_;
    bool probes_;
    std::vector<PackUnit> units_;
    PackUnit open_{.count = 0};
    std::uint64_t filled_ = 0;
    unsigned stage_ = 0;
};

}  // namespace

std::size_t header_bound(const Entry& entry) {
    constexpr std::size_t numbers = 256;  // the records of times, owners and size
    constexpr std::size_t around_record = 64;
    std::size_t records = numbers + entry.path.size() + entry.target.size();
    for (const system::ExtendedAttribute& attribute : entry.attributes.extended) {
        records += around_record + (3 * attribute.name.size()) + attribute.value.size();
    }
    return (2 * tar_block) + records + tar_padding(records);
}

std::vector<PackUnit> plan_units(const std::vector<Entry>& entries,
                                 const std::vector<std::size_t>& order,
                                 const std::unordered_set<std::uint64_t>* known_sizes) {
    PackPlanner planner(entries, known_sizes);
    for (std::size_t at = 0; at < order.size(); ++at) {
        planner.add(at, order[at]);
    }
    return planner.finish();
}

}  // namespace envkeep::snapshot
