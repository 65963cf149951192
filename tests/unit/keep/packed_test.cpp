// SPDX-License-Identifier: MIT
#include "unit/keep/home_and_store.hpp"
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Packed keeps on real trees: what is looked at, and what a copy leaves behind.
namespace envkeep::keep::testing {
namespace {

using manifest::How;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PackedKeep : public ::testing::Test {
  protected:
    PackedKeep() {
        world.keep(".local").how = How::packed;
        world.observing.is_captured = [this](const WantedKeep&) {
            ++asked;
            return is_captured;
        };
    }

    static constexpr const char* stored = "storage/envkeep/home/.local/";

    KeepWorld world;
    bool is_captured = false;
    int asked = 0;
};

TEST_F(PackedKeep, IsBroughtFromTheStoreIntoANewHome) {
    world.tree.file(std::string(stored) + "bin/x", "1", 0755);

    EXPECT_THAT(world.plan_lines(),
                ElementsAre("copy_in storage/envkeep/home/.local -> root/.local (new)"));
}

TEST_F(PackedKeep, IsLeftToTheSnapshotThatHoldsIt) {
    world.tree.file(std::string(stored) + "bin/x", "1", 0755);
    is_captured = true;

    EXPECT_THAT(world.plan_lines(), IsEmpty());
}

TEST_F(PackedKeep, AsksForNoSnapshotAtAStartThatNeedsNone) {
    world.tree.file("root/.local/bin/x", "1");
    world.observing.is_start = true;

    EXPECT_THAT(world.plan_lines(), IsEmpty());
    EXPECT_EQ(asked, 0);
}

TEST_F(PackedKeep, IsNotComparedOnceASnapshotHoldsIt) {
    world.tree.file("root/.local/bin/x", "2").file(std::string(stored) + "bin/x", "1");
    is_captured = true;
    world.files.forget();

    EXPECT_THAT(world.plan_lines(), IsEmpty());
    EXPECT_EQ(world.files.count("has_same_bytes"), 0);
}

TEST_F(PackedKeep, TakesTheStoreForEmptyWhereOnlyOthersHaveTheirSourcesInIt) {
    world.keep(".local/share/keyrings");
    world.tree.file(std::string(stored) + "share/keyrings/k", "1").file("root/.local/bin/x", "1");

    EXPECT_EQ(world.observation().keeps.at(0).store.kind, system::Kind::absent);

    world.tree.file(std::string(stored) + "share/more", "1");

    EXPECT_EQ(world.observation().keeps.at(0).store.kind, system::Kind::folder);
}

TEST_F(PackedKeep, TurnsALinkIntoAFolderWithLinksBelow) {
    world.keep(".local/share/keyrings");
    world.tree.file(std::string(stored) + "share/keyrings/k", "1")
        .link("root/.local", world.store("home/.local"));

    EXPECT_THAT(world.plan_lines(),
                ElementsAre("move_aside root/.local",
                            "make_folder root/.local/share 0755",
                            "make_link root/.local/share/keyrings -> "
                            "storage/envkeep/home/.local/share/keyrings"));

    world.tree.file(std::string(stored) + "bin/x", "1");

    EXPECT_THAT(world.plan_lines(),
                ElementsAre("copy_in storage/envkeep/home/.local -> root/.local (held)",
                            "make_folder root/.local/share 0755",
                            "make_link root/.local/share/keyrings -> "
                            "storage/envkeep/home/.local/share/keyrings"));
}

// As it is kept in parts, for the sake of a keep below it.
TEST_F(PackedKeep, MakesAllRealThatWasLinkedPartByPart) {
    world.keep(".local/share/keyrings");
    world.tree.file(std::string(stored) + "bin/x", "1")
        .file(std::string(stored) + "share/keyrings/k", "1")
        .link("root/.local/bin", world.store("home/.local/bin"))
        .folder("root/.local/share")
        .link("root/.local/share/keyrings", world.store("home/.local/share/keyrings"));
    is_captured = true;

    EXPECT_THAT(world.plan_lines(),
                ElementsAre("copy_in storage/envkeep/home/.local -> root/.local (only here)",
                            "make_link root/.local/share/keyrings -> "
                            "storage/envkeep/home/.local/share/keyrings"));
}

class PackedCopy : public KeepTest {};

// `save` must not take it for a copy of its own, and `restore` must not bring it twice.
TEST_F(PackedCopy, IsRememberedByItsPlaceAlone) {
    tree.file("store/home/.x/a", "1").file("store/home/.x/sub/b", "2");
    HomeAndStore world = open();

    const Applied applied = carry_out(
        world,
        model::CopyIn{
            .from = world.in_store("home/.x"), .to = world.at_home(".x"), .is_packed = true});

    EXPECT_EQ(tree.content("home/.x/sub/b"), "2");
    ASSERT_EQ(applied.restored.size(), 1U);
    EXPECT_EQ(applied.restored[0].place, world.home_path + "/.x");
    EXPECT_FALSE(applied.restored[0].is_link);
}

}  // namespace
}  // namespace envkeep::keep::testing
