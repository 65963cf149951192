// SPDX-License-Identifier: MIT
#include "snapshot/pack_plan.hpp"

#include "snapshot/frame.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::ElementsAre;
using UnitKind = PackUnit::Kind;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

class PackPlan : public ::testing::Test {
  protected:
    void add(std::string path, std::uint64_t size) {
        order.push_back(entries.size());
        entries.push_back({.path = std::move(path), .kind = EntryKind::file, .size = size});
    }

    std::vector<PackUnit> planned(const std::unordered_set<std::uint64_t>& known = {}) {
        return plan_units(entries, order, &known);
    }

    std::vector<Entry> entries;
    std::vector<std::size_t> order;
};

TEST_F(PackPlan, IsEmptyWhereThereIsNothing) {
    EXPECT_TRUE(planned().empty());
}

TEST_F(PackPlan, FillsFramesAndCutsThemBetweenMembers) {
    for (const char* const path : {"a", "b", "c", "d"}) {
        add(path, 3 * mebibyte);
    }

    EXPECT_THAT(planned(),
                ElementsAre(PackUnit{.first = 0, .count = 2}, PackUnit{.first = 2, .count = 2}));
}

TEST_F(PackPlan, GivesALargeFileFramesOfItsOwn) {
    add("a", 1);
    add("b", 17 * mebibyte);
    add("c", 1);

    EXPECT_THAT(planned(),
                ElementsAre(PackUnit{.first = 0, .count = 1},
                            PackUnit{.kind = UnitKind::part, .first = 1, .part = 0, .parts = 3},
                            PackUnit{.kind = UnitKind::part, .first = 1, .part = 1, .parts = 3},
                            PackUnit{.kind = UnitKind::part, .first = 1, .part = 2, .parts = 3},
                            PackUnit{.first = 2, .count = 1}));
}

TEST_F(PackPlan, ProbesALargeFileThatMayBeKnown) {
    add("a", 9 * mebibyte);
    add("b", 10 * mebibyte);
    add("c", 10 * mebibyte);

    const std::vector<PackUnit> units = planned({9 * mebibyte});

    EXPECT_THAT(units,
                ElementsAre(PackUnit{.kind = UnitKind::probe, .first = 0},
                            PackUnit{.kind = UnitKind::part, .first = 1, .part = 0, .parts = 2},
                            PackUnit{.kind = UnitKind::part, .first = 1, .part = 1, .parts = 2},
                            PackUnit{.kind = UnitKind::probe, .first = 2}));
    EXPECT_EQ(plan_units(entries, order, nullptr).size(), 6U);
}

TEST_F(PackPlan, BeginsAFrameWithEachStage) {
    add("lib/a", 1);
    add("lib/b", 1);
    add("bin/a", 1);
    add("a.dist-info/RECORD", 1);

    EXPECT_THAT(planned(),
                ElementsAre(PackUnit{.first = 0, .count = 2},
                            PackUnit{.first = 2, .count = 1},
                            PackUnit{.first = 3, .count = 1}));
}

}  // namespace
}  // namespace envkeep::snapshot
