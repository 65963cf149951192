// SPDX-License-Identifier: MIT
#include "engine/layer_progress.hpp"

#include "envkeep/store/layout.hpp"

#include <chrono>

namespace envkeep::engine {
namespace {

system::Place place_in(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state).child("progress");
}

}  // namespace

void LayerProgress::tell(std::string_view phase) {
    constexpr std::chrono::seconds pause{1};
    const SteadyTime now = world_.machine.steady_now();
    if (now - told_ < pause) {
        return;
    }
    told_ = now;
    // Only what people read while they wait.
    static_cast<void>(world_.writer->overwrite_own_file(place_in(home_), phase, 0600));
}

std::string LayerProgress::last(const World& world, system::RootId home) {
    constexpr std::uint64_t longest = 1000;
    return world.files.read_file(place_in(home), longest).value_or(std::string());
}

}  // namespace envkeep::engine
