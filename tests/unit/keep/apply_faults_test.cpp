// SPDX-License-Identifier: MIT
#include "support/call_number.hpp"
#include "support/each_system_call.hpp"
#include "support/failing_files.hpp"
#include "unit/keep/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <tuple>

// Whatever goes wrong, and wherever a run is killed: no byte of the user is lost, and the next run
// comes to the end.
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

class Faults : public ::testing::TestWithParam<std::tuple<Home, std::string>> {
  protected:
    Faults() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    [[nodiscard]] static const std::string& kind() { return std::get<1>(GetParam()); }

    [[nodiscard]] Scene scene() const { return {folder_.path(), std::get<0>(GetParam()), kind()}; }

    // True if the call was reached.
    bool survives(const Fault& fault) const {
        Scene before_and_after = scene();
        const auto before = before_and_after.belongings();
        HomeAndStore world(before_and_after.path());
        FailingFiles failing(world.files, fault);
        static_cast<void>(carry_out(world, failing, Scene::plan(world, kind())));
        expect_all_there(before, before_and_after);
        return failing.has_failed();
    }

    static void expect_all_there(const std::multiset<std::string>& before, Scene& scene) {
        EXPECT_THAT(lost(before, scene.belongings()), IsEmpty());
        Scene::carry_out(scene.path(), kind());
        EXPECT_THAT(lost(before, scene.belongings()), IsEmpty()) << "by the next run";
        EXPECT_TRUE(scene.is_restored());
    }

  private:
    envkeep::testing::TempTree folder_;
    ScopedMount mount_;
};

TEST_P(Faults, LoseNothingIfAChangeIsRefused) {
    for (const ErrorKind error : {ErrorKind::io, ErrorKind::unsupported, ErrorKind::cross_device}) {
        for (CallNumber call; survives({.call = call, .kind = error}); ++call) {
            ASSERT_FALSE(HasFailure()) << "call " << call << ", error " << static_cast<int>(error);
        }
    }
}

TEST_P(Faults, LoseNothingIfAChangeIsMadeButReportedAsFailed) {
    for (const ErrorKind error : {ErrorKind::io, ErrorKind::unsupported}) {
        for (CallNumber call; survives({.call = call, .how = Fault::How::hidden, .kind = error});
             ++call) {
            ASSERT_FALSE(HasFailure()) << "call " << call << ", error " << static_cast<int>(error);
        }
    }
}

TEST_P(Faults, LoseNothingIfKilledAtAnySystemCall) {
    Meddled outcome = Meddled::killed;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        Scene killed = scene();
        const auto before = killed.belongings();

        outcome = kill_at_changing_call(call, [&] { Scene::carry_out(killed.path(), kind()); });

        expect_all_there(before, killed);
        ASSERT_FALSE(HasFailure()) << "killed at call " << call;
    }
}

// Costs a run for each system call: the same faults as above, seen from further below.
class SystemCallFaults : public Faults {};

TEST_P(SystemCallFaults, LoseNothing) {
    Meddled outcome = Meddled::ended;
    for (CallNumber call; outcome != Meddled::not_reached; ++call) {
        Scene failing = scene();
        const auto before = failing.belongings();

        outcome = refuse_call(
            call, call % 2 == 0 ? EIO : ENOSPC, [&] { Scene::carry_out(failing.path(), kind()); });

        expect_all_there(before, failing);
        ASSERT_FALSE(HasFailure()) << "call " << call << " failed";
    }
}

const auto on_a_plain_home =
    ::testing::Combine(::testing::Values(Home::plain), ::testing::ValuesIn(testing::scene_kinds()));
// What goes another way on an overlay.
const auto folders_of_the_image =
    ::testing::Values("seeded_folder", "merged_folder", "copied_folder");

INSTANTIATE_TEST_SUITE_P(Plain, Faults, on_a_plain_home, testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(Overlay,
                         Faults,
                         ::testing::Combine(::testing::Values(Home::image,
                                                              Home::image_on_another_device),
                                            folders_of_the_image),
                         testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(Plain, SystemCallFaults, on_a_plain_home, testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(Overlay,
                         SystemCallFaults,
                         ::testing::Combine(::testing::Values(Home::image), folders_of_the_image),
                         testing::name_of_scene);

}  // namespace
}  // namespace envkeep::keep
