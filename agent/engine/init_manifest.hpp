// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/household.hpp"
#include "envkeep/git/home_repository.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// What init will do to the store's manifest: worked out before the first write.
struct ManifestPlan {
    std::string path;  // absolute
    bool is_new = false;
    std::string before;  // of one that is there; read only for an import
    std::string text;    // what it shall hold
    manifest::Reading reading;
    std::vector<std::string> imported;
    std::vector<model::Finding> findings;
    std::optional<git::HomeRepository> repository;  // becomes the dotfiles
};

// With problems in `reading` nothing may be done. Fails where a name or a folder is wrong (usage).
[[nodiscard]] Result<ManifestPlan> plan_manifest(const World& world,
                                                 const std::string& home,
                                                 const std::string& store_base,
                                                 const store::Platform& platform,
                                                 const InitOptions& init);

// Carries it out; an edit is journaled, so that `undo` takes it back.
[[nodiscard]] Result<void> write_manifest(const World& world,
                                          const Options& options,
                                          const store::Store& store,
                                          const ManifestPlan& plan,
                                          InitReport& report);

}  // namespace envkeep::engine
