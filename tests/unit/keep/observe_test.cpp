// SPDX-License-Identifier: MIT
#include "support/mounts.hpp"
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep::testing {
namespace {

using envkeep::testing::ScopedMount;
using system::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(const std::vector<RelPath>& paths) {
    std::vector<std::string> all;
    for (const RelPath& path : paths) {
        all.push_back(path.text());
    }
    return all;
}

// One keep `~/.x`, kept in `home/.x`.
struct OneKeep : KeepWorld {
    OneKeep() { keep(".x"); }
};

TEST(Observe, SeesNothingAndWhatMustBeMade) {
    KeepWorld world;
    world.keep(".config/deep/x");

    const KeepSeen seen = world.seen();

    EXPECT_EQ(seen.home.kind, Kind::absent);
    EXPECT_EQ(seen.store.kind, Kind::absent);
    EXPECT_THAT(texts(seen.missing_parents), ElementsAre(".config", ".config/deep"));
    EXPECT_THAT(texts(seen.missing_store_parents),
                ElementsAre("home/.config", "home/.config/deep"));
}

TEST(Observe, CostsTwoQuestionsForARightLink) {
    OneKeep world;
    world.tree.folder("storage/envkeep/home/.x").link("root/.x", world.store("home/.x"));
    const Wanted wanted = world.wanted();
    world.files.forget();

    const KeepSeen seen = observe(wanted, {}, world.files).value().keeps.at(0);

    EXPECT_EQ(seen.link, LinkKind::right);
    EXPECT_EQ(seen.store.kind, Kind::folder);
    EXPECT_EQ(world.files.count("look"), 1);
    EXPECT_EQ(world.files.count("status"), 1);
    EXPECT_EQ(world.files.all(), 2);
}

TEST(Observe, SeesARightLinkToNothing) {
    OneKeep world;
    world.tree.link("root/.x", world.store("home/.x"));

    EXPECT_EQ(world.seen().link, LinkKind::right);
    EXPECT_EQ(world.seen().store.kind, Kind::absent);
}

struct LinkRow {
    std::string name;
    std::string target;  // below the tree where it begins with "/"
    LinkKind kind;
};

class ObserveLinks : public ::testing::TestWithParam<LinkRow> {};

TEST_P(ObserveLinks, AreToldApart) {
    OneKeep world;
    world.tree.file("opt/x").file("storage/envkeep/home/.x").link("alias", "storage");
    const std::string& target = GetParam().target;
    world.tree.link("root/.x", target.starts_with("/") ? world.tree.path() + target : target);

    EXPECT_EQ(world.seen().link, GetParam().kind);
    EXPECT_EQ(world.seen().obstacle, Obstacle::none);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ObserveLinks,
    ::testing::ValuesIn(std::vector<LinkRow>{
        {"wanted", "/storage/envkeep/home/.x", LinkKind::right},
        {"elsewhere_in_the_store", "/storage/envkeep/old/.x", LinkKind::older_store},
        {"relative_into_the_store", "../storage/envkeep/old", LinkKind::older_store},
        {"imported_store", "/storage/cfg/.x", LinkKind::older_store},
        {"moved_store", "/mnt/envkeep/home/.x", LinkKind::older_store},
        {"same_file_by_another_way", "/alias/envkeep/home/.x", LinkKind::older_store},
        {"foreign", "/opt/x", LinkKind::foreign},
        {"beside_the_persistent_folder", "/storage2/x", LinkKind::dangling},
        {"dangling", "/gone", LinkKind::dangling},
        {"relative_dangling", "gone", LinkKind::dangling},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Observe, SeesALoop) {
    OneKeep world;
    world.tree.link("root/.x", ".x");

    EXPECT_EQ(world.seen().obstacle, Obstacle::loop);
    EXPECT_EQ(world.seen().in_the_way, world.home(".x"));
}

TEST(Observe, SeesALoopThroughTheStore) {
    OneKeep world;
    world.tree.link("root/.x", world.store("home/.x"));
    world.tree.link("storage/envkeep/home/.x", world.home(".x"));

    EXPECT_EQ(world.seen().obstacle, Obstacle::loop);
    EXPECT_EQ(world.seen().in_the_way, world.store("home/.x"));
}

TEST(Observe, TakesALinkInTheStoreForItsSource) {
    OneKeep world;
    world.tree.file("storage/big/x").link("storage/envkeep/home/.x", world.tree / "storage/big");

    EXPECT_EQ(world.seen().obstacle, Obstacle::none);
    EXPECT_EQ(world.seen().store.kind, Kind::link);
    EXPECT_EQ(world.seen().leads_out, "");
}

TEST(Observe, SeesALinkInTheStoreThatLeadsOutOfWhatPersists) {
    OneKeep world;
    world.tree.folder("opt/deep").link("storage/hop", world.tree / "opt");
    world.tree.link("storage/envkeep/home/.x", world.tree / "storage/hop/deep");

    EXPECT_EQ(world.seen().obstacle, Obstacle::none);
    EXPECT_EQ(world.seen().leads_out, world.tree / "opt/deep");

    world.keep("opt").to = world.tree / "opt";
    EXPECT_EQ(world.observation().keeps.at(0).leads_out, "");
}

TEST(Observe, KnowsTheCopyOfALinkInTheStore) {
    OneKeep world;
    world.manifest.keeps[0].how = manifest::How::copy;
    world.tree.file("storage/envkeep/home/y").link("storage/envkeep/home/.x", "y");
    world.tree.file("root/y").link("root/.x", "y");
    EXPECT_EQ(world.seen().sameness, Sameness::same);

    world.tree.remove("root/.x").link("root/.x", "other");
    EXPECT_EQ(world.seen().sameness, Sameness::differs);
    EXPECT_EQ(world.seen().store_target, "y");
}

TEST(Observe, SeesALinkInTheStoreToNothing) {
    OneKeep world;
    world.tree.link("storage/envkeep/home/.x", "/gone");

    EXPECT_EQ(world.seen().obstacle, Obstacle::unreadable);
    EXPECT_THAT(world.seen().problem, HasSubstr("leads to nothing"));
}

TEST(Observe, SeesALinkInTheStoreBackToThePlace) {
    OneKeep world;
    world.tree.file("root/.x", "mine").link("storage/envkeep/home/.x", world.home(".x"));

    EXPECT_EQ(world.seen().obstacle, Obstacle::same_file);
}

TEST(Observe, SeesOneFileUnderTwoNames) {
    OneKeep world;
    world.tree.file("root/.x", "both").hard_link("storage/envkeep/home/.x", "root/.x");

    EXPECT_EQ(world.seen().obstacle, Obstacle::same_file);
}

TEST(Observe, SeesAForeignLinkOnTheWay) {
    KeepWorld world;
    world.tree.file("opt/x").link("root/.config", world.tree / "opt");
    world.keep(".config/deep/x");

    const KeepSeen seen = world.seen();

    EXPECT_EQ(seen.obstacle, Obstacle::foreign_parent_link);
    EXPECT_EQ(seen.in_the_way, world.home(".config"));
    EXPECT_THAT(seen.problem, HasSubstr("opt"));
}

TEST(Observe, SeesALinkOfOursOnTheWay) {
    KeepWorld world;
    world.tree.folder("storage/envkeep/home/.config");
    world.tree.link("root/.config", world.store("home/.config"));
    world.keep(".config/deep/x");

    const KeepSeen seen = world.seen();

    EXPECT_EQ(seen.obstacle, Obstacle::none);
    EXPECT_TRUE(seen.parent_is_our_link);
    ASSERT_TRUE(seen.parent_link.has_value());
    EXPECT_EQ(seen.parent_link->place.path.text(), ".config");
    EXPECT_EQ(seen.parent_link->target, world.store("home/.config"));
    EXPECT_THAT(texts(seen.missing_parents), ElementsAre(".config/deep"));
}

TEST(Observe, LeavesALinkOnTheWayToTheFolderThatIsKeptThere) {
    KeepWorld world;
    world.tree.folder("storage/envkeep/home/.config");
    world.tree.link("root/.config", world.store("home/.config"));
    world.keep(".config");
    world.keep(".config/x");

    const Observation all = world.observation();

    ASSERT_EQ(all.keeps.size(), 2U);
    EXPECT_EQ(all.keeps[0].home.kind, Kind::link);
    EXPECT_TRUE(all.keeps[1].parent_is_our_link);
    EXPECT_FALSE(all.keeps[1].parent_link.has_value());
    EXPECT_THAT(all.keeps[1].missing_parents, ::testing::IsEmpty());
}

TEST(Observe, LooksOnceAtTheWayToManyPlaces) {
    KeepWorld world;
    world.tree.folder("opt").link("root/d", world.tree / "opt");
    for (int i = 0; i < 100; ++i) {
        world.keep("d/" + std::to_string(i));
    }
    const Wanted wanted = world.wanted();
    world.files.forget();

    EXPECT_EQ(observe(wanted, {}, world.files).value().keeps.size(), 100U);
    EXPECT_EQ(world.files.count("look"), 101);
}

TEST(Observe, SeesAFileWhereAFolderMustBe) {
    KeepWorld world;
    world.tree.file("root/.config").folder("storage/envkeep/home/.config");
    world.keep(".config/x");

    EXPECT_EQ(world.seen().obstacle, Obstacle::parent_is_file);
    EXPECT_EQ(world.seen().in_the_way, world.home(".config"));
}

TEST(Observe, SeesASpecialFile) {
    OneKeep world;
    world.tree.fifo("root/.x");

    EXPECT_EQ(world.seen().obstacle, Obstacle::special);
}

TEST(Observe, SeesASpecialFileInTheStore) {
    OneKeep world;
    world.tree.fifo("storage/envkeep/home/.x");

    EXPECT_EQ(world.seen().obstacle, Obstacle::special);
    EXPECT_EQ(world.seen().in_the_way, world.store("home/.x"));
}

TEST(Observe, SeesALinkOnTheWayToTheSource) {
    KeepWorld world;
    world.tree.folder("opt").link("storage/envkeep/home/d", world.tree / "opt");
    world.keep("d/x");

    EXPECT_EQ(world.seen().obstacle, Obstacle::unreadable);
    EXPECT_THAT(world.seen().problem, HasSubstr("is a link"));
}

TEST(Observe, SeesAMountPoint) {
    OneKeep world;
    world.tree.folder("root/.x");
    const ScopedMount mount = ScopedMount::tmpfs(world.home(".x"));
    world.reopen();

    EXPECT_EQ(world.seen().obstacle, Obstacle::mount_point);
    EXPECT_EQ(world.seen().in_the_way, world.home(".x"));
}

TEST(Observe, SeesAMountPointInAFolderThatWouldMove) {
    OneKeep world;
    world.tree.folder("root/.x/a/b");
    const ScopedMount mount = ScopedMount::tmpfs(world.home(".x/a/b"));
    world.reopen();

    EXPECT_EQ(world.seen().obstacle, Obstacle::mount_point);
    EXPECT_EQ(world.seen().in_the_way, world.home(".x/a/b"));

    world.tree.folder("storage/envkeep/home/.x/a/b");
    EXPECT_EQ(world.seen().obstacle, Obstacle::mount_point);
}

TEST(Observe, SeesThatThePlaceIsTheStoresFolderByAnotherMount) {
    OneKeep world;
    world.tree.folder("root/.x/envkeep/home");
    const ScopedMount mount = ScopedMount::bind(world.tree / "storage", world.home(".x"));
    world.reopen();

    EXPECT_EQ(world.seen().obstacle, Obstacle::same_file);
    EXPECT_THAT(world.seen().problem, HasSubstr("it holds"));
}

TEST(Observe, SeesTheStoreDeepInThePlaceByAnotherMount) {
    OneKeep world;
    world.tree.folder("root/.x/deep/persistent/envkeep/home");
    const ScopedMount mount =
        ScopedMount::bind(world.tree / "storage", world.home(".x/deep/persistent"));
    world.reopen();

    EXPECT_EQ(world.seen().obstacle, Obstacle::same_file);
    EXPECT_EQ(world.seen().in_the_way, world.home(".x/deep/persistent"));

    world.tree.folder("storage/envkeep/home/.x/deep");
    EXPECT_EQ(world.seen().obstacle, Obstacle::same_file);
}

TEST(Observe, SeesThePlaceInsideTheStoresFolderByAnotherMount) {
    KeepWorld world;
    world.tree.folder("notebooks/d/x").folder("storage/envkeep/shared/d/x");
    const ScopedMount mount = ScopedMount::bind(world.tree / "notebooks", world.store("shared"));
    world.reopen();
    world.keep(world.tree / "notebooks/d/x").to = "shared/d";

    EXPECT_EQ(world.seen().obstacle, Obstacle::same_file);
    EXPECT_THAT(world.seen().problem, HasSubstr("it lies inside"));
}

TEST(Observe, LooksAtTheFallbackWhereTheSourceIsMissing) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.local/bin/tool");
    world.keep(".local").per_python = true;

    const Observation all = world.observation();

    EXPECT_TRUE(all.keeps.at(1).uses_fallback);
    EXPECT_EQ(all.keeps.at(1).store.kind, Kind::folder);
}

TEST(Observe, LeavesAFolderOfSingleKeepsToBeAMountPoint) {
    OneKeep world;
    world.manifest.keeps[0].children = true;
    world.tree.folder("root/.x");
    const ScopedMount mount = ScopedMount::tmpfs(world.home(".x"));
    world.reopen();

    EXPECT_EQ(world.seen().obstacle, Obstacle::none);
    EXPECT_EQ(world.seen().home.kind, Kind::folder);
}

}  // namespace
}  // namespace envkeep::keep::testing
