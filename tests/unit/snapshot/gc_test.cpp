// SPDX-License-Identifier: MIT
#include "collect_test.hpp"
#include "envkeep/snapshot/trash.hpp"
#include "shelf_test.hpp"
#include "snapshot/store_names.hpp"
#include "support/failing_files.hpp"

#include <filesystem>
#include <functional>
#include <limits>
#include <utility>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Two snapshots with a pack each, taken long ago, in a real store.
class Gc : public ShelfTest {
  protected:
    Gc() {
        first = publish_one("first", std::nullopt);
        second = publish_one("second", first);
        make_all_old();
    }

    Ref publish_one(const std::string& what, const std::optional<Ref>& after) {
        const std::string pack = name_of_pack(what);
        tree.file(in_store("packs/" + pack + ".tar.zst"), what);
        Layer layer = sample_layer();
        layer.packs = {pack, name_of_pack("shared")};
        tree.file(in_store("packs/" + layer.packs[1] + ".tar.zst"), "shared");
        Snapshot snapshot = snapshot_at(after ? noon + day : noon);
        snapshot.layer = save_layer(shelf, layer).value();
        snapshot.lock = save_lock(shelf, what).value();
        return publish(shelf, snapshot, after).value();
    }

    void make_all_old() {
        namespace fs = std::filesystem;
        for (const auto& found : fs::recursive_directory_iterator(tree / "storage/envkeep")) {
            tree.modified(found.path().string().substr(tree.path().size() + 1), noon);
        }
    }

    GcPlan planned(const std::set<std::string>& kept) {
        const SnapshotList list = list_snapshots(shelf).value();
        stock = take_stock(shelf, list, kept).value();
        return plan_gc(list, kept, stock);
    }

    std::vector<std::string> in_folder(const std::string& folder) {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(tree / in_store(folder))) {
            names.push_back(entry.path().filename());
        }
        return names;
    }

    Ref first;
    Ref second;
    Stock stock;
};

TEST_F(Gc, MovesWhatOnlyAnOldSnapshotNames) {
    const GcPlan plan = planned({second.snapshot});
    const auto report = apply_gc(shelf, plan, stock.now);

    ASSERT_TRUE(report);
    EXPECT_THAT(report->problems, IsEmpty());
    EXPECT_EQ(report->trashed, 5U);  // ref, record, layer, lock, pack
    EXPECT_THAT(in_folder("packs"),
                UnorderedElementsAre(name_of_pack("second") + ".tar.zst",
                                     name_of_pack("shared") + ".tar.zst"));
    EXPECT_THAT(in_folder("trash"), SizeIs(6));
    EXPECT_EQ(list_snapshots(shelf)->snapshots.size(), 1U);
    EXPECT_TRUE(load_layer(shelf, list_snapshots(shelf)->snapshots[0].layer));
}

TEST_F(Gc, PutsAllBackWhereItMayNotGoOn) {
    const GcPlan plan = planned({second.snapshot});
    const auto packs = in_folder("packs");
    for (int most = 0; most < 5; ++most) {
        int asked = 0;

        const auto report = apply_gc(shelf, plan, stock.now, [&]() -> Result<void> {
            return asked++ < most ? Result<void>{} : failure(ErrorKind::busy, "taken over");
        });

        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().kind, ErrorKind::busy);
        EXPECT_THAT(in_folder("packs"), ::testing::UnorderedElementsAreArray(packs));
        EXPECT_EQ(list_snapshots(shelf)->snapshots.size(), 2U);
    }
    EXPECT_EQ(apply_gc(shelf, plan, stock.now).value().trashed, 5U);
}

TEST_F(Gc, RemovesItADayLater) {
    ASSERT_TRUE(apply_gc(shelf, planned({second.snapshot}), at(noon + 2 * day)));
    stock = take_stock(shelf, list_snapshots(shelf).value(), {second.snapshot}).value();
    stock.now = at(noon + 4 * day);
    const GcPlan plan = plan_gc(list_snapshots(shelf).value(), {second.snapshot}, stock);

    const auto report = apply_gc(shelf, plan, stock.now);

    ASSERT_TRUE(report);
    EXPECT_EQ(report->removed, 5U);
    EXPECT_THAT(in_folder("trash"), ElementsAre("clock"));
}

