// SPDX-License-Identifier: MIT
#include "engine/layer_traces.hpp"

#include "engine/remove_seen.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/system/temporary_name.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace envkeep::engine {
namespace {

using Names = std::vector<std::string>;

// In one folder; both are below "/".
void find_in(const World& world,
             const system::Place& place,
             const std::string& folder,
             const Names& names,
             std::vector<snapshot::LayerRemoval>& found) {
    const Result<std::vector<system::Entry>> entries = world.files.list(place);
    for (const system::Entry& entry : entries.value_or(std::vector<system::Entry>{})) {
        const bool is_ours = system::is_temporary_name(entry.name) &&
                             std::ranges::any_of(names, [&](const std::string& name) {
                                 return system::is_temporary_of(entry.name, name);
                             });
        const Result<system::Status> seen =
            is_ours ? world.files.status(place.child(entry.name)) : system::Status{};
        if (seen && seen->kind != system::Kind::absent) {
            found.push_back({.path = folder + '/' + entry.name, .seen = *seen});
        }
    }
}

}  // namespace

std::vector<snapshot::LayerRemoval> traces_beside(const World& world,
                                                  const std::vector<std::string>& paths,
                                                  const snapshot::Roots& roots) {
    std::map<std::string, Names> by_folder;
    for (const std::string& path : paths) {
        const std::size_t slash = path.rfind('/');
        if (slash != std::string::npos) {
            by_folder[path.substr(0, slash)].push_back(path.substr(slash + 1));
        }
    }
    std::vector<snapshot::LayerRemoval> found;
    for (const auto& [folder, names] : by_folder) {
        if (const Result<system::Place> place = roots.place_of(folder)) {
            find_in(world, *place, folder, names, found);
        }
    }
    return found;
}

void remove_traces(const World& world,
                   std::initializer_list<const snapshot::Layer*> layers,
                   const snapshot::Roots& roots) {
    std::vector<std::string> paths;
    for (const snapshot::Layer* const layer : layers) {
        for (const snapshot::Entry& entry : layer->entries) {
            if (entry.kind != snapshot::EntryKind::folder) {
                paths.push_back(entry.path);
            }
        }
    }
    // What cannot go stays, and is no part of any snapshot.
    static_cast<void>(remove_seen(world, roots, traces_beside(world, paths, roots)));
}

Result<WallTime> time_past_all_writes(const World& world, const Session& session) {
    // The kernel's clock for files moves in steps.
    constexpr std::chrono::milliseconds clock_step{20};
    constexpr int most_looks = 50;  // a clock may be set back meanwhile
    const auto look = [&] {
        return snapshot::file_system_now(session.home, world.files, *world.writer);
    };
    ENVKEEP_TRY(const WallTime last, look());
    WallTime now = last;
    for (int looks = 0; now <= last + clock_step && looks < most_looks; ++looks) {
        std::this_thread::sleep_for(clock_step / 4);
        ENVKEEP_TRY(now, look());
    }
    return now - clock_step;
}

}  // namespace envkeep::engine
