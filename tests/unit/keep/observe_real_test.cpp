// SPDX-License-Identifier: MIT
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

// What is observed where something real stands at the place.
namespace envkeep::keep::testing {
namespace {

using manifest::How;
using system::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using namespace std::chrono_literals;

// One keep `~/.x`, kept in `home/.x`; the container started long ago.
struct OneKeep : KeepWorld {
    OneKeep() { keep(".x"); }

    OneKeep& file(const std::string& path, const std::string& content) {
        tree.file("root/.x" + path, content);
        return *this;
    }

    OneKeep& stored(const std::string& path, const std::string& content) {
        tree.file("storage/envkeep/home/.x" + path, content);
        return *this;
    }

    // The session remembers that it put the store's file there, as it is now.
    store::RestoredFile& remember(const std::string& path, bool is_link) {
        const system::Place place{resolving.home, RelPath::parse(".x" + path).value()};
        const system::Place source{resolving.store.root, RelPath::parse("home/.x" + path).value()};
        state.files.push_back({.place = home(".x" + path),
                               .source = store("home/.x" + path),
                               .digest = real_files.digest(source).value(),
                               .home_seen = real_files.status(place).value(),
                               .store_seen = real_files.status(source).value(),
                               .is_link = is_link});
        observing.state = &state;
        return state.files.back();
    }

