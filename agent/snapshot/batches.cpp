// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/batches.hpp"

#include "snapshot/find_path.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::uint64_t first_cost = std::uint64_t{32} << 20U;
constexpr std::uint64_t usual_cost = std::uint64_t{512} << 20U;

int rank_of(const Entry& entry, const Group& group) {
    if (entry.path.starts_with("var/lib/dpkg")) {
        return 3;
    }
    switch (group.domain) {
        case Domain::files:
        case Domain::jupyter:
            return 0;
        case Domain::python:
        case Domain::npm:
            return 1;
        case Domain::conda:
        case Domain::apt:
            break;
    }
    return 2;
}

// Of a further name the file: both come together.
const Entry& file_of(const Layer& layer, const Entry& entry) {
    const Entry* const first =
        entry.kind == EntryKind::hard_link ? find_path(layer.entries, entry.target) : nullptr;
    return first == nullptr ? entry : *first;
}

struct GroupSteps {
    int rank = 0;
    std::uint32_t group = 0;
    std::vector<LayerStep> steps;
};

// By rank, then by group.
std::vector<GroupSteps> by_group(const Layer& layer, const std::vector<LayerStep>& steps) {
    std::vector<GroupSteps> found(layer.groups.size() * 4);
    for (const LayerStep& step : steps) {
        const Entry& entry = file_of(layer, layer.entries[step.entry]);
        const int rank = rank_of(entry, layer.groups.at(entry.group));
        GroupSteps& into =
            found[static_cast<std::size_t>(rank) * layer.groups.size() + entry.group];
        into.rank = rank;
        into.group = entry.group;
        into.steps.push_back(step);
    }
    std::erase_if(found, [](const GroupSteps& one) { return one.steps.empty(); });
    return found;
}

void add(const Layer& layer, std::vector<LayerStep> steps, Batch& batch) {
    for (const LayerStep& step : steps) {
        const Entry& entry = layer.entries[step.entry];
        ++batch.files;
        batch.bytes += entry.kind == EntryKind::file && step.change != LayerChange::attributes
                           ? entry.size
                           : 0;
        batch.steps.push_back(step);
    }
}

}  // namespace

std::uint64_t Batch::cost() const {
    return bytes + files * bytes_a_file;
}

std::vector<Batch> batches_of(const Layer& layer, const std::vector<LayerStep>& steps) {
    std::vector<Batch> batches;
    int rank = 0;
    for (GroupSteps& group : by_group(layer, steps)) {
        const std::uint64_t most = batches.size() <= 1 ? first_cost : usual_cost;
        const bool is_last_rank_begun = group.rank == 3 && rank != 3;
        if (batches.empty() || batches.back().cost() >= most || is_last_rank_begun) {
            batches.emplace_back();
        }
        rank = group.rank;
        add(layer, std::move(group.steps), batches.back());
    }
    for (Batch& batch : batches) {
        std::ranges::sort(batch.steps, {}, &LayerStep::entry);
    }
    return batches;
}

}  // namespace envkeep::snapshot
