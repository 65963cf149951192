// SPDX-License-Identifier: MIT
#include "engine/exports_file.hpp"

#include "envkeep/keep/exports.hpp"

namespace envkeep::engine {
namespace {

constexpr std::uint64_t largest_exports = 1U << 20U;

system::Place place_in(const store::Store& store) {
    return store.place(store::names::reports).child("exports.sh");
}

}  // namespace

std::string last_good_exports(const World& world, const store::Store& store) {
    return keep::whole_exports(
        world.files.read_file(place_in(store), largest_exports).value_or(""));
}

Result<void> keep_exports(const World& world,
                          const store::Store& store,
                          const std::string& exports) {
    if (store.is_read_only || last_good_exports(world, store) == exports) {
        return {};
    }
    return world.writer->overwrite_own_file(place_in(store), exports, 0600);
}

std::string exports_of(const World& world, const Session& session) {
    return keep::exports_text(keep::make_exports(
        session.manifest, [&](std::string_view name) { return world.machine.variable(name); }));
}

}  // namespace envkeep::engine
