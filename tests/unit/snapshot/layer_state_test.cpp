// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/layer_state.hpp"

#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace envkeep::snapshot {
namespace {

const system::Container container{.boot_id = "b", .pid_namespace = 1, .first_start = 2};
const system::Container restarted{.boot_id = "b", .pid_namespace = 1, .first_start = 3};

class StateOfALayer : public ::testing::Test {
  protected:
    void SetUp() override {
        tree_.folder("home");
        home_ = files_.open_root(tree_ / "home").value();
    }

    LayerState saved(std::optional<WallTime> disk) {
        const LayerState state{
            .container = container,
            .store_id = "store",
            .image = "5c1e09ab",
            .session_began = WallTime(std::chrono::seconds(7)),
            .container_start = WallTime(std::chrono::seconds(4)),
            .image_until = WallTime(std::chrono::seconds(5)),
            .disk = disk,
            .here = LayerRef{.layer = "l", .snapshot = "s", .number = 3},
            .holds_until = WallTime(std::chrono::seconds(9)),
            .worker = system::ProcessId{.pid = 4, .started = 5},
            .begun = {{.layer = "a", .snapshot = "b", .profile = "c"}, {.layer = "d"}}};
        EXPECT_TRUE(save_layer_state(home_, state, files_));
        return state;
    }

    envkeep::testing::TempTree tree_;
    posix::Files files_;
    system::RootId home_;
};

TEST_F(StateOfALayer, IsReadAsItWasWritten) {
    EXPECT_FALSE(has_layer_state(home_, files_));

    const LayerState state = saved(mark_disk(home_, files_, files_).value());

    EXPECT_TRUE(has_layer_state(home_, files_));
    EXPECT_EQ(load_layer_state(home_, container, files_), state);
}

TEST_F(StateOfALayer, GoesOnInAContainerThatWasStartedAgainOnTheSameDisk) {
    LayerState state = saved(mark_disk(home_, files_, files_).value());

    state.container = restarted;
    state.container_start.reset();
    state.worker.reset();
    EXPECT_EQ(load_layer_state(home_, restarted, files_), state);
}

TEST_F(StateOfALayer, IsNobodysOnACopyOfTheDisk) {
    saved(mark_disk(home_, files_, files_).value());
    std::filesystem::copy(tree_ / "home", tree_ / "copy", std::filesystem::copy_options::recursive);
    const system::RootId copy = files_.open_root(tree_ / "copy").value();

    EXPECT_FALSE(load_layer_state(copy, restarted, files_));
    EXPECT_TRUE(has_layer_state(copy, files_));
}

TEST_F(StateOfALayer, IsNobodysWhereTheDiskHasNoMark) {
    saved(std::nullopt);

    EXPECT_FALSE(load_layer_state(home_, restarted, files_));
    EXPECT_TRUE(load_layer_state(home_, container, files_));
}

}  // namespace
}  // namespace envkeep::snapshot
