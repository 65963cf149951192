// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"
#include "support/child.hpp"
#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>
#include <fstream>
#include <vector>

namespace envkeep::keep {
namespace {

using model::StepResult;
using testing::carry_out;
using ::testing::HasSubstr;
using testing::HomeAndStore;
using ::testing::SizeIs;

class ApplyCopyBack : public testing::KeepTest {
  protected:
    static Applied save(HomeAndStore& world) {
        return carry_out(world,
                         model::CopyBack{.from = world.at_home(".history"),
                                         .to = world.in_store("home/.history"),
                                         .from_seen = world.seen(world.at_home(".history")),
                                         .to_seen = world.seen(world.in_store("home/.history")),
                                         .bound = 0600});
    }

    [[nodiscard]] std::string kept(const Applied& applied) const {
        return "store/.envkeep-aside/" + applied.outcome.run + "/home/.history";
    }
};

TEST_F(ApplyCopyBack, MakesTheFileInTheStoreWhereThereIsNone) {
    tree.file("home/.history", "ls");
    HomeAndStore world = open();

    const Applied applied = save(world);

    EXPECT_EQ(applied.outcome.steps.at(0).result, StepResult::done);
    EXPECT_EQ(tree.content("store/home/.history"), "ls");
    EXPECT_EQ(tree.mode_of("store/home/.history"), 0600U);
}

TEST_F(ApplyCopyBack, KeepsTheVersionThatTheSessionFound) {
    tree.file("home/.history", "ls\ncd").file("store/home/.history", "ls", 0640);
    HomeAndStore world = open();

    const Applied applied = save(world);

    EXPECT_EQ(tree.content("store/home/.history"), "ls\ncd");
    EXPECT_EQ(tree.content(kept(applied)), "ls");
    EXPECT_THAT(applied.outcome.steps.at(0).note, HasSubstr(kept(applied)));
    ASSERT_THAT(applied.restored, SizeIs(1));
    EXPECT_EQ(applied.restored.front().digest, digest_of("ls\ncd"));
    EXPECT_EQ(applied.restored.front().home_seen, world.seen(world.at_home(".history")));
}

TEST_F(ApplyCopyBack, KeepsTheVeryFileThatAnotherProgramHasOpen) {
    for (const auto& refused : std::vector<std::vector<envkeep::testing::RefusedCall>>{
             {}, {{.number = SYS_renameat2, .code = EINVAL}}}) {
        tree.file("home/.history", "ls\ncd").remove("store/home").file("store/home/.history", "ls");
        std::ofstream other(tree / "store/home/.history", std::ios::app);
        envkeep::testing::with_refused_calls(refused, [&] {
            HomeAndStore world = open();

            const Applied applied = save(world);
            other << "\ntheirs" << std::flush;

            EXPECT_EQ(tree.content("store/home/.history"), "ls\ncd");
            EXPECT_EQ(tree.content(kept(applied)), "ls\ntheirs");
        });
    }
}

TEST_F(ApplyCopyBack, CopiesTheVersionWhereItCannotBeMovedOrLinked) {
    tree.file("home/.history", "ls\ncd").file("store/home/.history", "ls");
    envkeep::testing::with_refused_calls(
        {{.number = SYS_renameat2, .code = EINVAL}, {.number = SYS_linkat, .code = EPERM}}, [&] {
            HomeAndStore world = open();

            const Applied applied = save(world);

            EXPECT_EQ(tree.content("store/home/.history"), "ls\ncd");
            EXPECT_EQ(tree.content(kept(applied)), "ls");
        });
}

TEST_F(ApplyCopyBack, KeepsNoVersionThatItSavedItself) {
    tree.file("home/.history", "1").file("store/home/.history", "0");
    HomeAndStore world = open();
    save(world);
    tree.file("home/.history", "2");
    const Applied second = save(world);

    tree.file("home/.history", "3");
    const Applied third = save(world);

    EXPECT_EQ(tree.content("store/home/.history"), "3");
    EXPECT_FALSE(tree.exists(kept(second)));
    EXPECT_FALSE(tree.exists(kept(third)));
}

TEST_F(ApplyCopyBack, KeepsAVersionThatAnotherSessionSavedInBetween) {
    tree.file("home/.history", "1").file("store/home/.history", "0");
    HomeAndStore world = open();
    save(world);
    tree.file("store/home/.history", "theirs").file("home/.history", "2");

    const Applied second = save(world);

    EXPECT_EQ(tree.content("store/home/.history"), "2");
    EXPECT_EQ(tree.content(kept(second)), "theirs");
}

TEST_F(ApplyCopyBack, LeavesAStoreSideThatChangedMeanwhile) {
    tree.file("home/.history", "mine").file("store/home/.history", "0");
    HomeAndStore world = open();
    const system::Status then = world.seen(world.in_store("home/.history"));
    tree.file("store/home/.history", "theirs");

    const Applied applied =
        carry_out(world,
                  model::CopyBack{.from = world.at_home(".history"),
                                  .to = world.in_store("home/.history"),
                                  .from_seen = world.seen(world.at_home(".history")),
                                  .to_seen = then});

    EXPECT_EQ(applied.outcome.steps.at(0).error.value().kind, ErrorKind::conflict);
    EXPECT_EQ(tree.content("store/home/.history"), "theirs");
}

}  // namespace
}  // namespace envkeep::keep
