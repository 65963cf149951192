// SPDX-License-Identifier: MIT
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What stays out of a keep.
namespace envkeep::keep::testing {
namespace {

using manifest::How;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string line(const std::string& form, const std::string& path, const std::string& more = {}) {
    return form + " root/" + path + " -> storage/envkeep/home/" + path + more;
}

TEST(ResolveExclude, LeavesANameInTheHome) {
    KeepWorld world;
    world.tree.file("root/.config/Cache/x").file("root/.config/a");
    world.keep(".config").exclude = {"Cache", "not/yet"};

    EXPECT_THAT(
        world.wanted_lines(),
        ElementsAre(line("folder", ".config", " -Cache"), line("link", ".config/a", " if there")));
}

TEST(ResolveExclude, MakesFoldersDownToWhatItNames) {
    KeepWorld world;
    world.tree.file("root/.config/a/log/x").file("storage/envkeep/home/.config/a/b");
    world.tree.file("storage/envkeep/home/.config/c/log");
    world.tree.file("storage/envkeep/home/.config/d/x");
    world.keep(".config").exclude = {"*/log"};

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".config"),
                            line("folder", ".config/a", " if there -log"),
                            line("link", ".config/a/b", " if there"),
                            line("folder", ".config/c", " if there -log"),
                            line("folder", ".config/d", " if there"),
                            line("link", ".config/d/x", " if there")));
}

TEST(ResolveExclude, WithTwoStarsLeavesOutOfCopiesWhatEitherSideHas) {
    KeepWorld world;
    world.tree.file("root/d/a/__pycache__/x").file("root/d/z");
    world.tree.file("storage/envkeep/home/d/__pycache__/y");
    manifest::Keep& keep = world.keep("d");
    keep.exclude = {"**/__pycache__"};
    keep.how = How::copy;

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("copy", "d", " -__pycache__ -a/__pycache__")));
}

TEST(ResolveExclude, WithTwoStarsCannotBeInLinkedFolders) {
    KeepWorld world;
    world.keep("d").exclude = {"**/__pycache__"};

    const Wanted wanted = world.wanted();

    EXPECT_THAT(wanted.keeps, IsEmpty());
    ASSERT_EQ(wanted.conflicts.size(), 1U);
    EXPECT_THAT(wanted.conflicts[0].reason, HasSubstr("linked whole"));
}

TEST(ResolveExclude, MakesRealFoldersOfAllInWhichAPatternMayMatch) {
    KeepWorld world;
    world.tree.file("root/d/a/x.log").file("root/d/b/y").file("root/d/file");
    world.tree.file("storage/envkeep/home/d/c/z");
    world.keep("d").exclude = {"*/*.log"};

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", "d"),
                            line("folder", "d/a", " if there -x.log"),
                            line("folder", "d/b", " if there"),
                            line("link", "d/b/y", " if there"),
                            line("folder", "d/c", " if there"),
                            line("link", "d/c/z", " if there"),
                            line("link", "d/file", " if there")));
}

TEST(ResolveExclude, DoesNotTakeFromADeeperEntry) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/a/b/x");
    world.keep("a").exclude = {"b"};
    world.keep("a/b/own");

    EXPECT_THAT(
        world.wanted_lines(),
        ElementsAre(
            line("folder", "a"), line("folder", "a/b", " if there -own"), line("link", "a/b/own")));
}

TEST(ResolveExclude, SaysNothingOfWhatIsBelowADeeperEntry) {
    KeepWorld world;
    world.tree.file("root/p/a/a/x").file("root/p/b");
    world.keep("p").exclude = {"*/a"};
    world.keep("p/a");

    EXPECT_THAT(
        world.wanted_lines(),
        ElementsAre(
            line("folder", "p", " -a"), line("link", "p/b", " if there"), line("link", "p/a")));
}

}  // namespace
}  // namespace envkeep::keep::testing
