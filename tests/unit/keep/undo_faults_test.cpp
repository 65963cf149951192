// SPDX-License-Identifier: MIT
#include "support/call_number.hpp"
#include "support/each_system_call.hpp"
#include "support/failing_files.hpp"
#include "unit/keep/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

// Whatever goes wrong while a run is taken back, and wherever that is killed: no byte of the user
// is lost, and the next try comes to the end.
namespace envkeep::keep {
namespace {

using envkeep::testing::CallNumber;
using envkeep::testing::FailingFiles;
using envkeep::testing::Fault;
using envkeep::testing::kill_at_changing_call;
using envkeep::testing::Meddled;
using envkeep::testing::refuse_call;
using envkeep::testing::ScopedMount;
using testing::Home;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::lost;
using testing::Scene;

class UndoFaults : public ::testing::TestWithParam<std::tuple<Home, std::string>> {
  protected:
    UndoFaults() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    // A home that was restored, and how it was before.
    struct Restored {
        Restored(const std::string& parent, const std::tuple<Home, std::string>& what)
            : scene(parent, std::get<0>(what), std::get<1>(what)),
              home(visible(scene)),
              belongings(scene.belongings()) {
            Scene::carry_out(scene.path(), std::get<1>(what));
            run = HomeAndStore(scene.path()).runs().at(0).run.id;
        }

        Scene scene;
        std::vector<std::string> home;
        std::multiset<std::string> belongings;
        std::string run;
    };

    [[nodiscard]] Restored restored() const { return {folder_.path(), GetParam()}; }

    [[nodiscard]] static std::vector<std::string> visible(Scene& scene) {
        auto lines = scene.tree().snapshot("home");
        std::erase_if(lines, [](const auto& line) { return line.starts_with(".envkeep-aside"); });
        return lines;
    }

    static store::RunRecord run_of(HomeAndStore& world, const std::string& id) {
        const std::vector<store::RunRecord> runs = world.runs();
        return *std::find_if(
            runs.begin(), runs.end(), [&](const auto& one) { return one.run.id == id; });
    }

    static model::Outcome undo(HomeAndStore& world,
                               system::FileWriter& writer,
                               const std::string& id) {
        return testing::undo(world, writer, run_of(world, id));
    }

    static void expect_undone_by_the_next_try(Restored& restored) {
        EXPECT_THAT(lost(restored.belongings, restored.scene.belongings()), IsEmpty());
        HomeAndStore world(restored.scene.path());
        ASSERT_TRUE(clean_up_after_kills(
            world.runs(), world.reach(), world.machine, world.files, world.files));

        const UndoPlan plan = plan_undo(run_of(world, restored.run), world.reach(), world.files);
        for (const UndoStep& step : plan.steps) {
            EXPECT_EQ(step.conflict, "") << step.what;
        }
        const model::Outcome outcome = undo(world, world.files, restored.run);

        EXPECT_EQ(outcome.count(model::StepResult::failed), 0U);
        EXPECT_THAT(lost(restored.belongings, restored.scene.belongings()), IsEmpty());
        EXPECT_EQ(visible(restored.scene), restored.home);
    }

  private:
    envkeep::testing::TempTree folder_;
    ScopedMount mount_;
};

TEST_P(UndoFaults, LoseNothingIfAChangeIsRefused) {
    bool was_reached = true;
    for (CallNumber call; was_reached; ++call) {
        Restored restored = this->restored();
        HomeAndStore world(restored.scene.path());
        FailingFiles failing(world.files, {.call = call});

        undo(world, failing, restored.run);

        was_reached = failing.has_failed();
        expect_undone_by_the_next_try(restored);
        ASSERT_FALSE(HasFailure()) << "call " << call;
    }
}

TEST_P(UndoFaults, LoseNothingIfKilledAtAnySystemCall) {
    Meddled outcome = Meddled::killed;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        Restored restored = this->restored();

        outcome = kill_at_changing_call(call, [&] {
            HomeAndStore world(restored.scene.path());
            undo(world, world.files, restored.run);
        });

        expect_undone_by_the_next_try(restored);
        ASSERT_FALSE(HasFailure()) << "killed at call " << call;
    }
}

class UndoLooks : public UndoFaults {};

TEST_P(UndoLooks, AtAllOfItOrSaysWhatItCouldNotLookAt) {
    Restored restored = this->restored();
    const std::string gap = restored.scene.path() + "/gap";
    HomeAndStore here(restored.scene.path());
    const store::RunRecord run = run_of(here, restored.run);
    const std::size_t steps = plan_undo(run, here.reach(), here.files).steps.size();

    Meddled outcome = Meddled::ended;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        outcome = refuse_call(call, call % 2 == 0 ? EIO : EACCES, [&] {
            HomeAndStore world(restored.scene.path());
            const UndoPlan plan = plan_undo(run, world.reach(), world.files);
            const bool is_told = std::ranges::any_of(
                plan.steps, [](const UndoStep& step) { return !step.conflict.empty(); });
            if (plan.steps.size() != steps && !is_told) {
                static_cast<void>(::mkdir(gap.c_str(), 0700));
            }
        });

        ASSERT_NE(::rmdir(gap.c_str()), 0) << "call " << call << " failed";
    }
}

INSTANTIATE_TEST_SUITE_P(Plain,
                         UndoFaults,
                         ::testing::Combine(::testing::Values(Home::plain),
                                            ::testing::ValuesIn(testing::scene_kinds())),
                         testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(Overlay,
                         UndoFaults,
                         ::testing::Combine(::testing::Values(Home::image),
                                            ::testing::Values("seeded_folder", "copied_folder")),
                         testing::name_of_scene);

INSTANTIATE_TEST_SUITE_P(
    Plain,
    UndoLooks,
    ::testing::Combine(::testing::Values(Home::plain),
                       ::testing::Values("seeded_folder", "merged_folder", "older_link")),
    testing::name_of_scene);

}  // namespace
}  // namespace envkeep::keep
