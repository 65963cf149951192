// SPDX-License-Identifier: MIT
#include "engine/layer_progress.hpp"

#include "engine/notice_file.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::uint64_t longest_progress = 1000;
constexpr std::string_view coming_end = "; 'envkeep wait' waits for it";

system::Place place_in(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state).child("progress");
}

// In the place of what the notice said of packages that are coming; nothing where a terminal has
// shown it already.
void renew_notice(const World& world, system::RootId home, const std::string& line) {
    change_notice(world, home, [&](const std::string& before) {
        std::string after;
        bool had_one = false;
        for (const std::string_view one : split(trimmed(before), '\n')) {
            const bool is_it = one.ends_with(coming_end);
            had_one = had_one || is_it;
            const std::string_view kept = is_it ? std::string_view(line) : one;
            after += after.empty() || kept.empty() ? "" : "\n";
            after += kept;
        }
        return had_one ? std::optional(std::move(after)) : std::nullopt;
    });
}

}  // namespace

std::string coming_notice(std::string_view phase) {
    return fmt::format("envkeep: {}{}", printable(phase), coming_end);
}

void LayerProgress::tell(std::string_view phase) {
    constexpr std::chrono::seconds pause{1};
    const SteadyTime now = world_.machine.steady_now();
    if (now - told_ < pause) {
        return;
    }
    told_ = now;
    // Only what people read while they wait.
    static_cast<void>(world_.writer->overwrite_own_file(place_in(home_), phase, 0600));
    renew_notice(world_, home_, coming_notice(phase));
}

void LayerProgress::end(bool is_whole, std::size_t aside) {
    std::string line;
    if (!is_whole) {
        line = "envkeep: not all of the snapshot came back; see 'envkeep status'";
    } else if (aside > 0) {
        line = fmt::format("envkeep: the snapshot is here; {} went aside for it, see 'envkeep log'",
                           counted(aside, "thing"));
    }
    renew_notice(world_, home_, line);
}

std::string LayerProgress::last(const World& world, system::RootId home) {
    return world.files.read_file(place_in(home), longest_progress).value_or(std::string());
}

}  // namespace envkeep::engine