    store::SessionState state;
};

std::vector<std::string> texts(const std::vector<Difference>& differences) {
    std::vector<std::string> all;
    for (const Difference& difference : differences) {
        all.push_back(difference.path.text());
    }
    return all;
}

TEST(ObserveFile, IsComparedByItsBytes) {
    OneKeep world;
    world.file("", "same").stored("", "same");
    EXPECT_EQ(world.seen().sameness, Sameness::same);

    world.file("", "sane");
    EXPECT_EQ(world.seen().sameness, Sameness::differs);
}

TEST(ObserveFile, IsNotReadWhereTheSizeTells) {
    OneKeep world;
    world.file("", "longer").stored("", "short");

    EXPECT_EQ(world.seen().sameness, Sameness::differs);
    EXPECT_EQ(world.files.count("has_same_bytes"), 0);
}

TEST(ObserveFile, WasChangedInTheSessionIfItIsYoungerThanTheContainer) {
    OneKeep world;
    world.file("", "a").stored("", "b");
    const WallTime changed = world.seen().home.changed;

    world.observing.container_start = changed - 1s;
    EXPECT_TRUE(world.seen().changed_in_session);
    world.observing.container_start = changed + 1s;
    EXPECT_FALSE(world.seen().changed_in_session);
}

TEST(ObserveFile, CameWithTheImageWhereTheFirstStartFindsIt) {
    OneKeep world;
    world.file("", "a").stored("", "b");
    world.observing.is_start = true;
    EXPECT_FALSE(world.seen().changed_in_session);

    world.observing.state = &world.state;
    EXPECT_TRUE(world.seen().changed_in_session);
}

TEST(ObserveFile, IsNotChangedWhereItHoldsWhatWasRestored) {
    OneKeep world;
    world.file("", "a").stored("", "a");
    world.remember("", false);
    world.stored("", "b");

    const KeepSeen seen = world.seen();

    EXPECT_TRUE(seen.was_copied_here);
    EXPECT_TRUE(seen.home_as_restored);
    EXPECT_FALSE(seen.store_as_restored);
    EXPECT_FALSE(seen.changed_in_session);
}

TEST(ObserveFile, IsAsRestoredIfOnlyItsTimeMoved) {
    OneKeep world;
    world.file("", "a").stored("", "a");
    world.remember("", false);
    world.tree.modified("root/.x", 1'000);
    world.stored("", "b");

    EXPECT_TRUE(world.seen().home_as_restored);
}

TEST(ObserveFile, TookThePlaceOfALinkOfOurs) {
    OneKeep world;
    world.file("", "old").stored("", "old");
    world.remember("", true).home_seen = {.kind = Kind::link};
    world.file("", "new");

    const KeepSeen seen = world.seen();

    EXPECT_TRUE(seen.was_linked_here);
    EXPECT_FALSE(seen.was_copied_here);
    EXPECT_TRUE(seen.changed_in_session);
    EXPECT_FALSE(seen.home_as_restored);
    EXPECT_TRUE(seen.store_as_restored);
}

TEST(ObserveFile, OfAnUntouchedCopyIsNotRead) {
    OneKeep world;
    world.manifest.keeps[0].how = How::copy;
    world.file("", "a").stored("", "a");
    world.remember("", false);

    EXPECT_EQ(world.seen().sameness, Sameness::same);
    EXPECT_EQ(world.files.count("has_same_bytes"), 0);
    EXPECT_EQ(world.files.count("digest"), 0);
}

TEST(ObserveFolder, IsTheSame) {
    OneKeep world;
    world.file("/a/b", "1").stored("/a/b", "1");
    world.tree.link("root/.x/l", "a").link("storage/envkeep/home/.x/l", "a");
    world.tree.folder("root/.x/e").folder("storage/envkeep/home/.x/e");

    EXPECT_EQ(world.seen().sameness, Sameness::same);
    EXPECT_FALSE(world.seen().home_is_empty);
}

TEST(ObserveFolder, IsAPartOfTheStores) {
    OneKeep world;
    world.file("/a", "1").stored("/a", "1").stored("/b", "2");

    EXPECT_EQ(world.seen().sameness, Sameness::home_is_subset);
}

TEST(ObserveFolder, ThatIsEmptyIsAPartOfTheStores) {
    OneKeep world;
    world.stored("/a", "1");
    world.tree.folder("root/.x");

    EXPECT_EQ(world.seen().sameness, Sameness::home_is_subset);
    EXPECT_TRUE(world.seen().home_is_empty);
}

TEST(ObserveFolder, HasTopmostNamesThatTheStoreLacks) {
    OneKeep world;
    world.stored("/both", "1").stored("/d/x", "1");
    world.file("/both", "1").file("/new/a/b", "2").file("/d/new", "3").file("/d/x", "1");

    const KeepSeen seen = world.seen();

    EXPECT_EQ(seen.sameness, Sameness::differs);
    EXPECT_THAT(texts(seen.missing_in_store), ElementsAre("d/new", "new"));
    EXPECT_EQ(seen.missing_in_store.at(1).home.kind, Kind::folder);
    EXPECT_THAT(seen.differing, IsEmpty());
}

TEST(ObserveFolder, HasFilesLinksAndKindsThatDiffer) {
    OneKeep world;
    world.stored("/file", "12").file("/file", "21");
    world.stored("/kind", "1").file("/kind/a", "1");
    world.tree.link("root/.x/link", "a").link("storage/envkeep/home/.x/link", "b");

    const KeepSeen seen = world.seen();

    EXPECT_EQ(seen.sameness, Sameness::differs);
    EXPECT_THAT(texts(seen.differing), ElementsAre("file", "kind", "link"));
    EXPECT_EQ(seen.differing.at(2).home_target, "a");
    EXPECT_EQ(seen.differing.at(2).store_target, "b");
}

TEST(ObserveFolder, CountsALinkOfOursAsWhatItLeadsTo) {
    OneKeep world;
    world.stored("/a/b", "1");
    world.tree.folder("root/.x").link("root/.x/a", world.store("home/.x/a"));
    world.tree.link("root/.x/gone", world.store("home/.x/gone"));

    EXPECT_EQ(world.seen().sameness, Sameness::same);
}

TEST(ObserveFolder, DoesNotCountSocketsAndWhatIsOurs) {
    OneKeep world;
    world.stored("/a", "1").file("/a", "1").file("/.y.envkeep-0123abcd", "half");
    world.tree.fifo("root/.x/pipe").fifo("root/.x/a.pipe");

    EXPECT_EQ(world.seen().sameness, Sameness::same);
}

TEST(ObserveFolder, HonoursExcludes) {
    OneKeep world;
    world.manifest.keeps[0].exclude = {"**/cache"};
    world.manifest.keeps[0].how = manifest::How::copy;
    world.stored("/a", "1").file("/a", "1").file("/b/cache", "2").file("/cache/x", "3");
    world.tree.folder("storage/envkeep/home/.x/b");

    const KeepSeen seen = world.seen();

    EXPECT_EQ(seen.sameness, Sameness::same);
    EXPECT_TRUE(seen.holds_left_out);
}

TEST(ObserveFolder, TellsWhetherSomethingExcludedWouldNotBeSeeded) {
    OneKeep world;
    world.manifest.keeps[0].exclude = {"**/cache"};
    world.manifest.keeps[0].how = manifest::How::copy;
    world.file("/b/cache", "2");
    EXPECT_TRUE(world.seen().holds_left_out);

    world.tree.remove("root/.x/b/cache");
    EXPECT_FALSE(world.seen().holds_left_out);
    EXPECT_EQ(world.seen().sameness, Sameness::unknown);
}

TEST(ObserveCopiedFolder, KnowsWhichSideChanged) {
    OneKeep world;
    world.manifest.keeps[0].how = How::copy;
    world.stored("/a", "1").file("/a", "1").stored("/b", "2").file("/b", "2");
    world.remember("/a", false);
    world.remember("/b", false);
    EXPECT_EQ(world.seen().sameness, Sameness::same);

    world.file("/a", "changed");
    EXPECT_TRUE(world.seen().was_copied_here);
    EXPECT_FALSE(world.seen().home_as_restored);
    EXPECT_TRUE(world.seen().store_as_restored);

    world.stored("/b", "changed too");
    EXPECT_FALSE(world.seen().store_as_restored);
}

TEST(ObserveCopiedFolder, CountsWhatIsNewOnOneSide) {
    OneKeep world;
    world.manifest.keeps[0].how = How::copy;
    world.stored("/a", "1").file("/a", "1");
    world.remember("/a", false);

    world.file("/new", "2");
    EXPECT_FALSE(world.seen().home_as_restored);
    EXPECT_TRUE(world.seen().store_as_restored);

    world.tree.remove("root/.x/new");
    world.stored("/new", "2");
    EXPECT_TRUE(world.seen().home_as_restored);
    EXPECT_FALSE(world.seen().store_as_restored);
}

TEST(ObserveCopiedFolder, CountsWhatWasRemoved) {
    OneKeep world;
    world.manifest.keeps[0].how = How::copy;
    world.stored("/a", "1").file("/a", "1").stored("/b/c", "2").file("/b/c", "2");
    world.remember("/a", false);
    world.remember("/b/c", false);

    world.tree.remove("storage/envkeep/home/.x/b");

    EXPECT_TRUE(world.seen().home_as_restored);
    EXPECT_FALSE(world.seen().store_as_restored);
}

}  // namespace
}  // namespace envkeep::keep::testing
