// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/restore.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep::engine {

// Makes the worker's own world after the fork, so that the parent opens no store path.
using MakeWorld = std::function<World()>;

struct StartOutput {
    std::function<void(std::string_view)> exports;  // standard output: lines for eval
    std::function<void(std::string_view)> text;     // standard error: quiet words
};

// A report as people and programs read it.
struct RenderedReport {
    std::string text;  // several lines; empty if there is nothing to say
    std::string json;
    std::string notice;      // one line for the first terminal; empty if there is nothing to say
    std::string gpu_notice;  // one line for the first cell; empty if the GPU is not broken
};

// Renders a report; the error, if the session could not even be opened.
using RenderReport = std::function<RenderedReport(const Result<RestoreReport>&)>;

struct StartResult {
    Ending ending = Ending::well;  // without --start; the exit status is 0 all the same
    std::string json;              // of the worker's report, if it came in time
    std::optional<Error> error;    // why it did not come: the limit passed, the worker was killed
};

// `restore --start` (P1): returns in time whatever is broken. A worker does everything and lives on
// as the session's background process; the parent waits for it no longer than the limit, and then
// leaves word of that in the home.
[[nodiscard]] StartResult restore_at_start(const Options& options,
                                           std::chrono::milliseconds default_limit,
                                           const MakeWorld& make_world,
                                           const RenderReport& render,
                                           const StartOutput& output);

}  // namespace envkeep::engine
