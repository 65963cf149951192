// SPDX-License-Identifier: MIT
#pragma once

#include "cli/globals.hpp"
#include "cli/progress.hpp"
#include "cli/render_plan.hpp"
#include "cli/slow_store.hpp"
#include "cli/view.hpp"
#include "envkeep/cli/run.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/engine/start.hpp"

#include <chrono>
#include <optional>

namespace envkeep::cli {

// What a command is given beside its own arguments. Costs nothing until it is asked.
class Context {
  public:
    Context(const Outside& outside, const Command& command, Globals globals)
        : outside_(outside), command_(command), globals_(std::move(globals)) {}

    [[nodiscard]] const Outside& outside() const { return outside_; }

    [[nodiscard]] const Command& command() const { return command_; }

    [[nodiscard]] const Globals& globals() const { return globals_; }

    [[nodiscard]] bool wants_json() const { return globals_.json; }

    [[nodiscard]] bool is_verbose() const { return globals_.verbose; }

    // Made at the first call.
    [[nodiscard]] Result<engine::World> world();

    // Makes it in a process of its own, after the fork.
    [[nodiscard]] engine::MakeWorld make_world() const;

    // With absolute paths; those that were typed relative start at the working folder.
    [[nodiscard]] Result<engine::Options> options();

    [[nodiscard]] Result<engine::Session> session();

    // From now on to the end of the command it is said where the store lets it wait; on a terminal
    // `session` does so for itself.
    void watch_store();

    // A path as typed, from the working folder on.
    [[nodiscard]] Result<std::string> absolute_path(const std::string& typed);

    // What `session` took, as timing "open", and then `others`.
    [[nodiscard]] std::vector<engine::Timing> timings(std::vector<engine::Timing> others) const;

    // Paths of this world's places.
    [[nodiscard]] AbsoluteOf absolute_of() const;

    // For the stream that people's text of this command goes to.
    [[nodiscard]] View view(std::string home = {}) const;
    // With what is kept in its usual place shown as "the store", unless --verbose was given.
    [[nodiscard]] View view(const engine::Session& session) const;
    [[nodiscard]] View error_view() const;

    // Shows progress on standard error where that is a terminal.
    [[nodiscard]] engine::Listener listener();

    // Takes the line of progress away: nothing may be written before.
    void end_progress() {
        slow_store_.reset();
        progress_.reset();
    }

  private:
    [[nodiscard]] View view_of(const system::Output& output) const;

    const Outside& outside_;
    const Command& command_;
    Globals globals_;
    std::optional<engine::World> world_;
    std::vector<engine::Timing> timings_;
    std::optional<Progress> progress_;
    std::optional<SlowStore> slow_store_;
};

}  // namespace envkeep::cli
