// SPDX-License-Identifier: MIT
#include "session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>

namespace envkeep::engine {
namespace {

class WaitingForALayer : public testing::SessionOfATest {
  protected:
    // In the middle of what this process brings back, or nobody does.
    void is_coming(bool is_brought) {
        snapshot::LayerState coming = state();
        if (coming.here) {
            coming.coming = coming.here;
            coming.here.reset();
        }
        coming.worker.reset();
        if (is_brought) {
            coming.worker = machine.self();
        }
        ASSERT_TRUE(snapshot::save_layer_state(session().home, coming, files).has_value());
    }

    void remove(const std::string& module) {
        std::filesystem::remove(
            std::filesystem::path(tree / "home/.local/lib/python3.11/site-packages") /
            (module + ".py"));
    }

    Result<LayerWait> wait_for(const std::string& name) {
        return wait_for_layer(
            world(), session(), {.name = name, .limit = std::chrono::milliseconds(0)}, {});
    }
};

TEST_F(WaitingForALayer, HasNothingToWaitForWhereThereIsNoSnapshot) {
    EXPECT_EQ(wait_for("").value(), LayerWait::there);
}

TEST_F(WaitingForALayer, TakesAPackageThatTheSnapshotHasNot) {
    install("one");
    ASSERT_TRUE(take().has_value());
    install("two");

    EXPECT_EQ(wait_for("two").value(), LayerWait::there);
    is_coming(true);
    EXPECT_EQ(wait_for("two").value(), LayerWait::there);
}

TEST_F(WaitingForALayer, SaysThatNothingBringsAPackage) {
    install("one");
    ASSERT_TRUE(take().has_value());

    EXPECT_EQ(wait_for("none").error().kind, ErrorKind::not_found);
    EXPECT_THAT(wait_for("none").error().message,
                ::testing::HasSubstr("no package 'none' is here, and no snapshot is bringing it"));
}

TEST_F(WaitingForALayer, IsOverOnceThatPackageIsWhole) {
    install("one");
    install("my-two");
    ASSERT_TRUE(take().has_value());
    is_coming(true);
    remove("one");

    EXPECT_EQ(wait_for("").value(), LayerWait::time_limit);
    EXPECT_EQ(wait_for("one").value(), LayerWait::time_limit);
    EXPECT_EQ(wait_for("My_Two").value(), LayerWait::there);
    EXPECT_EQ(wait_for("none").error().kind, ErrorKind::not_found);
}

TEST_F(WaitingForALayer, IsToldByStatusWithHowFarItIs) {
    install("one");
    const std::string id = take().value().record->id;
    const auto told = [&] { return layer_status(world(), session()).value(); };
    EXPECT_EQ(told().coming, "");
    tree.file("home/.envkeep-state/progress", "bringing packages back: 1 of 2 MiB");

    is_coming(true);
    const LayerStatus coming = told();
    is_coming(false);
    const LayerStatus left = told();

    EXPECT_EQ(coming.coming, id);
    EXPECT_EQ(coming.progress, "bringing packages back: 1 of 2 MiB");
    EXPECT_EQ(coming.findings.at(0).id, "snapshot-coming");
    EXPECT_EQ(coming.findings.at(0).severity, model::Severity::info);
    EXPECT_THAT(coming.findings.at(0).fix.commands, ::testing::ElementsAre("envkeep wait"));
    EXPECT_EQ(left.findings.at(0).severity, model::Severity::warning);
    EXPECT_THAT(left.findings.at(0).fix.commands, ::testing::ElementsAre("envkeep restore"));
}

TEST_F(WaitingForALayer, DoesNotWaitForNobody) {
    install("one");
    ASSERT_TRUE(take().has_value());
    is_coming(false);
    remove("one");

    EXPECT_EQ(wait_for("one").value(), LayerWait::nobody_brings_it);
    EXPECT_EQ(wait_for("").value(), LayerWait::nobody_brings_it);
}

}  // namespace
}  // namespace envkeep::engine
