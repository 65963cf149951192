// SPDX-License-Identifier: MIT
#include "engine/layer_traces.hpp"

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

void add_names(const snapshot::Layer& layer, std::map<std::string, Names>& by_folder) {
    for (const snapshot::Entry& entry : layer.entries) {
        const std::size_t slash = entry.path.rfind('/');
        if (slash != std::string::npos && entry.kind != snapshot::EntryKind::folder) {
            by_folder[entry.path.substr(0, slash)].push_back(entry.path.substr(slash + 1));
        }
    }
}

void remove_traces_in(const World& world, const system::Place& folder, const Names& names) {
    const Result<std::vector<system::Entry>> entries = world.files.list(folder);
    for (const system::Entry& entry : entries.value_or(std::vector<system::Entry>{})) {
        const bool is_ours = system::is_temporary_name(entry.name) &&
                             std::ranges::any_of(names, [&](const std::string& name) {
                                 return system::is_temporary_of(entry.name, name);
                             });
        if (!is_ours) {
            continue;
        }
        // What cannot go stays, and is no part of any snapshot.
        static_cast<void>(
            world.files.status(folder.child(entry.name)).and_then([&](const system::Status& seen) {
                return world.tree_writer->write_folder(folder).and_then(
                    [&](const auto& writer) { return writer->remove(entry.name, seen); });
            }));
    }
}

}  // namespace

void remove_traces(const World& world,
                   std::initializer_list<const snapshot::Layer*> layers,
                   const snapshot::Roots& roots) {
    std::map<std::string, Names> by_folder;
    for (const snapshot::Layer* const layer : layers) {
        add_names(*layer, by_folder);
    }
    for (const auto& [folder, names] : by_folder) {
        if (const Result<system::Place> place = roots.place_of(folder)) {
            remove_traces_in(world, *place, names);
        }
    }
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
