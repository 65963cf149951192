// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/plan.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/inspector.hpp"
#include "envkeep/system/machine.hpp"
#include "envkeep/system/network.hpp"
#include "envkeep/system/processes.hpp"
#include "envkeep/system/tree_content.hpp"
#include "envkeep/system/tree_modes.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {

// Everything outside the program, as one parameter.
struct World {
    system::FileReader& files;
    system::FileWriter* writer = nullptr;  // none with --root: that machine is only looked at
    system::Machine& machine;
    system::TreeWalker& walker;
    system::TreeReader* trees = nullptr;           // none where no snapshot is read or taken
    system::TreeWriter* tree_writer = nullptr;     // none with --root too
    system::Processes* processes = nullptr;        // none where no other program is run
    const system::Inspector* inspector = nullptr;  // none where nothing is diagnosed
    system::Network* network = nullptr;            // none where nothing is fetched
    std::optional<std::string> own_binary;         // absolute path of the running program
    // How long a command waits where another envkeep changes the store.
    std::chrono::milliseconds claim_patience{0};
};

// What every command takes.
struct Options {
    std::optional<std::string> store;     // --store: the persistent folder
    std::optional<std::string> home;      // --home
    std::optional<std::string> manifest;  // --manifest
    std::optional<std::string> root;      // --root
    bool no_network = false;
};

// How a story ended, in the order in which one hides another; see cli/exit_code.cpp.
enum class Ending {
    well,
    findings,  // findings or drift
    network,
    gpu,
    partly,  // conflicts, or steps that failed
    time_limit,
    busy,
    usage,  // usage or manifest
    no_store,
    internal,
};

// Told while a long story goes on.
struct Listener {
    std::function<void(std::string_view)> phase;  // "comparing ~/.local with the store"
    std::function<void(const model::Step&)> begins;
    std::function<void(const model::Step&, const model::StepOutcome&)> ended;
};

struct Timing {
    std::string name;  // "manifest", "observe", "plan", "apply", ...
    std::chrono::nanoseconds took{};
};

}  // namespace envkeep::engine
