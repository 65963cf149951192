// SPDX-License-Identifier: MIT
#include "engine/spared_databases.hpp"

#include "engine/prune_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::engine {

using snapshot::Layer;
using snapshot::OpenDatabase;
using snapshot::PackReport;

SparedDatabases::SparedDatabases(const World& world,
                                 const snapshot::Roots& roots,
                                 const Layer& layer,
                                 WallTime looked_for)
    : world_(world),
      roots_(roots),
      looked_for_(looked_for),
      open_(snapshot::open_databases(layer, roots, world.files)) {}

std::optional<std::vector<std::string>> SparedDatabases::take_out(Layer& layer,
                                                                  PackReport& packs,
                                                                  const Layer* base) const {
    std::vector<OpenDatabase> torn;
    std::ranges::copy_if(open_, std::back_inserter(torn), [&](const OpenDatabase& one) {
        return snapshot::is_written_to(one, looked_for_, roots_, world_.files);
    });
    // Also one with nothing beside it when it was looked for.
    for (const std::size_t i : packs.changed) {
        const std::string& path = layer.entries[i].path;
        const bool is_known = std::ranges::find(torn, path, &OpenDatabase::path) != torn.end();
        if (!is_known && snapshot::is_database(path, roots_, world_.files)) {
            torn.push_back({.path = path, .entries = {i}, .paths = {}});
        }
    }
    std::vector<std::string> told;
    for (const OpenDatabase& database : torn) {
        bool has_older = false;
        for (const std::size_t i : database.entries) {
            const bool is_taken = base != nullptr && take_from(layer, i, *base);
            has_older = has_older || (is_taken && layer.entries[i].path == database.path);
            if (!is_taken) {
                packs.gone.push_back(i);
            }
            std::erase(packs.changed, i);
        }
        told.push_back(fmt::format(
            "/{}: {}", database.path, has_older ? "as the snapshot before has it" : "left out"));
    }
    return told.empty() ? std::nullopt : std::optional(std::move(told));
}

}  // namespace envkeep::engine
