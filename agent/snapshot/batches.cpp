// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/batches.hpp"

#include "snapshot/find_path.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
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

// Puts each folder into the first batch that has something in it, whichever group it belongs to,
// and its attributes once more into each later one, which changes its time.
class Folders {
  public:
    Folders(const Layer& layer, std::vector<Batch>& batches) : layer_(layer), batches_(batches) {}

    void arrange() {
        for (std::size_t i = 0; i < batches_.size(); ++i) {
            take_out(i);
        }
        for (batch_ = 0; batch_ < batches_.size(); ++batch_) {
            const std::size_t others = batches_[batch_].steps.size();
            for (std::size_t i = 0; i < others; ++i) {
                need_folder_of(path_of(batches_[batch_].steps[i]));
            }
            for (auto& [path, folder] : folders_) {
                if (folder.home == batch_ && folder.made_by == nowhere) {
                    need(path, folder);
                }
            }
        }
    }

  private:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    struct Folder {
        LayerStep step;
        std::size_t home = 0;           // the batch of its group
        std::size_t made_by = nowhere;  // the first batch that it is in
        std::size_t last = nowhere;     // and the last so far
    };

    [[nodiscard]] const std::string& path_of(const LayerStep& step) const {
        return layer_.entries[step.entry].path;
    }

    void take_out(std::size_t batch) {
        std::erase_if(batches_[batch].steps, [&](const LayerStep& step) {
            const bool is_folder = layer_.entries[step.entry].kind == EntryKind::folder;
            if (is_folder) {
                folders_.emplace(path_of(step), Folder{.step = step, .home = batch});
            }
            return is_folder;
        });
    }

    void need_folder_of(std::string_view path) {
        for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos;
             slash = path.rfind('/')) {
            path = path.substr(0, slash);
            if (const auto found = folders_.find(path); found != folders_.end()) {
                need(path, found->second);
                return;
            }
        }
    }

    void need(std::string_view path, Folder& folder) {
        if (folder.last == batch_) {
            return;
        }
        LayerStep step = folder.step;
        if (folder.made_by == nowhere) {
            folder.made_by = batch_;
        } else {
            step.change = LayerChange::attributes;
        }
        folder.last = batch_;
        batches_[batch_].steps.push_back(step);
        need_folder_of(path);
    }

    const Layer& layer_;
    std::vector<Batch>& batches_;
    std::unordered_map<std::string_view, Folder> folders_;  // those with a step, by path
    std::size_t batch_ = 0;
};

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
    Folders(layer, batches).arrange();
    for (Batch& batch : batches) {
        std::ranges::sort(batch.steps, {}, &LayerStep::entry);
    }
    return batches;
}

}  // namespace envkeep::snapshot