TEST_F(Gc, LeavesWhatIsNotOurs) {
    tree.file(in_store("packs/mine.tar.zst"))
        .file(in_store("manifests/notes.txt"))
        .file(in_store("trash/old"))
        .file(in_store("refs/README"))
        .folder(in_store("packs/" + name_of_pack("folder") + ".tar.zst"))
        .link(in_store("packs/" + name_of_pack("link") + ".tar.zst"), "/etc/passwd");
    make_all_old();

    const GcPlan plan = planned({first.snapshot, second.snapshot});

    EXPECT_THAT(plan.to_trash, IsEmpty());
    EXPECT_THAT(plan.to_remove, IsEmpty());
}

TEST_F(Gc, LeavesWhatAnotherSessionIsAboutToPublish) {
    Layer layer = sample_layer();
    layer.packs[0] = name_of_pack("first");
    const std::string young = save_layer(shelf, layer).value();
    tree.file(in_store("packs/" + name_of_pack("young") + ".tar.zst"), "young");

    const GcPlan plan = planned({second.snapshot});

    EXPECT_THAT(paths_of(plan.to_trash),
                Not(::testing::Contains("packs/" + name_of_pack("first") + ".tar.zst")));
    EXPECT_THAT(paths_of(plan.to_trash),
                Not(::testing::Contains("packs/" + name_of_pack("young") + ".tar.zst")));
    EXPECT_THAT(paths_of(plan.to_trash),
                Not(::testing::Contains("manifests/" + young + ".layer.zst")));
}

TEST_F(Gc, SweepsTemporaryFilesOfADayAgo) {
    tree.file(in_store("packs/.x.envkeep-0123abcd"), "half")
        .file(in_store("refs/main/.000003.envkeep-0123abcd"));
    make_all_old();
    tree.file(in_store("packs/.y.envkeep-0123abcd"), "in work");

    const auto report = apply_gc(shelf, planned({first.snapshot, second.snapshot}), stock.now);

    ASSERT_TRUE(report);
    EXPECT_EQ(report->removed, 2U);
    EXPECT_TRUE(tree.exists(in_store("packs/.y.envkeep-0123abcd")));
}

TEST_F(Gc, DoesNothingWhereSnapshotsChangedSinceThePlan) {
    const GcPlan plan = planned({second.snapshot});
    Snapshot another = snapshot_at(noon + 2 * day);
    ASSERT_TRUE(publish(shelf, another, second));

    const auto report = apply_gc(shelf, plan, stock.now);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::conflict);
    EXPECT_THAT(in_folder("trash"), ElementsAre("clock"));
}

TEST_F(Gc, KeepsASnapshotThatWasJustPublished) {
    // An old record, with a ref of today.
    ASSERT_TRUE(publish(shelf, list_snapshots(shelf)->snapshots.back(), second));

    const GcPlan plan = planned({second.snapshot});

    EXPECT_THAT(plan.snapshots, IsEmpty());
    EXPECT_THAT(plan.to_trash, IsEmpty());
}

// Does something once, right after the first move.
class AfterFirstMove final : public testing::FailingFiles {
  public:
    AfterFirstMove(system::FileWriter& inner, std::function<void()> act)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}),
          act_(std::move(act)) {}

    Result<void> move(const system::Place& from, const system::Place& to) override {
        auto outcome = FailingFiles::move(from, to);
        if (act_) {
            std::exchange(act_, nullptr)();
        }
        return outcome;
    }

  private:
    std::function<void()> act_;
};

