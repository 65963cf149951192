// SPDX-License-Identifier: MIT
#include "bytes.hpp"
#include "sample.hpp"
#include "shelf_test.hpp"
#include "shell.hpp"
#include "snapshot/snapshot_record.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Records : public ShelfTest {
  protected:
    static Snapshot snapshot(std::string id) {
        return {.id = std::move(id),
                .parent = "20261119T000000Z-8d6cf3f2a9",
                .created = "2026-11-20T23:24:59Z",
                .message = "any \xff\n\"text\"\\",
                .session = "s",
                .host = "n1",
                .profile = "main",
                .image = "5c1e09ab",
                .keys = {{"apt", "x"}, {"python /usr/bin/python3.11", "cp311"}},
                .layer = digest_of("layer").text(),
                .lock = digest_of("lock").text(),
                .content = digest_of("content"),
                .full = digest_of("full"),
                .entries = 3,
                .bytes = 5'000'000'000,
                .new_bytes = 7,
                .left_out = {{.path = "root/.netrc", .why = Omission::secret},
                             {.path = "root/\xff.bin", .why = Omission::excluded}}};
    }
};

TEST_F(Records, ALayerIsFoundByItsName) {
    const std::string name = save_layer(shelf, sample_layer()).value();

    EXPECT_EQ(name, digest_of(layer_text(sample_layer())).text());
    EXPECT_EQ(load_layer(shelf, name), sample_layer());
    EXPECT_EQ(save_layer(shelf, sample_layer()), name);
}

TEST_F(Records, ALayerThatCannotBeReadBackIsNotWritten) {
    Layer layer = sample_layer();
    layer.entries.push_back(layer.entries.back());

    EXPECT_THAT(save_layer(shelf, layer).error().message, HasSubstr("not sorted"));

    EXPECT_FALSE(tree.exists(in_store("manifests")));
}

TEST_F(Records, ALayerIsReadByZstd) {
    const std::string name = save_layer(shelf, sample_layer()).value();

    const Shown shown =
        shell("zstd -dc '" + tree / in_store("manifests/" + name + ".layer.zst") + "'");

    EXPECT_EQ(shown.text, layer_text(sample_layer()));
}

TEST_F(Records, ALockIsFoundByItsName) {
    const std::string large = noise(5'000'000, 1);
    for (const std::string& text : {std::string(), std::string("envkeep-lock 1\n"), large}) {
        const std::string name = save_lock(shelf, text).value();
        EXPECT_TRUE(load_lock(shelf, name) == text);
    }
}

TEST_F(Records, ADamagedLayerIsRefused) {
    const std::string name = save_layer(shelf, sample_layer()).value();
    const std::string path = in_store("manifests/" + name + ".layer.zst");
    const std::string sound = tree.content(path);

    tree.file(path, sound.substr(0, sound.size() - 1));
    EXPECT_FALSE(load_layer(shelf, name));
    tree.file(path, "no frame");
    EXPECT_FALSE(load_layer(shelf, name));
    tree.file(path, text_of(FrameEncoder(3).encode(bytes_from(layer_text({}))).value()));
    EXPECT_THAT(load_layer(shelf, name).error().message, HasSubstr("is not what its name tells"));
    tree.remove(path);
    EXPECT_EQ(load_layer(shelf, name).error().kind, ErrorKind::not_found);
}

TEST_F(Records, NoNameLeadsOutOfTheFolder) {
    for (const char* const name : {"../x", "", ".", "..", "a/b", "/etc/passwd", ".hidden"}) {
        EXPECT_EQ(load_layer(shelf, name).error().kind, ErrorKind::unsafe_path) << name;
        EXPECT_EQ(load_lock(shelf, name).error().kind, ErrorKind::unsafe_path) << name;
        EXPECT_EQ(newest_ref(shelf, name).error().kind, ErrorKind::unsafe_path) << name;
        Snapshot evil = snapshot("20261120T000000Z-8d6cf3f2a9");
        evil.profile = name;
        EXPECT_FALSE(publish(shelf, evil, {})) << name;
        EXPECT_FALSE(publish(shelf, snapshot(name), {})) << name;
    }
    EXPECT_THAT(tree.snapshot("storage/envkeep"), IsEmpty());
}

TEST_F(Records, ARecordGivesBackEverything) {
    const Snapshot one = snapshot("20261120T232459Z-8d6cf3f2a9");

    EXPECT_EQ(parse_record(record_text(one)), one);
}

TEST_F(Records, APublishedSnapshotIsTheNewest) {
    EXPECT_EQ(newest_ref(shelf, "main").value(), std::nullopt);

    const Ref first = publish(shelf, snapshot("20261120T000000Z-8d6cf3f2a9"), {}).value();
    const Ref second = publish(shelf, snapshot("20261121T000000Z-8d6cf3f2a9"), first).value();

    EXPECT_EQ(first.number, 1U);
    EXPECT_EQ(second.number, 2U);
    EXPECT_EQ(newest_ref(shelf, "main").value(), second);
    EXPECT_EQ(tree.content(in_store("refs/main/000002")), "20261121T000000Z-8d6cf3f2a9\n");
}

