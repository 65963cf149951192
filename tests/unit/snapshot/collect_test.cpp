// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/collect.hpp"

#include "packing.hpp"
#include "sample.hpp"
#include "shelf_test.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// 2020-11-20T12:00:00Z
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t noon = 1'605'873'600 * second;
constexpr std::int64_t hour = 3600 * second;
constexpr std::int64_t day = 24 * hour;

std::string id_at(std::int64_t time) {
    std::string id = utc_text(at(time));
    std::erase_if(id, [](char letter) { return letter == '-' || letter == ':'; });
    return id + "-0123456789";
}

Snapshot snapshot_at(std::int64_t time, const std::string& profile = "main") {
    return {.id = id_at(time),
            .created = utc_text(at(time)),
            .profile = profile,
            .layer = digest_of(id_at(time)).text(),
            .lock = digest_of("lock").text()};
}

// A list of snapshots taken at these times, each after the one before.
SnapshotList list_of(const std::vector<std::int64_t>& times, const std::string& profile = "main") {
    SnapshotList list;
    for (const std::int64_t time : times) {
        list.snapshots.insert(list.snapshots.begin(), snapshot_at(time, profile));
        list.refs.push_back({.profile = profile,
                             .number = static_cast<std::uint32_t>(list.refs.size() + 1),
                             .snapshot = id_at(time)});
    }
    return list;
}

TEST(ChooseKept, KeepsTheLastOnes) {
    const SnapshotList list = list_of({noon - 100 * day, noon - 99 * day, noon - 98 * day});

    EXPECT_THAT(choose_kept(list, {}, at(noon), {.last = 2, .days = 7}),
                ElementsAre(id_at(noon - 99 * day), id_at(noon - 98 * day)));
}

TEST(ChooseKept, KeepsTheNewestOfEachOfTheLastImages) {
    SnapshotList list = list_of(
        {noon - 103 * day, noon - 102 * day, noon - 101 * day, noon - 100 * day, noon - 99 * day});
    // Newest first.
    list.snapshots[0].image = "b";
    list.snapshots[1].image = "b";
    list.snapshots[2].image = "a";
    list.snapshots[3].image = "a";
    list.snapshots[4].image = "older";

    EXPECT_THAT(choose_kept(list, {}, at(noon), {.last = 1, .days = 7, .images = 2}),
                ElementsAre(id_at(noon - 101 * day), id_at(noon - 99 * day)));
}

TEST(ChooseKept, KeepsTheNewestWhateverTheNumbersAre) {
    const SnapshotList list = list_of({noon - 100 * day, noon - 99 * day});

    EXPECT_THAT(choose_kept(list, {}, at(noon), {.last = 0, .days = 0}),
                ElementsAre(id_at(noon - 99 * day)));
}

TEST(ChooseKept, KeepsTheNewestOfEachDay) {
    const SnapshotList list = list_of({noon - 9 * day,
                                       noon - 3 * day,
                                       noon - 3 * day + hour,
                                       noon - 2 * day,
                                       noon - 2 * hour,
                                       noon - hour});

    EXPECT_THAT(
        choose_kept(list, {}, at(noon), {.last = 1, .days = 7}),
        ElementsAre(id_at(noon - 3 * day + hour), id_at(noon - 2 * day), id_at(noon - hour)));
}

TEST(ChooseKept, CountsInEachProfileAndKeepsWhatIsNeeded) {
    SnapshotList list = list_of({noon - 100 * day, noon - 99 * day});
    const SnapshotList other = list_of({noon - 200 * day}, "other");
    list.refs.push_back(other.refs[0]);
    list.snapshots.push_back(other.snapshots[0]);

    EXPECT_THAT(choose_kept(list, {}, at(noon), {.last = 1, .days = 7}),
                ElementsAre(id_at(noon - 200 * day), id_at(noon - 99 * day)));
    EXPECT_THAT(choose_kept(list, {id_at(noon - 100 * day)}, at(noon), {.last = 1, .days = 7}),
                SizeIs(3));
}

