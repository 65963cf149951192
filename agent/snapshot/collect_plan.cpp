// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/collect.hpp"
#include "snapshot/store_names.hpp"

#include <algorithm>
#include <map>

namespace envkeep::snapshot {
namespace {

// Newest first: by the numbers of their refs, as a restore has it, whatever their clocks said.
std::vector<const Snapshot*> of_profile(const SnapshotList& list, const std::string& profile) {
    std::map<std::string, const Snapshot*> left;  // by id
    for (const Snapshot& snapshot : list.snapshots) {
        left.emplace(snapshot.id, &snapshot);
    }
    std::vector<const Snapshot*> found;
    for (auto ref = list.refs.rbegin(); ref != list.refs.rend(); ++ref) {
        if (ref->profile != profile) {
            continue;
        }
        if (const auto named = left.extract(ref->snapshot); !named.empty()) {
            found.push_back(named.mapped());
        }
    }
    return found;
}

void keep_of_profile(const std::vector<const Snapshot*>& newest_first,
                     WallTime now,
                     const KeepRule& rule,
                     std::set<std::string>& kept) {
    constexpr std::size_t date = std::string_view("2026-11-20").size();
    const std::string first_day = utc_text(now - rule.days * std::chrono::hours(24));
    std::set<std::string> days;
    std::set<std::string> images;
    for (std::size_t i = 0; i < newest_first.size(); ++i) {
        const Snapshot& snapshot = *newest_first[i];
        const bool is_first_of_day =
            snapshot.created > first_day && days.insert(snapshot.created.substr(0, date)).second;
        // On its own image nothing else brings all of it back.
        const bool is_first_of_image =
            images.size() < rule.images && images.insert(snapshot.image).second;
        if (i < std::max(rule.last, 1U) || is_first_of_day || is_first_of_image) {
            kept.insert(snapshot.id);
        }
    }
}

class CollectPlanner {
  public:
    CollectPlanner(const SnapshotList& list, const std::set<std::string>& kept, const Stock& stock)
        : list_(list), kept_(kept), stock_(stock) {}

    GcPlan plan() {
        plan_.refs = list_.refs;
        plan_.blocked = list_.problems;
        plan_.blocked.insert(plan_.blocked.end(), stock_.problems.begin(), stock_.problems.end());
        sweep();
        if (plan_.blocked.empty()) {
            drop_snapshots();
            drop_unused(stock_.records);
            drop_unused(stock_.manifests);
            drop_unused(stock_.packs);
            name_thin();
        }
        return std::move(plan_);
    }

  private:
    [[nodiscard]] bool is_young(WallTime modified) const { return modified > stock_.now - grace; }

    [[nodiscard]] bool stays(const std::string& snapshot) const {
        return kept_.contains(snapshot) || stock_.young.contains(snapshot);
    }

    void sweep() {
        const std::set<std::string> standing = paths_of_stock();
        for (const StoredFile& file : stock_.trash) {
            const std::string_view name =
                std::string_view(file.path).substr(store::names::trash.size() + 1);
            const auto since = time_of_trash(name);
            if (!since) {
                continue;
            }
            const std::string path = path_of_trash(name);
            if (stock_.used.contains(path) && !standing.contains(path)) {
                plan_.to_take_back.push_back(file);
            } else if (!is_young(*since) && plan_.blocked.empty()) {
                remove(file);
            }
        }
        for (const StoredFile& file : stock_.temporaries) {
            if (!is_young(file.modified)) {
                remove(file);
            }
        }
    }

    [[nodiscard]] std::set<std::string> paths_of_stock() const {
        std::set<std::string> paths;
        for (const auto* files : {&stock_.packs, &stock_.manifests, &stock_.records}) {
            for (const StoredFile& file : *files) {
                paths.insert(file.path);
            }
        }
        return paths;
    }

    void remove(const StoredFile& file) {
        plan_.to_remove.push_back(file);
        plan_.bytes_to_remove += file.bytes;
    }

    void drop_snapshots() {
        for (const Snapshot& snapshot : list_.snapshots) {
            if (!stays(snapshot.id)) {
                plan_.snapshots.push_back(snapshot.id);
            }
        }
        for (const Ref& ref : list_.refs) {
            if (!stays(ref.snapshot)) {
                plan_.to_trash.push_back({.path = path_of(ref)});
            }
        }
    }

    void drop_unused(const std::vector<StoredFile>& files) {
        for (const StoredFile& file : files) {
            if (!stock_.used.contains(file.path) && !is_young(file.modified)) {
                plan_.to_trash.push_back(file);
                plan_.bytes_to_trash += file.bytes;
            }
        }
    }

    void name_thin() {
        for (const auto& [pack, use] : stock_.packs_in_use) {
            if (use.live < use.total / 2) {
                plan_.thin.push_back({.pack = pack, .use = use});
            }
        }
    }

    const SnapshotList& list_;
    const std::set<std::string>& kept_;
    const Stock& stock_;
    GcPlan plan_;
};

}  // namespace

std::set<std::string> choose_kept(const SnapshotList& list,
                                  const std::vector<std::string>& needed,
                                  WallTime now,
                                  const KeepRule& rule) {
    std::set<std::string> kept(needed.begin(), needed.end());
    std::set<std::string> profiles;
    for (const Ref& ref : list.refs) {
        profiles.insert(ref.profile);
    }
    for (const std::string& profile : profiles) {
        keep_of_profile(of_profile(list, profile), now, rule, kept);
    }
    return kept;
}

GcPlan plan_gc(const SnapshotList& list, const std::set<std::string>& kept, const Stock& stock) {
    return CollectPlanner(list, kept, stock).plan();
}

}  // namespace envkeep::snapshot