TEST_F(Records, WhoComesSecondIsTold) {
    const Ref first = publish(shelf, snapshot("20261120T000000Z-8d6cf3f2a9"), {}).value();
    const Ref theirs = publish(shelf, snapshot("20261121T000000Z-8d6cf3f2a9"), first).value();
    const Snapshot mine = snapshot("20261121T000001Z-8d6cf3f2a9");

    const auto outcome = publish(shelf, mine, first);

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::conflict);
    EXPECT_EQ(publish(shelf, mine, theirs).value().number, 3U);
}

TEST_F(Records, PublishingTwiceIsWell) {
    const Snapshot one = snapshot("20261120T000000Z-8d6cf3f2a9");
    const Ref first = publish(shelf, one, {}).value();

    EXPECT_EQ(publish(shelf, one, {}), first);
    EXPECT_THAT(list_snapshots(shelf).value().refs, SizeIs(1));
}

TEST_F(Records, ARefThatCannotBeReadStopsNobody) {
    const Ref first = publish(shelf, snapshot("20261120T000000Z-8d6cf3f2a9"), {}).value();
    tree.file(in_store("refs/main/000002"), "../../evil").folder(in_store("refs/main/000003"));

    EXPECT_EQ(newest_ref(shelf, "main").value(), first);
    EXPECT_EQ(publish(shelf, snapshot("20261121T000000Z-8d6cf3f2a9"), first).value().number, 4U);
}

TEST_F(Records, ListsWhatRefsNameNewestFirst) {
    const Snapshot one = snapshot("20261120T000000Z-8d6cf3f2a9");
    Snapshot two = snapshot("20261121T000000Z-8d6cf3f2a9");
    two.profile = "other";
    ASSERT_TRUE(publish(shelf, one, {}));
    ASSERT_TRUE(publish(shelf, two, {}));
    tree.file(in_store("refs/main/1"), two.id)
        .file(in_store("refs/main/0000002"), two.id)
        .file(in_store("refs/main/.000002.envkeep-0123abcd"), two.id)
        .file(in_store("snapshots/20261122T000000Z-8d6cf3f2a9.json"), "{}");

    const SnapshotList list = list_snapshots(shelf).value();

    EXPECT_THAT(list.snapshots, ElementsAre(two, one));
    EXPECT_THAT(list.refs, SizeIs(2));
    EXPECT_THAT(list.problems, IsEmpty());
}

TEST_F(Records, TellsWhatCannotBeRead) {
    ASSERT_TRUE(publish(shelf, snapshot("20261120T000000Z-8d6cf3f2a9"), {}));
    ASSERT_TRUE(publish(shelf, snapshot("20261121T000000Z-8d6cf3f2a9"), Ref{.number = 1}));
    ASSERT_TRUE(publish(shelf, snapshot("20261122T000000Z-8d6cf3f2a9"), Ref{.number = 2}));
    const std::string record = record_text(snapshot("20261120T000000Z-8d6cf3f2a9"));
    tree.file(in_store("snapshots/20261120T000000Z-8d6cf3f2a9.json"), record.substr(0, 100))
        .file(in_store("snapshots/20261121T000000Z-8d6cf3f2a9.json"), record)
        .file(in_store("refs/main/000009"), "/etc/passwd");

    const SnapshotList list = list_snapshots(shelf).value();

    EXPECT_THAT(list.snapshots, SizeIs(1));
    EXPECT_THAT(list.problems, SizeIs(3));
}

TEST_F(Records, AStoreWithoutSnapshotsHasNone) {
    const SnapshotList list = list_snapshots(shelf).value();

    EXPECT_THAT(list.snapshots, IsEmpty());
    EXPECT_THAT(list.problems, IsEmpty());
}

TEST_F(Records, ARecordThatNamesNoFileOfTheStoreIsRefused) {
    const std::string sound = record_text(snapshot("20261120T000000Z-8d6cf3f2a9"));
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = sound;
        text.replace(text.find(from), from.size(), to);
        return parse_record(text).has_value();
    };

    EXPECT_FALSE(with(digest_of("layer").text(), "../x"));
    EXPECT_FALSE(with(digest_of("lock").text(), ""));
    EXPECT_FALSE(with("\"main\"", "\"..\""));
    EXPECT_FALSE(with("\"20261120T", "\"../20261120T"));
    EXPECT_FALSE(with("\"format\": 1", "\"format\": 2"));
    EXPECT_FALSE(with(digest_of("full").text(), "0"));
    EXPECT_FALSE(parse_record("[]"));
    EXPECT_FALSE(parse_record(""));
}

TEST_F(Records, ASnapshotIsFoundByTheBeginningOfItsId) {
    const SnapshotList list{.snapshots = {snapshot("20261121T000000Z-a"),
                                          snapshot("20261120T000000Z-a"),
                                          snapshot("20261120T000000Z-ab")},
                            .refs = {},
                            .problems = {}};

    EXPECT_EQ(find_snapshot(list, "20261121").value().id, "20261121T000000Z-a");
    EXPECT_EQ(find_snapshot(list, "20261120T000000Z-a").value().id, "20261120T000000Z-a");
    EXPECT_EQ(find_snapshot(list, "2026112").error().kind, ErrorKind::not_found);
    EXPECT_THAT(find_snapshot(list, "x").error().hint, HasSubstr("20261121T000000Z-a"));
    EXPECT_FALSE(find_snapshot(list, ""));
}

}  // namespace
}  // namespace envkeep::snapshot
