// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/restore.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/store/start_mark.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {

// Steps of a start beside those that `start_step_of` names.
inline constexpr std::string_view comparing_step = "comparing home and store";
inline constexpr std::string_view snapshot_step = "the packages of the snapshot";
inline constexpr std::string_view copies_step = "dotfiles and repositories";

// What a step of a plan is to a start: its subject, where bytes are read or written; all plain
// links, modes and folders are one.
[[nodiscard]] std::string start_step_of(const model::Step& step);

// Says in the store where a start is, and knows the step that killed the last two: this one leaves
// it out, so that the rest comes up. `envkeep restore` does it by hand.
class StartSteps {
  public:
    StartSteps(const World& world, const Session& session);

    // The step that is left out; empty, mostly.
    [[nodiscard]] const std::string& left_out() const { return left_out_; }

    // False if it is left out.
    [[nodiscard]] bool begin(std::string_view step);

    // All are done, or left out.
    void end();

    [[nodiscard]] std::optional<model::Finding> finding() const;

  private:
    const World& world_;
    const Session& session_;
    store::StartMark mark_;
    std::vector<store::KilledStart> killed_;
    std::string left_out_;
};

}  // namespace envkeep::engine
