// SPDX-License-Identifier: MIT
#include "captured_session.hpp"

namespace envkeep::snapshot {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(CaptureOfASession, FindsNothingInAnUntouchedImage) {
    write("usr/lib/a", "image");
    begin_session();

    EXPECT_THAT(paths_of(take()), IsEmpty());
}

TEST_F(CaptureOfASession, ListsTheImageOnceWhereARootLiesInAnother) {
    scope_.roots = {"usr", "usr/lib"};
    write("usr/lib/a", "image");
    begin_session();

    EXPECT_EQ(listing_.entries.size(), 3U);
    EXPECT_TRUE(parse_listing(listing_text(listing_)));
}

TEST_F(CaptureOfASession, ListsNoFolderThatHoldsNothingOfTheImage) {
    write("usr/lib/old/a", "image");
    tree_.folder("usr/empty");
    begin_session();
    write("usr/lib/old/b", "mine");
    write("usr/lib/old/new/c", "mine");
    write("etc/mine/d", "mine");

    listing_ = list_image(scope_, began_, roots(), tools()).value();

    std::vector<std::string> paths;
    for (const ImageEntry& entry : listing_.entries) {
        paths.push_back(entry.path);
    }
    EXPECT_THAT(paths,
                ElementsAre("root", "usr", "usr/empty", "usr/lib", "usr/lib/old", "usr/lib/old/a"));
}

TEST_F(CaptureOfASession, FindsWhatWasAddedAndTheFoldersAboveIt) {
    write("usr/lib/a", "image");
    begin_session();
    write("usr/lib/b/new", "session");

    const Capture found = take();

    EXPECT_THAT(paths_of(found), ElementsAre("usr", "usr/lib", "usr/lib/b", "usr/lib/b/new"));
    EXPECT_EQ(found.bytes_to_pack, 7U);
}

TEST_F(CaptureOfASession, FindsAChangeThatHidesItsTimeOfModification) {
    write("usr/lib/a", "image");
    const std::int64_t before = tree_.modified_at("usr/lib/a");
    begin_session();
    tree_.file("usr/lib/a", "other").modified("usr/lib/a", before);

    EXPECT_THAT(paths_of(take()), Contains("usr/lib/a"));
}

TEST_F(CaptureOfASession, FindsAChangedMode) {
    write("usr/bin/a", "image");
    begin_session();
    tree_.mode("usr/bin/a", 0700);

    const Capture found = take();

    EXPECT_THAT(paths_of(found), Contains("usr/bin/a"));
    EXPECT_EQ(found.layer.entries.back().attributes.mode, 0700U);
}

TEST_F(CaptureOfASession, FindsWhatWasDeletedWithItsTreeAndNothingElse) {
    write("usr/lib/x/one", "image");
    write("usr/lib/x/two", "image");
    write("usr/lib/y", "image");
    begin_session();
    tree_.remove("usr/lib/x");

    const Capture found = take();

    std::vector<std::string> deleted;
    for (const Deletion& deletion : found.layer.deletions) {
        deleted.push_back(deletion.path);
    }
    EXPECT_THAT(deleted, ElementsAre("usr/lib/x", "usr/lib/x/one", "usr/lib/x/two"));
}

TEST_F(CaptureOfASession, TellsSecondNamesAndLinks) {
    begin_session();
    write("usr/a", "one");
    tree_.hard_link("usr/b", "usr/a").link("usr/c", "a");

    const Capture found = take();

    ASSERT_THAT(paths_of(found), ElementsAre("usr", "usr/a", "usr/b", "usr/c"));
    EXPECT_EQ(found.layer.entries[2].kind, EntryKind::hard_link);
    EXPECT_EQ(found.layer.entries[2].target, "usr/a");
    EXPECT_EQ(found.layer.entries[3].kind, EntryKind::link);
    EXPECT_EQ(found.layer.entries[3].target, "a");
}

TEST_F(CaptureOfASession, TakesWhatAnEarlierLayerHoldsWithoutReadingIt) {
    begin_session();
    write("usr/a", "one");
    Capture first = take();
    first.layer.entries.back().digest = digest_of("one");
    WallTime until = now();
    while (until <= changed("usr/a")) {
        until = now();
    }

    const Capture second = take(&first.layer, until);

    EXPECT_THAT(second.to_pack, IsEmpty());
    EXPECT_EQ(second.layer, first.layer);
}

TEST_F(CaptureOfASession, CountsNotToBeStoredWhatSeemsToBe) {
    begin_session();
    write("usr/a", std::string(5000, 'a'));
    write("usr/b", std::string(6000, 'b'));
    is_stored_ = [](const std::string& path, std::uint64_t size) {
        return path == "usr/a" && size == 5000;
    };

    const Capture found = take();

    EXPECT_EQ(found.bytes_to_pack, 11000U);
    EXPECT_EQ(found.bytes_to_store, 6000U);
}

TEST_F(CaptureOfASession, ReadsAgainWhatChangedAfterTheEarlierLayer) {
    begin_session();
    write("usr/a", "one");
    const Capture first = take();

    // As if the layer had been taken before the file was written.
    EXPECT_THAT(take(&first.layer, began_).to_pack, Not(IsEmpty()));
}

TEST_F(CaptureOfASession, KeepsADeletionThatARestoreMadeBeforeTheImageWasListed) {
    begin_session();
    write("usr/new", "x");
    Layer base{.home = "/root", .groups = {{.domain = Domain::npm, .name = "x"}}};
    base.deletions = {{.path = "usr/gone", .size = 1}};

    const Capture found = take(&base, began_);

    ASSERT_EQ(found.layer.deletions.size(), 1U);
    EXPECT_EQ(found.layer.deletions.front().path, "usr/gone");
    EXPECT_EQ(found.layer.groups.at(found.layer.deletions.front().group), base.groups.front());
    EXPECT_TRUE(deletes_the_same(found.layer, base));
}

TEST_F(CaptureOfASession, LeavesOutRemovalsTooWhereAKindOfPackagesIsNotWanted) {
    write("usr/python/old-1.0/RECORD", "image");
    write("usr/python/p.py", "image");
    write("usr/other/x", "image");
    begin_session();
    tree_.remove("usr/python/old-1.0").remove("usr/other/x");
    write("usr/python/p.py", "upgraded");
    is_wanted_ = [](const Group& group) { return group.domain != Domain::python; };

    const Capture found = take();

    ASSERT_EQ(found.layer.deletions.size(), 1U);
    EXPECT_EQ(found.layer.deletions.front().path, "usr/other/x");
    EXPECT_THAT(paths_of(found), ElementsAre("usr", "usr/other"));
}

TEST_F(CaptureOfASession, CarriesOnWhatLiesInAFolderThatCannotBeRead) {
    write("usr/lib/gone", "image");
    begin_session();
    tree_.remove("usr/lib/gone");
    write("usr/a", "one");
    write("usr/lib/x", "two");
    tree_.hard_link("usr/lib/y/z", "usr/lib/x");
    write("usr/z", "three");
    const Capture before = take();
    ASSERT_EQ(before.layer.deletions.size(), 1U);
    failing_.unreadable = "lib";
    write("usr/z", "four");

    const Capture found = take(&before.layer, began_);

    EXPECT_THAT(found.unreadable, ::testing::SizeIs(1));
    EXPECT_THAT(
        paths_of(found),
        ElementsAre("usr", "usr/a", "usr/lib", "usr/lib/x", "usr/lib/y", "usr/lib/y/z", "usr/z"));
    EXPECT_EQ(found.layer.entries[3], before.layer.entries[3]);
    EXPECT_EQ(found.layer.entries[5], before.layer.entries[5]);
    EXPECT_EQ(found.layer.deletions, before.layer.deletions);
    EXPECT_THAT(found.to_pack, Not(Contains(3U)));
}

TEST_F(CaptureOfASession, CarriesOnWhatAMountHides) {
    write("usr/work/gone", "image");
    write("usr/work/x", "image");
    begin_session();
    tree_.remove("usr/work/gone");
    write("usr/work/mine", "one");
    tree_.hard_link("usr/work/same", "usr/work/mine");
    write("usr/work/tmp/cache", "two");
    write("usr/z", "three");
    const Capture before = take();
    ASSERT_EQ(before.layer.deletions.size(), 1U);
    // As if of a volume, older than the session.
    tree_.remove("usr/work/mine").remove("usr/work/same");
    write("usr/work/gone", "of the volume");
    failing_.mounted = "work";
    scope_.mounts = {"usr/nothing", "usr/work"};
    scope_.excluded = {"usr/work/tmp"};

    const Capture found = take(&before.layer, began_);

    EXPECT_THAT(paths_of(found),
                ElementsAre("usr", "usr/work", "usr/work/mine", "usr/work/same", "usr/z"));
    EXPECT_EQ(found.layer.entries[2], before.layer.entries[2]);
    EXPECT_EQ(found.layer.deletions, before.layer.deletions);
    EXPECT_THAT(found.to_pack, Not(Contains(2U)));
    EXPECT_THAT(found.carried, ElementsAre(1U, 2U, 3U));
    EXPECT_THAT(found.unreadable, IsEmpty());
}

TEST_F(CaptureOfASession, CarriesNothingOnThatWasSeen) {
    begin_session();
    write("usr/lib/x", "one");
    write("usr/other/y", "two");
    const Capture before = take();
    failing_.unreadable = "lib";
    tree_.remove("usr/other");

    EXPECT_THAT(paths_of(take(&before.layer, began_)), ElementsAre("usr", "usr/lib", "usr/lib/x"));
}

}  // namespace
}  // namespace envkeep::snapshot
