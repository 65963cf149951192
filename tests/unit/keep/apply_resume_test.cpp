// SPDX-License-Identifier: MIT
#include "envkeep/keep/plan.hpp"
#include "support/call_number.hpp"
#include "support/each_system_call.hpp"
#include "unit/keep/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// A run that was killed is finished by the next one, which does nothing but look and plan again.
namespace envkeep::keep {
namespace {

using envkeep::testing::CallNumber;
using envkeep::testing::kill_at_changing_call;
using envkeep::testing::Meddled;
using envkeep::testing::ScopedMount;
using testing::Home;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::lost;
using testing::Scene;

WantedKeep keep(const HomeAndStore& world, const std::string& path, Form form) {
    return {.subject = "~/" + path,
            .place = world.at_home(path),
            .source = world.in_store("home/" + path),
            .target = world.source("home/" + path),
            .form = form,
            .group = 0,
            .fallback = {}};
}

Wanted wanted_of(const HomeAndStore& world, const std::string& kind) {
    Wanted wanted{.store_path = world.store_path};
    if (kind == "parent") {
        for (const std::string path : {".linked", ".parent"}) {
            wanted.keeps.push_back(keep(world, path, Form::folder));
            wanted.keeps.back().leaves_out = {RelPath::parse("keep").value()};
            wanted.keeps.push_back(keep(world, path + "/keep", Form::link));
        }
    } else {
        const bool is_copy = kind == "copy" || kind == "copied_folder";
        wanted.keeps.push_back(keep(world, ".keep", is_copy ? Form::copy : Form::link));
    }
    return wanted;
}

model::Plan plan_of(HomeAndStore& world, const std::string& kind) {
    const Wanted wanted = wanted_of(world, kind);
    const Observation seen = observe(wanted, {.is_start = true}, world.files).value();
    return make_plan(wanted, seen, {.absolute = [&](const system::Place& place) {
                         return world.files.absolute(place);
                     }});
}

void restore(const std::string& base, const std::string& kind) {
    HomeAndStore world(base);
    static_cast<void>(testing::carry_out(world, plan_of(world, kind)));
}

class Resume : public ::testing::TestWithParam<std::tuple<Home, std::string>> {
  protected:
    Resume() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    [[nodiscard]] static const std::string& kind() { return std::get<1>(GetParam()); }

    [[nodiscard]] Scene scene() const { return {folder_.path(), std::get<0>(GetParam()), kind()}; }

    static void expect_restored(HomeAndStore& world) {
        world.files.forget_folders();
        const model::Plan plan = plan_of(world, kind());
        EXPECT_THAT(plan.steps, IsEmpty());
        EXPECT_THAT(plan.conflicts, IsEmpty());
    }

  private:
    envkeep::testing::TempTree folder_;
    ScopedMount mount_;
};

TEST_P(Resume, ComesToTheEndWhereverTheRunBeforeWasKilled) {
    Meddled outcome = Meddled::killed;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        Scene killed = scene();
        const auto before = killed.belongings();
        outcome = kill_at_changing_call(call, [&] { restore(killed.path(), kind()); });
        HomeAndStore world(killed.path());
        ASSERT_TRUE(clean_up_after_kills(
            world.runs(), world.reach(), world.machine, world.files, world.files));

        restore(killed.path(), kind());

        expect_restored(world);
        EXPECT_THAT(lost(before, killed.belongings()), IsEmpty());
        ASSERT_FALSE(HasFailure()) << "killed at call " << call;
    }
}

const auto kinds = ::testing::Values("new",
                                     "seeded_folder",
                                     "seeded_file",
                                     "same_file",
                                     "merged_folder",
                                     "foreign_link",
                                     "older_link",
                                     "parent",
                                     "copy",
                                     "copied_folder");

INSTANTIATE_TEST_SUITE_P(Plain,
                         Resume,
                         ::testing::Combine(::testing::Values(Home::plain), kinds),
                         testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(
    Overlay,
    Resume,
    ::testing::Combine(::testing::Values(Home::image),
                       ::testing::Values("seeded_folder", "merged_folder", "copied_folder")),
    testing::name_of_scene);

}  // namespace
}  // namespace envkeep::keep
