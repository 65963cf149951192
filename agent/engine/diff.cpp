// SPDX-License-Identifier: MIT
#include "envkeep/engine/diff.hpp"

#include "engine/layer_place.hpp"
#include "engine/note_findings.hpp"
#include "engine/package_groups.hpp"
#include "envkeep/packages/lock.hpp"
#include "envkeep/snapshot/image_listing.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view here = "here";
constexpr std::string_view image = "image";

// As listed at the first start with it; else what of it is still here.
Result<DiffSide> image_side(const World& world,
                            const Session& session,
                            const snapshot::LayerState& state) {
    DiffSide side{.name = std::string(image)};
    const Result<std::string> text =
        snapshot::load_image_lock(shelf_of(world, session), state.image);
    if (text) {
        ENVKEEP_TRY(packages::LockReading reading, packages::parse_lock(*text));
        side.inventory = std::move(reading.inventory);
        side.passed_over = std::move(reading.passed_over);
        return side;
    }
    ENVKEEP_TRY(side.inventory, inventory_of(world, session, state));
    keep_what_the_image_brought(side.inventory);
    return side;
}

}  // namespace

Result<DiffSide> diff_side(const World& world, const Session& session, const std::string& name) {
    ENVKEEP_CHECK(check_has_trees(world, false));
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    if (name == image) {
        return image_side(world, session, state);
    }
    if (name.empty() || name == here) {
        DiffSide side{.name = std::string(here)};
        ENVKEEP_TRY(side.inventory, inventory_of(world, session, state));
        return side;
    }
    const snapshot::Shelf shelf = shelf_of(world, session);
    ENVKEEP_TRY(const snapshot::SnapshotList list, snapshot::list_snapshots(shelf));
    ENVKEEP_TRY(const snapshot::Snapshot record, named_snapshot(list, name));
    ENVKEEP_TRY(const std::string text, snapshot::load_lock(shelf, record.lock));
    ENVKEEP_TRY(packages::LockReading reading, packages::parse_lock(text));
    return DiffSide{.name = record.id,
                    .inventory = std::move(reading.inventory),
                    .passed_over = std::move(reading.passed_over)};
}

Result<DiffReport> diff(const World& world,
                        const Session& session,
                        const std::string& before,
                        const std::string& after) {
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    std::string first = before;
    if (first.empty()) {
        first = state.here ? state.here->snapshot : std::string(image);
    }
    DiffReport report;
    ENVKEEP_TRY(report.before, diff_side(world, session, first));
    ENVKEEP_TRY(report.after, diff_side(world, session, after));
    for (const DiffSide& side : {std::cref(report.before), std::cref(report.after)}) {
        if (side.name == here) {
            report.findings = findings_of(side.inventory);
        }
    }
    report.comparison = packages::compare(report.before.inventory, report.after.inventory);
    return report;
}

}  // namespace envkeep::engine
