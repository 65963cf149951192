// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/apply.hpp"
#include "envkeep/keep/undo.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/store/journal.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::keep::testing {

// The folders `home` and `store` below a folder, opened.
struct HomeAndStore {
    explicit HomeAndStore(const std::string& base)
        : home_path(base + "/home"),
          store_path(base + "/store"),
          home(files.open_root(home_path).value()),
          store(files.open_root(store_path).value()),
          machine(posix::environment()) {}

    [[nodiscard]] system::Place at_home(std::string_view path) const {
        return {.root = home, .path = RelPath::parse(path).value()};
    }

    [[nodiscard]] system::Place in_store(std::string_view path) const {
        return {.root = store, .path = RelPath::parse(path).value()};
    }

    // The text of a link to a path in the store.
    [[nodiscard]] std::string source(std::string_view path) const {
        return store_path + "/" + std::string(path);
    }

    [[nodiscard]] system::Status seen(const system::Place& place) {
        files.forget_folders();
        return files.status(place).value();
    }

    [[nodiscard]] store::Journal journal(system::FileWriter& writer,
                                         const std::string& command = "restore") {
        return {in_store("journal"), store::new_run(command, home_path, machine), files, writer};
    }

    [[nodiscard]] std::vector<store::RunRecord> runs() {
        return store::list_runs({in_store("journal")}, machine, files).value();
    }

    // With a manifest that keeps all that the runs linked into the store.
    [[nodiscard]] Reach reach() {
        Reach reach{.home = {{.path = home_path, .root = home}},
                    .store = {{.path = store_path, .root = store}}};
        for (const store::RunRecord& run : runs()) {
            for (const store::RunRecord::Item& item : run.items) {
                for (const std::string& target : {item.change.text, item.change.other}) {
                    if (target.starts_with(store_path + "/")) {
                        reach.links.push_back({.path = item.change.path, .target = target});
                    }
                }
            }
        }
        return reach;
    }

    posix::Files files;
    std::string home_path;
    std::string store_path;
    system::RootId home;
    system::RootId store;
    posix::Machine machine;
};

// One group of steps after the other.
class PlanOf {
  public:
    // A new group begins.
    PlanOf& group(std::string subject) {
        ++group_;
        subject_ = std::move(subject);
        return *this;
    }

    PlanOf& step(model::Action action) {
        plan_.steps.push_back({.group = group_,
                               .action = std::move(action),
                               .subject = subject_,
                               .why = "the test wants it"});
        return *this;
    }

    [[nodiscard]] const model::Plan& get() const { return plan_; }

  private:
    model::Plan plan_;
    std::size_t group_ = 0;
    std::string subject_;
};

inline Applied carry_out(HomeAndStore& world, system::FileWriter& writer, const model::Plan& plan) {
    store::Journal journal = world.journal(writer);
    Applied applied = apply(plan, {.journal = &journal, .home = world.home}, world.files, writer);
    static_cast<void>(journal.finish());
    return applied;
}

inline Applied carry_out(HomeAndStore& world, const model::Plan& plan) {
    return carry_out(world, world.files, plan);
}

inline Applied carry_out(HomeAndStore& world, const PlanOf& plan) {
    return carry_out(world, plan.get());
}

inline Applied carry_out(HomeAndStore& world, model::Action action) {
    return carry_out(world, PlanOf().group("it").step(std::move(action)));
}

inline model::Outcome undo(HomeAndStore& world,
                           system::FileWriter& writer,
                           const store::RunRecord& run) {
    const UndoPlan plan = plan_undo(run, world.reach(), world.files);
    store::Journal journal = world.journal(writer, "undo " + run.run.id);
    model::Outcome outcome = apply_undo(plan, journal, world.files, writer);
    static_cast<void>(journal.finish());
    return outcome;
}

inline model::Outcome undo(HomeAndStore& world, const store::RunRecord& run) {
    return undo(world, world.files, run);
}

inline std::vector<model::StepResult> results(const model::Outcome& outcome) {
    std::vector<model::StepResult> results;
    for (const model::StepOutcome& step : outcome.steps) {
        results.push_back(step.result);
    }
    return results;
}

// Tests that begin with an empty home and an empty store.
class KeepTest : public ::testing::Test {
  protected:
    KeepTest() { tree.folder("home").folder("store"); }

    [[nodiscard]] HomeAndStore open() const { return HomeAndStore(tree.path()); }

    // Where something of the home is after it went aside in the run of that outcome.
    [[nodiscard]] static std::string aside(const model::Outcome& outcome, const std::string& path) {
        return "home/.envkeep-aside/" + outcome.run + "/" + path;
    }

    envkeep::testing::TempTree tree;
};

// What a user has below `folder`: the bytes of files and the texts of links, wherever they are.
// Journals are not the user's, nor are links into the store.
inline std::multiset<std::string> belongings(const std::string& folder, const std::string& store) {
    namespace fs = std::filesystem;
    std::multiset<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().string().starts_with(store + "/journal/")) {
            continue;
        }
        if (entry.is_symlink()) {
            const std::string target = fs::read_symlink(entry.path());
            if (!target.starts_with(store + "/")) {
                all.insert("link to " + target);
            }
        } else if (entry.is_regular_file()) {
            std::ifstream in(entry.path(), std::ios::binary);
            all.insert("file with " + std::string{std::istreambuf_iterator<char>(in), {}});
        } else if (!entry.is_directory()) {
            all.insert("special");
        }
    }
    return all;
}

// What is in `before` and no longer in `after`.
inline std::vector<std::string> lost(const std::multiset<std::string>& before,
                                     const std::multiset<std::string>& after) {
    std::vector<std::string> missing;
    std::set_difference(
        before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(missing));
    return missing;
}

}  // namespace envkeep::keep::testing
