// SPDX-License-Identifier: MIT
#include "engine/full_home.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace envkeep::engine {
namespace {

system::Place state_folder(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state);
}

// Noise, which no file system makes smaller.
std::string content_of_spare(std::uint64_t bytes) {
    std::string content(bytes, '\0');
    std::uint64_t noise = 0x9E3779B97F4A7C15U;
    for (char& byte : content) {
        noise ^= noise << 13U;
        noise ^= noise >> 7U;
        noise ^= noise << 17U;
        byte = static_cast<char>(noise);
    }
    return content;
}

// Room for the state as it is, and as it may grow to meanwhile. Where it would be felt there is
// none.
void keep_spare(const World& world, system::RootId home) {
    constexpr std::uint64_t least = 16U << 10U;
    constexpr std::uint64_t share = 16;
    const auto state = world.files.status(state_folder(home).child("session.json"));
    const auto spare = world.files.status(state_folder(home).child("spare"));
    if (!state || !spare || spare->size >= state->size + least) {
        return;
    }
    const std::uint64_t wanted = 2 * (state->size + least);
    const auto space = world.files.space(home);
    if (space && space->holds(share * wanted, share)) {
        static_cast<void>(world.writer->overwrite_own_file(
            state_folder(home).child("spare"), content_of_spare(wanted), 0600));
    }
}

// Its size; none if there was none.
std::optional<std::uint64_t> give_spare_up(const World& world, system::RootId home) {
    const system::Place place = state_folder(home).child("spare");
    const auto spare = world.files.status(place);
    const bool is_gone = spare && spare->kind == system::Kind::file &&
                         world.writer->remove_file(place, *spare).has_value();
    return is_gone ? std::optional(spare->size) : std::nullopt;
}

// At once, from what the older state had: whoever fills the disk takes the rest.
void take_spare_again(const World& world, system::RootId home, std::uint64_t most) {
    constexpr std::uint64_t least = 4096;
    for (std::uint64_t bytes = most; bytes >= least; bytes /= 2) {
        if (world.writer->overwrite_own_file(
                state_folder(home).child("spare"), content_of_spare(bytes), 0600)) {
            return;
        }
    }
}

model::Finding home_is_full(const Session& session, std::string evidence) {
    return {.id = "home-full",
            .severity = model::Severity::warning,
            .subject = "home",
            .title =
                "the disk of the home is full: envkeep may not be able to remember what it "
                "saved and restored",
            .evidence = {std::move(evidence)},
            .fix = {.commands = {fmt::format("du -xhd2 {} | sort -h | tail",
                                             shell_quoted(session.home_path))},
                    .text = "remove what is large and not needed, then run 'envkeep save'; what "
                            "is saved is in the store all the same"}};
}

}  // namespace

Result<void> save_state_in_full_home(const World& world,
                                     system::RootId home,
                                     const store::SessionState& state) {
    Result<void> saved = store::save_state(home, state, *world.writer);
    if (!saved && saved.error().kind == ErrorKind::no_space) {
        if (const std::optional<std::uint64_t> spare = give_spare_up(world, home)) {
            saved = store::save_state(home, state, *world.writer);
            take_spare_again(world, home, *spare);
            return saved;
        }
    }
    if (saved) {
        keep_spare(world, home);
    }
    return saved;
}

std::optional<model::Finding> full_home(const World& world, const Session& session) {
    constexpr std::uint64_t least = 16U << 10U;
    const Result<system::Space> space = world.files.space(session.home);
    if (!space || space->holds(least, 1)) {
        return std::nullopt;
    }
    return home_is_full(session,
                        fmt::format("{}: {} of {} are free",
                                    printable(session.home_path),
                                    human_size(space->free),
                                    human_size(space->total)));
}

model::Finding not_remembered(const Session& session, const Error& error) {
    return home_is_full(session, error.message);
}

}  // namespace envkeep::engine
