// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/apply.hpp"
#include "envkeep/keep/save.hpp"
#include "envkeep/keep/undo.hpp"
#include "envkeep/posix/machine.hpp"
#include "unit/keep/keep_world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace envkeep::keep::testing {

// Sessions in a row with the way back between them: from the manifest, through what is there at
// each time, with the real files.
class Sessions : public ::testing::Test {
  protected:
    model::Plan restore() {
        model::Plan plan = world.plan();
        remember(carry_out(plan, "restore").restored);
        return plan;
    }

    SavePlan save() {
        SavePlan saving =
            plan_save(world.wanted(), {.state = state, .session = session}, world.files).value();
        model::Plan plan;
        plan.steps = saving.steps;
        const Applied applied = carry_out(plan, "save");
        state.files = records_after(saving, applied.outcome, world.files);
        world.observing.state = &state;
        return saving;
    }

    // The container goes with its home; the next one has what its image brings.
    void next_session() {
        world.tree.remove("root").folder("root");
        world.reopen();
        world.observing.state = nullptr;
        state = {};
        restore();
    }

    // Takes the newest run back.
    void undo_last() {
        const posix::Machine machine(posix::environment());
        const system::Place folder = world.resolving.store.place(store::names::journal);
        const auto runs = store::list_runs({folder}, machine, world.real_files).value();
        const UndoPlan plan =
            plan_undo(runs.front(),
                      {.home = {{.path = world.home(), .root = world.resolving.home}},
                       .store = {{.path = world.store(), .root = world.resolving.store.root}},
                       .places = {},
                       .sources = {}},
                      world.real_files);
        store::Journal journal(folder,
                               store::new_run("undo", world.home(), machine),
                               world.real_files,
                               world.real_files);
        static_cast<void>(apply_undo(plan, journal, world.real_files, world.real_files));
        world.real_files.forget_folders();
    }

    Applied carry_out(const model::Plan& plan, const std::string& command) {
        const posix::Machine machine(posix::environment());
        store::Journal journal(world.resolving.store.place(store::names::journal),
                               store::new_run(command, world.home(), machine),
                               world.real_files,
                               world.real_files);
        world.real_files.forget_folders();
        Applied applied = apply(plan,
                                {.journal = &journal, .home = world.resolving.home},
                                world.real_files,
                                world.real_files);
        for (const model::StepOutcome& step : applied.outcome.steps) {
            EXPECT_EQ(step.result, model::StepResult::done)
                << plan.steps[step.step].subject << ": "
                << (step.error ? step.error->message : std::string("skipped"));
        }
        world.real_files.forget_folders();
        return applied;
    }

    void remember(std::vector<store::RestoredFile> restored) {
        for (store::RestoredFile& file : restored) {
            std::erase_if(state.files, [&](const auto& one) { return one.place == file.place; });
            state.files.push_back(std::move(file));
        }
        world.observing.state = &state;
    }

    KeepWorld world;
    envkeep::testing::TempTree& tree = world.tree;
    store::SessionState state;
    const std::string session = "3f2a";
};

}  // namespace envkeep::keep::testing
