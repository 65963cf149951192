// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/engine/start.hpp"
#include "envkeep/git/working_copy.hpp"
#include "envkeep/gpu/diagnose.hpp"
#include "envkeep/gpu/run_probe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

struct DoctorOptions {
    std::optional<gpu::ProbeDepth> probe;  // asks the driver too
    std::string capture;                   // absolute path of a file to make; empty: none
};

struct DoctorReport {
    std::string home;
    std::string capture;  // the file that was made
    std::uint64_t capture_bytes = 0;
    std::vector<std::string> cards;  // "Tesla T4 (0000:00:05.0)"
    std::string highest_cuda;        // that the driver gives; empty: not known
    std::string data;                // the date of the compatibility data that were used
    std::string data_file;           // of the store, where they are not the program's own
    gpu::Facts facts;
    std::string not_probed;  // why, where it was asked for
    gpu::Diagnosis diagnosis;
    Ending ending = Ending::well;     // `gpu` if the cause lies between the card and the notebook
    bool wants_repositories = false;  // the manifest has `dotfiles` or `repos`
    std::vector<git::CopyReport>
        hosts;  // of their remotes, "ssh git@github.com", if they were asked
    std::vector<Timing> timings;
};

// Looks at the card, the driver, the container and the notebook's process, and names what is
// broken; with `probe` also loads the driver in a process of its own, which takes seconds where it
// hangs. Needs no store; where there is one, what its manifest wants of the GPU counts too, and
// what the last session had that was well. Fails only where there is no home, or where the capture
// cannot be made.
[[nodiscard]] Result<DoctorReport> examine(const World& world,
                                           const Options& options,
                                           const DoctorOptions& wishes);

// Asks the hosts of the manifest's dotfiles and repositories whether they answer and let this user
// in: each once, side by side, ten seconds at most. Adds to the report what they said. Does nothing
// with --no-network or --root. In processes of their own, so that none can hang this one.
void check_hosts(const World& world,
                 const Options& options,
                 const MakeWorld& make_world,
                 const Listener& listener,
                 DoctorReport& report);

// What files alone tell of the same hosts: warnings, added to the report. No network, and nothing
// with --root.
void look_at_hosts(const World& world, const Options& options, DoctorReport& report);

// What the manifest's `gpu:` wants and this machine has not, or cannot tell; empty where it wants
// nothing.
[[nodiscard]] std::vector<model::Finding> unmet_wishes(const World& world, const Session& session);

}  // namespace envkeep::engine