TEST_F(Gc, PutsAllBackWhereASnapshotIsPublishedMeanwhile) {
    const GcPlan plan = planned({second.snapshot});
    const auto before = tree.snapshot("storage/envkeep/packs");
    const Snapshot another = snapshot_at(noon + 2 * day);
    AfterFirstMove writer(files, [&] { ASSERT_TRUE(publish(shelf, another, second)); });
    const Shelf shelf_of_gc{
        .store = store, .files = files, .reader = plain, .writer = &writer, .tree_writer = &plain};

    const auto report = apply_gc(shelf_of_gc, plan, stock.now);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::conflict);
    EXPECT_EQ(tree.snapshot("storage/envkeep/packs"), before);
    EXPECT_THAT(list_snapshots(shelf)->refs, SizeIs(3));
    EXPECT_THAT(list_snapshots(shelf)->problems, IsEmpty());
    EXPECT_THAT(in_folder("trash"), ElementsAre("clock"));
}

TEST_F(Gc, GivesBackWhatASnapshotNamesFromNowOn) {
    const Snapshot gone = list_snapshots(shelf)->snapshots.back();
    const Layer layer = load_layer(shelf, gone.layer).value();
    ASSERT_TRUE(apply_gc(shelf, planned({second.snapshot}), at(noon + 2 * day)));
    ASSERT_FALSE(load_layer(shelf, gone.layer));

    ASSERT_TRUE(take_back(shelf, gone, layer));

    EXPECT_TRUE(load_layer(shelf, gone.layer));
    EXPECT_TRUE(load_lock(shelf, gone.lock));
    EXPECT_THAT(in_folder("packs"), SizeIs(3));
    tree.remove(in_store("packs/" + layer.packs[0] + ".tar.zst"));
    EXPECT_EQ(take_back(shelf, gone, layer).error().kind, ErrorKind::busy);
}

TEST_F(Gc, TakesBackWhatAnotherOneLeftBehindWhenItWasKilled) {
    const std::string pack = "packs/" + name_of_pack("second") + ".tar.zst";
    tree.folder(in_store("trash"));
    tree.rename(in_store(pack), in_store("trash/" + trash_name(at(noon), pack)));
    make_all_old();

    const auto report = apply_gc(shelf, planned({second.snapshot}), at(noon + 3 * day));

    ASSERT_TRUE(report);
    EXPECT_TRUE(tree.exists(in_store(pack)));
}

TEST_F(Gc, ARestoreFindsInTheTrashWhatItTook) {
    const std::string pack = "packs/" + name_of_pack("first") + ".tar.zst";
    ASSERT_TRUE(apply_gc(shelf, planned({second.snapshot}), at(noon + 2 * day)));
    ReaderWithTrash reader(store, files, plain);

    ASSERT_FALSE(plain.open_file(store.place(pack)));
    const auto file = reader.open_file(store.place(pack));

    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->status()->size, std::string("first").size());
    EXPECT_TRUE(reader.open_file(store.place("packs/" + name_of_pack("second") + ".tar.zst")));
    EXPECT_EQ(reader.open_file(store.place("packs/none")).error().kind, ErrorKind::not_found);
}

TEST_F(Gc, SweepsTemporaryFilesOfDebianPackages) {
    tree.file(in_store("packages/apt/.x.deb.envkeep-0123abcd"), "half")
        .file(in_store("packages/apt/x_1_amd64.deb"), "whole");
    make_all_old();

    const GcPlan plan = planned({first.snapshot, second.snapshot});

    EXPECT_THAT(paths_of(plan.to_remove), ElementsAre("packages/apt/.x.deb.envkeep-0123abcd"));
    EXPECT_THAT(plan.to_trash, IsEmpty());
}

TEST_F(Gc, ADamagedLayerOfAKeptSnapshotBlocksIt) {
    const std::string layer = list_snapshots(shelf)->snapshots[0].layer;
    tree.file(in_store("manifests/" + layer + ".layer.zst"), "damaged").mode("storage", 0755);
    make_all_old();

    const GcPlan plan = planned({second.snapshot});

    EXPECT_THAT(plan.blocked, SizeIs(1));
    EXPECT_THAT(plan.to_trash, IsEmpty());
}

}  // namespace
}  // namespace envkeep::snapshot
