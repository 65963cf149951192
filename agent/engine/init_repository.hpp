// SPDX-License-Identifier: MIT
#pragma once

#include "engine/init_manifest.hpp"

#include <string>

namespace envkeep::engine {

// Whether the path is a repository of git, or the home with one of its own.
[[nodiscard]] bool names_repository(const World& world,
                                    const std::string& home,
                                    const std::string& path);

// Works out how the repository that `--import` names becomes the dotfiles of the manifest in
// `plan`; nothing where it names none. Fails where that cannot be.
[[nodiscard]] Result<void> plan_repository(const World& world,
                                           const std::string& home,
                                           const std::string& store_base,
                                           const InitOptions& init,
                                           ManifestPlan& plan);

// Makes its working copy in the store and the section of the manifest; journaled, so that `undo`
// takes both back.
[[nodiscard]] Result<void> import_repository(const World& world,
                                             const Options& options,
                                             const ManifestPlan& plan,
                                             const Listener& listener,
                                             InitReport& report);

}  // namespace envkeep::engine
