// SPDX-License-Identifier: MIT
#include "unit/keep/plan_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The rows of docs/conflicts.md for packed keeps: what the store holds of one counts until a
// snapshot holds it.
namespace envkeep::keep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string new_line = "copy_in /storage/envkeep/home/.x -> /root/.x (new)";
const std::string held_line = "copy_in /storage/envkeep/home/.x -> /root/.x (held)";
const std::string aside_line = "copy_in /storage/envkeep/home/.x -> /root/.x (only here)";

void link_to(KeepSeen& seen, LinkKind kind) {
    seen.home = a_link();
    seen.link = kind;
    seen.target = "/storage/envkeep/home/.x";
}

void two_folders(KeepSeen& seen, Sameness sameness) {
    seen.home = a_folder();
    seen.store = a_folder();
    seen.store.inode = 8;
    seen.sameness = sameness;
}

const std::vector<Row> rows{
    {"nothing_anywhere", [](WantedKeep&, KeepSeen&) {}, {}},
    {"only_the_home", [](WantedKeep&, KeepSeen& seen) { seen.home = a_folder(); }, {}},
    {"only_the_store",
     [](WantedKeep&, KeepSeen& seen) {
         seen.store = a_folder();
         seen.captured = false;
     },
     {new_line}},
    {"only_the_store_and_a_snapshot",
     [](WantedKeep&, KeepSeen& seen) {
         seen.store = a_folder();
         seen.captured = true;
     },
     {}},
    {"our_link",
     [](WantedKeep&, KeepSeen& seen) {
         link_to(seen, LinkKind::right);
         seen.store = a_folder();
     },
     {held_line}},
    {"our_link_though_a_snapshot_holds_an_older_one",
     [](WantedKeep&, KeepSeen& seen) {
         link_to(seen, LinkKind::right);
         seen.store = a_folder();
         seen.captured = true;
     },
     {held_line}},
    {"our_link_to_nothing",
     [](WantedKeep&, KeepSeen& seen) { link_to(seen, LinkKind::right); },
     {"move_aside /root/.x"}},
    {"another_link_and_nothing",
     [](WantedKeep&, KeepSeen& seen) { link_to(seen, LinkKind::foreign); },
     {}},
    {"another_link_and_a_store",
     [](WantedKeep&, KeepSeen& seen) {
         link_to(seen, LinkKind::foreign);
         seen.store = a_folder();
     },
     {aside_line}},
    {"both_and_brought_before",
     [](WantedKeep&, KeepSeen& seen) {
         two_folders(seen, Sameness::unknown);
         seen.was_copied_here = true;
     },
     {}},
    {"both_and_a_snapshot",
     [](WantedKeep&, KeepSeen& seen) {
         two_folders(seen, Sameness::unknown);
         seen.captured = true;
     },
     {}},
    {"both_the_same", [](WantedKeep&, KeepSeen& seen) { two_folders(seen, Sameness::same); }, {}},
    {"the_home_lacks_something",
     [](WantedKeep&, KeepSeen& seen) { two_folders(seen, Sameness::home_is_subset); },
     {held_line}},
    {"both_differ",
     [](WantedKeep&, KeepSeen& seen) { two_folders(seen, Sameness::differs); },
     {aside_line}},
    {"both_differ_and_the_home_is_to_win",
     [](WantedKeep& keep, KeepSeen& seen) {
         two_folders(seen, Sameness::differs);
         keep.on_conflict = manifest::OnConflict::home;
     },
     {}},
    {"a_link_in_the_store",
     [](WantedKeep&, KeepSeen& seen) { seen.store = a_link(); },
     {"conflict: the store's is a link, and what it leads to is not envkeep's"}},
};

class PlanForPacked : public ::testing::TestWithParam<Row> {};

TEST_P(PlanForPacked, FollowsTheTable) {
    EXPECT_EQ(lines_for(GetParam(), Form::packed), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Rows, PlanForPacked, ::testing::ValuesIn(rows), [](const auto& row) {
    return row.param.name;
});

KeepSeen real(std::optional<bool> captured) {
    KeepSeen seen;
    seen.home = a_folder();
    seen.captured = captured;
    return seen;
}

TEST(PlanForPackedRow, SaysThatNoSnapshotHoldsIt) {
    const model::Plan plan = plan_of({keep_of(".x", Form::packed)}, {real(false)});

    ASSERT_THAT(plan.keeps, SizeIs(1));
    EXPECT_EQ(plan.keeps[0].how, "packed");
    EXPECT_EQ(plan.keeps[0].state, model::KeepState::in_order);
    EXPECT_EQ(plan.keeps[0].note, "not captured yet: 'envkeep snapshot'");
}

TEST(PlanForPackedRow, SaysNothingMoreOnceASnapshotHoldsIt) {
    EXPECT_EQ(plan_of({keep_of(".x", Form::packed)}, {real(true)}).keeps.at(0).note, "");
    EXPECT_EQ(plan_of({keep_of(".x", Form::packed)}, {real({})}).keeps.at(0).note, "");
}

TEST(PlanForPackedRow, SaysThatTheStoreStillHoldsSomething) {
    KeepSeen seen = real(true);
    seen.store = a_folder();

    EXPECT_EQ(plan_of({keep_of(".x", Form::packed)}, {seen}).keeps.at(0).note,
              "the store still holds a version of its own: 'envkeep adopt --packed .x' puts it "
              "away");
}

TEST(PlanForPackedRow, TellsWhatIsBroughtByCopy) {
    KeepSeen seen;
    seen.store = a_folder();
    seen.captured = false;

    const model::Plan plan = plan_of({keep_of(".x", Form::packed)}, {seen});

    ASSERT_THAT(plan.findings, SizeIs(1));
    EXPECT_EQ(plan.findings[0].id, "keep-packed-by-copy");
    EXPECT_THAT(plan.findings[0].fix.commands, ElementsAre("envkeep adopt --packed .x"));
    EXPECT_EQ(plan.keeps.at(0).state, model::KeepState::to_do);
}

}  // namespace
}  // namespace envkeep::keep::testing
