// SPDX-License-Identifier: MIT
#pragma once

#include "engine/deletion_group.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/packages/ownership.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/layer_state.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What is installed here now.
[[nodiscard]] Result<packages::Inventory> inventory_of(const World& world,
                                                       const Session& session,
                                                       const snapshot::LayerState& state);

// Where it is looked for. Environments count two levels below the home and the folders that the
// manifest includes; those that lie deeper where the state names them.
[[nodiscard]] packages::InventoryOptions inventory_options(const Session& session,
                                                           const snapshot::LayerState& state);

// The folders, absolute in this machine, of all Python environments that a layer holds.
[[nodiscard]] std::vector<std::string> environments_in(const snapshot::Layer& layer,
                                                       const Session& session);

// Whether the inventory was taken of all these environments too.
[[nodiscard]] bool knows_all(const packages::Inventory& inventory,
                             const std::vector<std::string>& environments);

// What a session removed from its image is told by nothing but the image itself.
void keep_what_the_image_brought(packages::Inventory& inventory);

// Tells which group a path of the session comes back with: its package, else the folder it lies in.
class PackageGroups {
  public:
    [[nodiscard]] static Result<PackageGroups> of(const World& world,
                                                  const Session& session,
                                                  const snapshot::LayerState& state,
                                                  const packages::Inventory& inventory);

    [[nodiscard]] snapshot::Group group_of(const std::string& path) const;
    // Of what the image has and the session had no more.
    [[nodiscard]] snapshot::Group group_of_deleted(const std::string& path) const;

  private:
    PackageGroups(std::vector<packages::Package> owners,
                  packages::Ownership ownership,
                  Landmarks landmarks)
        : owners_(std::move(owners)),
          ownership_(std::move(ownership)),
          landmarks_(std::move(landmarks)) {}

    std::vector<packages::Package> owners_;
    packages::Ownership ownership_;
    Landmarks landmarks_;
};

}  // namespace envkeep::engine