TEST(TrashName, TellsItsTime) {
    const std::string name = trash_name(at(noon + 59 * second), "refs/main/000001");

    EXPECT_EQ(name, "20201120T120059Z.refs.main.000001");
    EXPECT_EQ(time_of_trash(name), at(noon + 59 * second));
    for (const char* const other : {"",
                                    "clock",
                                    "20201120T120059Z",
                                    "20201120T120059Z.",
                                    "x",
                                    "20201320T120059Z.x",
                                    "20201120T120059Zx",
                                    "2020112xT120059Z.x"}) {
        EXPECT_EQ(time_of_trash(other), std::nullopt) << other;
    }
}

std::vector<std::string> paths_of(const std::vector<StoredFile>& files) {
    std::vector<std::string> paths;
    for (const StoredFile& file : files) {
        paths.push_back(file.path);
    }
    return paths;
}

TEST(PlanGc, DropsWhatNobodyNamesAndIsOldEnough) {
    const SnapshotList list = list_of({noon - 9 * day, noon - 8 * day});
    const Stock stock{
        .now = at(noon),
        .packs = {{.path = "packs/used", .bytes = 1, .modified = at(noon - 9 * day)},
                  {.path = "packs/old", .bytes = 20, .modified = at(noon - 9 * day)},
                  {.path = "packs/young", .bytes = 4, .modified = at(noon - hour)}},
        .manifests = {{.path = "manifests/old", .bytes = 3, .modified = at(noon - 2 * day)}},
        .used = {"packs/used"}};

    const GcPlan plan = plan_gc(list, {id_at(noon - 8 * day)}, stock);

    EXPECT_THAT(plan.snapshots, ElementsAre(id_at(noon - 9 * day)));
    EXPECT_THAT(paths_of(plan.to_trash),
                ElementsAre("refs/main/000001", "manifests/old", "packs/old"));
    EXPECT_EQ(plan.bytes_to_trash, 23U);
    EXPECT_THAT(plan.to_remove, IsEmpty());
    EXPECT_THAT(plan.blocked, IsEmpty());
}

TEST(PlanGc, RemovesWhatHasBeenInTheTrashForADay) {
    const Stock stock{
        .now = at(noon),
        .trash = {{.path = "trash/20201119T115959Z.packs.a", .bytes = 7},
                  {.path = "trash/20201119T120001Z.packs.b", .bytes = 8}},
        .temporaries = {
            {.path = "packs/.x.envkeep-0123abcd", .bytes = 1, .modified = at(noon - 2 * day)},
            {.path = "packs/.y.envkeep-0123abcd", .bytes = 2, .modified = at(noon - hour)}}};

    const GcPlan plan = plan_gc({}, {}, stock);

    EXPECT_THAT(paths_of(plan.to_remove),
                ElementsAre("trash/20201119T115959Z.packs.a", "packs/.x.envkeep-0123abcd"));
    EXPECT_EQ(plan.bytes_to_remove, 8U);
}

TEST(PlanGc, DropsNothingWhileSomethingCannotBeRead) {
    SnapshotList list = list_of({noon - 9 * day, noon - 8 * day});
    Stock stock{.now = at(noon),
                .packs = {{.path = "packs/old", .bytes = 20, .modified = at(noon - 9 * day)}}};

    list.problems = {"refs/main/000003: damaged"};
    EXPECT_THAT(plan_gc(list, {}, stock).to_trash, IsEmpty());
    EXPECT_THAT(plan_gc(list, {}, stock).blocked, SizeIs(1));
    list.problems.clear();
    stock.problems = {"manifests/x: damaged"};
    EXPECT_THAT(plan_gc(list, {}, stock).to_trash, IsEmpty());
}

TEST(PlanGc, NamesPacksThatAreMostlyDead) {
    const Stock stock{.now = at(noon),
                      .packs_in_use = {{"thick", {.live = 50, .total = 100}},
                                       {"thin", {.live = 49, .total = 100}}}};

    EXPECT_THAT(plan_gc({}, {}, stock).thin,
                ElementsAre(GcPlan::Thin{.pack = "thin", .use = {.live = 49, .total = 100}}));
}

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
