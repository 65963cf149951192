// SPDX-License-Identifier: MIT
#pragma once

#include "engine/unpack_in_batches.hpp"
#include "envkeep/keep/aside.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace envkeep::engine {

// What has the very bytes that come (or none yet, where a restore was killed) need not go aside: it
// is replaced. Of the plan of that layer.
void spare_what_is_not_lost(const snapshot::Layer& layer,
                            const snapshot::Roots& roots,
                            bool is_resumed,
                            system::FileReader& files,
                            snapshot::LayerPlan& plan);

// What stands in the way of a layer, and is neither the image's nor in the store, goes aside:
// journaled, listed, backed up, as what stands in the way of a keep. It comes back where nothing
// has taken its place after all. Call, layer and roots must outlive it.
class LayerAsides {
  public:
    LayerAsides(const RestoreCall& call,
                const snapshot::Layer& layer,
                const snapshot::Roots& roots);

    // For the steps of these entries (sorted), whose bytes must be proven. What could not make room
    // loses its step, and the group of its entry is given.
    [[nodiscard]] Result<std::set<std::uint32_t>> make_room(
        const std::vector<std::size_t>& entries, std::vector<snapshot::LayerStep>& steps);

    // What still stands at these paths, as layers have them. False where something could not go.
    [[nodiscard]] Result<bool> put_away(const std::vector<std::string>& paths);

    // After each unpacking.
    void give_back_where_nothing_came();

    // Tells what is aside now.
    [[nodiscard]] Result<void> finish(LayerRestoreReport& report);

  private:
    struct Gone {
        store::Aside aside;
        system::Place from;
    };

    [[nodiscard]] Result<void> move(const snapshot::Entry& entry, const system::Place& place);
    void back_up_from(std::size_t first);
    void remember_only_here();
    void say_aside(LayerRestoreReport& report) const;

    const RestoreCall& call_;
    const snapshot::Layer& layer_;
    const snapshot::Roots& roots_;
    store::Journal journal_;
    keep::AsidePlaces places_;
    std::vector<Gone> gone_;
    std::vector<std::string> only_here_;  // originals without a backup
    std::vector<model::Finding> blocked_;
};

}  // namespace envkeep::engine
