// SPDX-License-Identifier: MIT
#include "collect_test.hpp"

#include "snapshot/store_names.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As list_snapshots has it.
SnapshotList sorted(SnapshotList list) {
    std::ranges::sort(list.snapshots, std::ranges::greater{}, &Snapshot::id);
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

TEST(ChooseKept, TakesTheLastPublishedForTheNewest) {
    // Its session's clock is behind.
    const SnapshotList list = list_of({noon - 10 * day, noon - 9 * day, noon - 100 * day});

    EXPECT_THAT(choose_kept(sorted(list), {}, at(noon), {.last = 1, .days = 0, .images = 0}),
                ElementsAre(id_at(noon - 100 * day)));
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

TEST(PlanGc, LeavesTheTrashWhileSomethingCannotBeRead) {
    const Stock stock{.now = at(noon),
                      .trash = {{.path = "trash/20201101T115959Z.packs.a", .bytes = 7}},
                      .problems = {"manifests/x: damaged"}};

    EXPECT_THAT(plan_gc({}, {}, stock).to_remove, IsEmpty());
}

TEST(PlanGc, DropsNoSnapshotThatIsYoungerThanADay) {
    const SnapshotList list = list_of({noon - 9 * day, noon - 8 * day});
    const Stock stock{.now = at(noon), .young = {id_at(noon - 9 * day)}};

    const GcPlan plan = plan_gc(list, {id_at(noon - 8 * day)}, stock);

    EXPECT_THAT(plan.snapshots, IsEmpty());
    EXPECT_THAT(plan.to_trash, IsEmpty());
}

TEST(PlanGc, TakesBackWhatIsNamed) {
    const Stock stock{.now = at(noon),
                      .packs = {{.path = "packs/b", .modified = at(noon - 9 * day)}},
                      .trash = {{.path = "trash/20201101T115959Z.packs.a", .bytes = 7},
                                {.path = "trash/20201101T115959Z.packs.b", .bytes = 8}},
                      .used = {"packs/a", "packs/b"}};

    const GcPlan plan = plan_gc({}, {}, stock);

    EXPECT_THAT(paths_of(plan.to_take_back), ElementsAre("trash/20201101T115959Z.packs.a"));
    EXPECT_THAT(paths_of(plan.to_remove), ElementsAre("trash/20201101T115959Z.packs.b"));
}

TEST(PlanGc, NamesPacksThatAreMostlyDead) {
    const Stock stock{.now = at(noon),
                      .packs_in_use = {{"thick", {.live = 50, .total = 100}},
                                       {"thin", {.live = 49, .total = 100}}}};

    EXPECT_THAT(plan_gc({}, {}, stock).thin,
                ElementsAre(GcPlan::Thin{.pack = "thin", .use = {.live = 49, .total = 100}}));
}

}  // namespace
}  // namespace envkeep::snapshot
