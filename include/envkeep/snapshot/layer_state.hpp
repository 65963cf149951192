// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// Which snapshot, and the layer that it names.
struct LayerRef {
    std::string layer;     // name in `manifests/`
    std::string snapshot;  // id
    std::string profile;
    std::uint32_t number = 0;  // of the ref

    friend bool operator==(const LayerRef&, const LayerRef&) = default;
};

// Why the last snapshot that should have been taken was not.
struct Refusal {
    std::string problem;
    std::string hint;
    WallTime at{};
    std::uint64_t gc_frees = 0;  // bytes, where room was what it lacked

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

// What this container remembers of its layer, in HOME/.envkeep-state/layer.json. Times are those of
// the home's own file system, which no other clock is compared with.
struct LayerState {
    system::Container container;
    std::string store_id;
    std::string image;         // fingerprint; empty: not taken yet
    std::string apt_key;       // of the image's dpkg status; empty: not known, or there is none
    WallTime session_began{};  // what changed since is the session's
    // By the clock that `session_began` is by: a start that is earlier now tells that the clock was
    // set back since. None: the machine hides it.
    std::optional<WallTime> container_start;
    // What changed before then is the image's. None: containers before this one used the disk, and
    // nothing tells what they did to it.
    std::optional<WallTime> image_until;
    std::optional<WallTime> disk;  // its mark, see mark_disk; none: the home lies on another mount
    std::optional<LayerRef> here;  // last restored whole, or captured, here
    // What was changed before then is as `here` says, if it looks so.
    std::optional<WallTime> holds_until;
    std::optional<LayerRef> coming;           // being restored: more of it is to come
    std::optional<system::ProcessId> worker;  // that brings it, if it is alive
    // Layers of which restores were begun since `here` was settled: of what they brought some may
    // stand here.
    std::vector<LayerRef> begun;
    // Taken on another image: what of it fits here was restored, once. `here` does not claim it.
    std::optional<LayerRef> partly;
    // Kept Debian packages (names in `packages/apt/`) that dpkg is to put back in the background.
    std::vector<std::string> debs;
    // Groups of the layer that this machine does not get, as text, and why.
    std::vector<std::string> not_here;
    std::vector<std::string> cures;  // the commands that install it
    // Places of packed keeps that `here` (or `coming`) holds, absolute.
    std::vector<std::string> packed;
    // Python environments that `here` (or `partly`) holds, absolute.
    std::vector<std::string> environments;
    std::optional<Refusal> refused;  // since the last one that was taken
    // What the last snapshot that was taken by itself lacks, and why.
    std::vector<std::string> left_out;

    friend bool operator==(const LayerState&, const LayerState&) = default;
};

// None if there is none, if it is unreadable, or another container's. That of a container before on
// the very same disk, which was stopped and started, goes on.
[[nodiscard]] std::optional<LayerState> load_layer_state(system::RootId home,
                                                         const system::Container& container,
                                                         system::FileReader& files);

// Whether a state is there, whoever's.
[[nodiscard]] bool has_layer_state(system::RootId home, system::FileReader& files);

// The time of change of a file that is written for it: no call can set that, so that no copy of the
// disk has it too.
[[nodiscard]] Result<WallTime> mark_disk(system::RootId home,
                                         system::FileReader& files,
                                         system::FileWriter& writer);

// Makes the folder (0700) if missing; the file appears whole.
[[nodiscard]] Result<void> save_layer_state(system::RootId home,
                                            const LayerState& state,
                                            system::FileWriter& writer);

// What of `partly` came back here, as a layer, in HOME/.envkeep-state/partly.layer.
[[nodiscard]] Result<void> save_part(system::RootId home,
                                     const Layer& part,
                                     system::FileWriter& writer);
[[nodiscard]] Result<Layer> load_part(system::RootId home, system::FileReader& files);
// When that was, by the clock of the home's file system; none where there is none.
[[nodiscard]] std::optional<WallTime> part_saved_at(system::RootId home, system::FileReader& files);

// The clock of the home's file system now, as the time of change of a file just written there.
[[nodiscard]] Result<WallTime> file_system_now(system::RootId home,
                                               system::FileReader& files,
                                               system::FileWriter& writer);

}  // namespace envkeep::snapshot
