// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/save.hpp"
#include "save_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace envkeep::keep {

// Rounds of saving, as the engine makes them.
class SavingFixture : public ::testing::Test {
  protected:
    static auto finding(const std::string& id) {
        return ::testing::Field("id", &model::Finding::id, id);
    }

    SavingFixture() { wanted.store_path = tree / "store"; }

    SavePlan plan() {
        world.files.forget_folders();
        auto planned =
            plan_save(wanted,
                      {.state = state, .session = session, .container_start = container_start},
                      world.files);
        EXPECT_TRUE(planned.has_value());
        EXPECT_EQ(planned->steps.size(), planned->before.size());
        return *std::move(planned);
    }

    // What the engine does each round: plan, carry out, remember.
    SavePlan save() {
        SavePlan planned = plan();
        model::Outcome outcome;
        for (std::size_t i = 0; i < planned.steps.size(); ++i) {
            const bool is_done = carry_out(planned.steps[i].action);
            outcome.steps.push_back(
                {.step = i,
                 .result = is_done ? model::StepResult::done : model::StepResult::failed,
                 .error = {},
                 .took = {},
                 .note = {}});
        }
        state.files = records_after(planned, outcome, world.files);
        return planned;
    }

    bool carry_out(const model::Action& action) {
        if (const auto* const seed = std::get_if<model::Seed>(&action)) {
            const auto leaves_out = [&](const RelPath& below) {
                return std::find(seed->leaves_out.begin(), seed->leaves_out.end(), below) !=
                       seed->leaves_out.end();
            };
            return world.files
                .copy(seed->from,
                      seed->to,
                      {.file_bound = seed->file_bound,
                       .folder_bound = seed->folder_bound,
                       .leaves_out = leaves_out},
                      std::nullopt)
                .has_value();
        }
        const auto& copy = std::get<model::CopyBack>(action);
        return world.files
            .copy(copy.from,
                  copy.to,
                  {.file_bound = copy.bound, .folder_bound = 07777, .leaves_out = {}},
                  copy.to_seen)
            .has_value();
    }

    void keep(std::string_view path, Form form, manifest::Preset preset = manifest::Preset::none) {
        wanted.keeps.push_back(world.keep(path, form, preset));
    }

    // As after a restore: the same file on both sides, and a record of it.
    void restored(const std::string& path, std::string_view content) {
        tree.file("home/" + path, content).file("store/" + path, content);
        state.files.push_back({.place = tree / ("home/" + path),
                               .source = tree / ("store/" + path),
                               .digest = digest_of(content),
                               .home_seen = world.files.status(world.in_home(path)).value(),
                               .store_seen = world.files.status(world.in_store(path)).value(),
                               .is_link = false});
    }

    void linked(const std::string& path, std::string_view content) {
        tree.file("store/" + path, content).link("home/" + path, tree / ("store/" + path));
        state.files.push_back({.place = tree / ("home/" + path),
                               .source = tree / ("store/" + path),
                               .digest = digest_of(content),
                               .home_seen = world.files.status(world.in_home(path)).value(),
                               .store_seen = world.files.status(world.in_store(path)).value(),
                               .is_link = true});
    }

    envkeep::testing::SaveWorld world;
    envkeep::testing::TempTree& tree = world.tree;
    Wanted wanted;
    store::SessionState state;
    const std::string session = "3f2a";
    WallTime container_start{};
};

}  // namespace envkeep::keep
