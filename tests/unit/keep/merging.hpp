// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/apply.hpp"
#include "envkeep/keep/merge.hpp"
#include "envkeep/keep/plan.hpp"
#include "envkeep/keep/save.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/processes.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::keep::testing {

// Several homes at once on one store, all with one file that is merged.
class Merging : public ::testing::Test {
  protected:
    explicit Merging(std::string name) : name_(std::move(name)) {
        tree.folder("store/home").folder("store/journal");
        store_ = files.open_root(tree / "store").value();
    }

    // What a session's home is to envkeep.
    struct Home {
        std::string name;
        system::RootId root;
        store::SessionState state{};
    };

    // A new session, with what the store has.
    Home session(const std::string& name) {
        tree.folder(name);
        Home home{.name = name, .root = files.open_root(tree / name).value()};
        bring(home);
        return home;
    }

    void bring(Home& home) {
        const Wanted wanted = wanted_by(home);
        ObserveContext observing;
        observing.state = home.state.files.empty() ? nullptr : &home.state;
        const Observation seen = observe(wanted, observing, files).value();
        PlanContext planning;
        planning.absolute = [&](const system::Place& place) { return files.absolute(place); };
        const model::Plan plan = make_plan(wanted, seen, planning);
        conflicts = plan.conflicts.size();
        for (store::RestoredFile& file : carry_out(home, plan, "restore").restored) {
            home.state.files = {std::move(file)};
        }
    }

    void write(const Home& home, std::string_view content) {
        tree.file(home.name + "/" + name_, content, 0600);
    }

    void append(const Home& home, std::string_view content) {
        write(home, tree.content(home.name + "/" + name_) + std::string(content));
    }

    [[nodiscard]] std::string stored() const { return tree.content("store/home/" + name_); }

    [[nodiscard]] std::string at_home(const Home& home) const {
        return tree.content(home.name + "/" + name_);
    }

    enum class Ends { as_always, killed_before_its_word };

    SavePlan save(Home& home, Ends end = Ends::as_always) {
        posix::Machine machine(posix::environment());
        Merger merger({.home = home.root,
                       .program = program,
                       .pythons = [&] { return pythons; },
                       .limit = limit},
                      machine,
                      files,
                      files,
                      &processes);
        const Wanted wanted = wanted_by(home);
        const std::string session = "3f2a";
        files.forget_folders();
        SavePlan saving =
            plan_save(wanted, {.state = home.state, .session = session, .merger = &merger}, files)
                .value();
        if (before_apply) {
            std::exchange(before_apply, {})();
        }
        model::Plan plan;
        plan.steps = saving.steps;
        applied = carry_out(home, plan, "save");
        if (end == Ends::killed_before_its_word) {
            return saving;
        }
        for (const model::StepOutcome& step : applied.outcome.steps) {
            if (step.result == model::StepResult::done && saving.after[step.step]) {
                merger.settle(std::get<model::CopyBack>(plan.steps[step.step].action).from);
            }
        }
        home.state.files = records_after(saving, applied.outcome, files);
        return saving;
    }

    Applied carry_out(const Home& home, const model::Plan& plan, const std::string& command) {
        const posix::Machine machine(posix::environment());
        store::Journal journal({.root = store_, .path = RelPath::parse("journal").value()},
                               store::new_run(command, tree / home.name, machine),
                               files,
                               files);
        files.forget_folders();
        Applied made =
            apply(plan, {.journal = &journal, .home = home.root, .store = store_}, files, files);
        files.forget_folders();
        return made;
    }

    Wanted wanted_by(const Home& home) {
        Wanted wanted{.store_path = tree / "store"};
        const RelPath path = RelPath::parse(name_).value();
        const RelPath source = RelPath::parse("home/" + name_).value();
        wanted.keeps.push_back({.subject = "~/" + name_,
                                .place = {.root = home.root, .path = path},
                                .source = {.root = store_, .path = source},
                                .target = tree / ("store/home/" + name_),
                                .form = Form::copy,
                                .merges = true,
                                .kind = manifest::KeepKind::file});
        return wanted;
    }

    envkeep::testing::TempTree tree;
    posix::Files files;
    posix::Processes processes;
    std::string_view program;
    std::vector<std::string> pythons;
    std::chrono::minutes limit{2};
    std::function<void()> before_apply;  // once
    Applied applied;
    std::size_t conflicts = 0;

  private:
    std::string name_;
    system::RootId store_;
};

}  // namespace envkeep::keep::testing
