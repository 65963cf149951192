// SPDX-License-Identifier: MIT
#include "keep/modes_walk.hpp"

#include <algorithm>
#include <mutex>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using system::Kind;
using system::Status;

// Whether the mode can stay without another look.
bool is_settled(Preset preset, const RelPath& name, const Status& status, const Spoken& spoken) {
    if (spoken.locking != nullptr) {
        return false;
    }
    if (spoken.rule != nullptr) {
        const bool may_open_a_key =
            preset != Preset::none && status.kind == Kind::file && (spoken.rule->mode & 0077U) != 0;
        return !may_open_a_key && status.mode == spoken.rule->mode;
    }
    if (preset == Preset::none) {
        return true;
    }
    const std::uint32_t narrowest = bound_of(preset, name, status.kind, true);
    return bounded(status.mode, narrowest, status.kind) == status.mode;
}

class EntryVisitor {
  public:
    EntryVisitor(const Start& start, const View& view) : start_(start), view_(view) {}

    // From several threads at once. True for a folder to go into.
    bool visit(const RelPath& below, const Status& status) {
        if ((status.kind != Kind::file && status.kind != Kind::folder) || is_skipped(below)) {
            return false;
        }
        const Spoken spoken = ask_rules(start_.rules, below.text(), status.kind);
        const RelPath& name = below.is_root() ? start_.name : below;
        const bool is_copied =
            view_.copy && (view_.preset != Preset::none || spoken.rule != nullptr);
        if (is_copied || !is_settled(view_.preset, name, status, spoken)) {
            const std::scoped_lock lock(mutex_);
            met_.push_back({.below = start_.below.joined(below),
                            .name = start_.name.joined(below),
                            .status = status,
                            .spoken = spoken});
        }
        return view_.preset != Preset::none || spoken.goes_on;
    }

    std::vector<Met> take() {
        std::ranges::sort(met_,
                          [](const Met& one, const Met& other) { return one.below < other.below; });
        return std::move(met_);
    }

  private:
    [[nodiscard]] bool is_skipped(const RelPath& below) const {
        return !start_.skipped.empty() && std::ranges::binary_search(start_.skipped, below.text());
    }

    const Start& start_;
    const View& view_;
    std::mutex mutex_;
    std::vector<Met> met_;
};

}  // namespace

std::uint32_t bounded(std::uint32_t mode, std::uint32_t bound, Kind kind) {
    // Set-group-id and sticky of a folder open nothing on 0700, and come from the folder above.
    return kind == Kind::folder ? (mode & (bound | 03000U)) | 0700U : (mode & bound) | 0600U;
}

Walked walk_from(const Start& start,
                 const View& view,
                 unsigned threads,
                 system::FileReader& files,
                 system::TreeWalker& walker) {
    const system::Place place{.root = view.place.root, .path = view.place.path.joined(start.below)};
    Status status = view.status;
    if (!start.below.is_root()) {
        const auto looked = files.status(place);
        if (!looked) {
            return {};  // a link on the way, and nothing of ours behind it
        }
        status = *looked;
    }
    EntryVisitor visitor(start, view);
    Walked walked;
    if (start.walks && status.kind == Kind::folder) {
        std::vector<system::WalkError> met =
            walker.walk(place, threads, [&](const system::WalkEntry& entry) {
                return visitor.visit(entry.below, entry.status);
            });
        for (system::WalkError& one : met) {
            walked.problems.push_back(std::move(one.error));
        }
    } else {
        visitor.visit({}, status);
    }
    walked.met = visitor.take();
    return walked;
}

}  // namespace envkeep::keep
