// SPDX-License-Identifier: MIT
#pragma once

#include "engine/git_jobs.hpp"
#include "envkeep/engine/restore.hpp"

#include <functional>

namespace envkeep::engine {

// The git work of a start: begun once the keys are in place, waited for as long as its share of the
// start's limit lasts, and gone on with in the background.
class CopiesAtStart {
  public:
    CopiesAtStart(const Options& options, const Session& session, const MakeWorld& make_world);

    // Adds what became of them to the report, and links what came with the dotfiles while
    // `may_go_on` allows it.
    void finish(const World& world,
                Session& session,
                SteadyTime until,
                const std::function<bool()>& may_go_on,
                RestoreReport& report);

    // In the background: true once all are over; then what came too late for the start is in the
    // notice for the first terminal.
    [[nodiscard]] bool settle(const World& world, const Options& options);

    // Ends what is not over, and takes away what that leaves.
    void end(const World& world);

    // For a process that would end otherwise.
    void wait_to_the_end();

  private:
    GitJobs jobs_;
    std::vector<std::string> late_;  // subjects
};

}  // namespace envkeep::engine
