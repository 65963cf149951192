// SPDX-License-Identifier: MIT
#include "engine/layer_progress.hpp"

#include "engine/notice_file.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "support/child.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <sched.h>

#include <array>

namespace envkeep::engine {
namespace {

class LayerProgressTest : public ::testing::Test {
  protected:
    LayerProgressTest() : home_(*files_.open_root(tree_.path())) { tree_.folder(".envkeep-state"); }

    [[nodiscard]] std::string notice() const { return read_notice(world_, home_); }

    testing::TempTree tree_;
    posix::Files files_;
    posix::Machine machine_{posix::environment()};
    posix::TreeWalker walker_{files_};
    World world_{.files = files_, .writer = &files_, .machine = machine_, .walker = walker_};
    system::RootId home_;
};

TEST_F(LayerProgressTest, HasOneLineForTheFirstTerminalWhateverThereIsToSay) {
    ASSERT_TRUE(write_notice(world_, home_, "envkeep: one; 'a'\n\nenvkeep: two; 'b'\n"));
    EXPECT_EQ(tree_.content(".envkeep-state/notice"), "envkeep: one; 'a' | two; 'b'\n");
    EXPECT_EQ(notice(), "envkeep: one; 'a'\nenvkeep: two; 'b'\n");

    ASSERT_TRUE(write_notice(world_, home_, notice() + "envkeep: three; 'c'"));
    EXPECT_EQ(tree_.content(".envkeep-state/notice"),
              "envkeep: one; 'a' | two; 'b' | three; 'c'\n");
    ASSERT_TRUE(write_notice(world_, home_, ""));
    EXPECT_EQ(tree_.content(".envkeep-state/notice"), "");
}

TEST_F(LayerProgressTest, NamesTheProgramAsAnyShellFindsIt) {
    world_.own_binary = "/storage/my own/envkeep/bin/envkeep";
    ASSERT_TRUE(write_notice(world_, home_, "envkeep: one; see 'envkeep status'"));
    EXPECT_EQ(tree_.content(".envkeep-state/notice"),
              "envkeep: one; see ''/storage/my own/envkeep/bin/envkeep' status'\n");
    EXPECT_EQ(notice(), "envkeep: one; see 'envkeep status'\n");
}

TEST_F(LayerProgressTest, NamesTheProgramShortlyWhereThePathOfTheStartHasIt) {
    constexpr std::array variables{"PATH=/bin:/storage/envkeep/bin",
                                   static_cast<const char*>(nullptr)};
    posix::Machine machine(variables.data());
    const World world{.files = files_,
                      .writer = &files_,
                      .machine = machine,
                      .walker = walker_,
                      .own_binary = "/storage/envkeep/bin/envkeep"};
    ASSERT_TRUE(write_notice(world, home_, "envkeep: one; see 'envkeep status'"));
    EXPECT_EQ(tree_.content(".envkeep-state/notice"), "envkeep: one; see 'envkeep status'\n");
}

TEST_F(LayerProgressTest, KeepsTheNoticeOfTheFirstTerminalUpToDate) {
    ASSERT_TRUE(write_notice(
        world_, home_, "envkeep: 1 warning at the start\n" + coming_notice("coming back")));
    LayerProgress progress(world_, home_);

    progress.tell("1 of 2 MiB");
    EXPECT_EQ(LayerProgress::last(world_, home_), "1 of 2 MiB");
    EXPECT_EQ(notice(),
              "envkeep: 1 warning at the start\n"
              "envkeep: 1 of 2 MiB; 'envkeep wait' waits for it\n");

    progress.end(true);
    EXPECT_EQ(notice(), "envkeep: 1 warning at the start\n");
}

TEST_F(LayerProgressTest, TellsTheFirstTerminalWhatDidNotComeBack) {
    ASSERT_TRUE(write_notice(world_, home_, coming_notice("coming back")));

    LayerProgress(world_, home_).end(false);

    EXPECT_EQ(notice(), "envkeep: not all of the snapshot came back; see 'envkeep status'\n");
}

TEST_F(LayerProgressTest, TellsTheFirstTerminalWhatWentAside) {
    ASSERT_TRUE(write_notice(world_, home_, coming_notice("coming back")));

    LayerProgress(world_, home_).end(true, 2);

    EXPECT_EQ(notice(),
              "envkeep: the snapshot is here; 2 things went aside for it, see 'envkeep log'\n");
}

TEST_F(LayerProgressTest, LosesNothingThatAnotherProcessHasToSay) {
    constexpr int lines = 100;
    ASSERT_TRUE(write_notice(world_, home_, coming_notice("0 of 2 MiB")));

    testing::in_children({[&] {
                              while (notice().find("the last") == std::string::npos) {
                                  LayerProgress(world_, home_).tell("1 of 2 MiB");
                              }
                          },
                          [&] {
                              while (notice().find("1 of 2 MiB") == std::string::npos) {
                                  ::sched_yield();
                              }
                              for (int line = 0; line <= lines; ++line) {
                                  change_notice(world_, home_, [&](const std::string& before) {
                                      return before + "envkeep: " +
                                             (line == lines ? std::string("the last")
                                                            : std::to_string(line));
                                  });
                              }
                          }});

    std::string all = "envkeep: 1 of 2 MiB; 'envkeep wait' waits for it\n";
    for (int line = 0; line < lines; ++line) {
        all += "envkeep: " + std::to_string(line) + '\n';
    }
    EXPECT_EQ(notice(), all + "envkeep: the last\n");
}

TEST_F(LayerProgressTest, LeavesANoticeThatWasShownAlone) {
    LayerProgress progress(world_, home_);

    progress.tell("1 of 2 MiB");
    progress.end(false);

    EXPECT_EQ(notice(), "");
}

}  // namespace
}  // namespace envkeep::engine
