// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/observe.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::keep {

struct ApplyContext {
    store::Journal* journal = nullptr;  // must be given; the caller ends it
    system::RootId home;
    std::optional<system::RootId> store;
    // False from the moment on in which nothing new may begin (limit reached): the rest is
    // `pending`, but for groups that left a gap in the home.
    std::function<bool()> may_go_on;
    // Told before and after each step.
    std::function<void(const model::Step&)> begins;
    std::function<void(const model::Step&, const model::StepOutcome&)> ended;
    std::function<SteadyTime()> clock;
    // Asked before something that nobody planned goes to the store: what a program wrote while the
    // plan was carried out. Empty: it may.
    std::function<bool()> may_change_store;
    // Called often while a step takes long: another container takes over what is not renewed.
    std::function<void()> renew;
};

struct Applied {
    model::Outcome outcome;
    std::vector<store::Aside> asides;           // what went out of the way, to be backed up
    std::vector<store::RestoredFile> restored;  // links and copies of files that were put there
};

// Carries out a plan. The old state of each place is checked again at the last moment; a step that
// fails loses nothing: what was there is there, or aside and named in the error.
[[nodiscard]] Applied apply(const model::Plan& plan,
                            const ApplyContext& context,
                            system::FileReader& files,
                            system::FileWriter& writer);

// Of links and copies that stood there as they are wanted before anything was carried out, and that
// are not `known`: a home may outlive its container, and what takes their place is to be saved too.
[[nodiscard]] std::vector<store::RestoredFile> records_in_order(
    const Wanted& wanted,
    const Observation& observation,
    const std::vector<store::RestoredFile>& known,
    system::FileReader& files);

}  // namespace envkeep::keep
