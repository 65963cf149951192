// SPDX-License-Identifier: MIT
#include "unit/keep/merging.hpp"

namespace envkeep::keep {
namespace {

using model::StepResult;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two and three sessions at once with a shell history each.
class MergingHistories : public testing::Merging {
  protected:
    MergingHistories() : Merging(".bash_history") {
        tree.file("store/home/.bash_history", "old\n", 0600);
    }
};

TEST_F(MergingHistories, LosesAndDoublesNothing) {
    Home one = session("one");
    Home two = session("two");
    Home three = session("three");

    append(one, "one 1\n");
    append(two, "two 1\n");
    save(one);
    save(two);
    append(one, "one 2\n");
    append(three, "three 1\n");
    save(three);
    save(one);
    append(two, "old\n");
    save(two);

    EXPECT_EQ(stored(), "old\none 1\ntwo 1\nthree 1\none 2\nold\n");
    EXPECT_EQ(at_home(one), "old\none 1\none 2\n");
    EXPECT_EQ(at_home(session("four")), stored());
}

TEST_F(MergingHistories, WritesNothingWhereNothingIsNew) {
    Home one = session("one");
    Home two = session("two");
    append(one, "one\n");
    save(one);
    EXPECT_THAT(save(one).steps, IsEmpty());

    tree.modified("two/.bash_history", 1);
    EXPECT_THAT(save(two).steps, IsEmpty());
    EXPECT_THAT(save(two).steps, IsEmpty());
    EXPECT_EQ(stored(), "old\none\n");
}

TEST_F(MergingHistories, IsACopyAsLongAsNobodyElseSaves) {
    Home one = session("one");

    write(one, "kept\n");
    save(one);
    append(one, "more\n");
    save(one);

    EXPECT_EQ(stored(), "kept\nmore\n");
    EXPECT_THAT(tree.snapshot("store/.envkeep-aside"), ::testing::Not(IsEmpty()));
}

TEST_F(MergingHistories, KeepsNoVersionOfWhatTheUnionHolds) {
    Home one = session("one");
    Home two = session("two");
    append(one, "one\n");
    append(two, "two\n");

    save(one);
    save(two);

    EXPECT_FALSE(tree.exists("store/.envkeep-aside"));
    EXPECT_FALSE(tree.exists("store/home/.bash_history.from-3f2a-1"));
}

TEST_F(MergingHistories, KeepsTheModeAndItsOwnFilesPrivate) {
    Home one = session("one");
    Home two = session("two");
    append(one, "one\n");
    append(two, "two\n");

    save(one);
    save(two);

    EXPECT_EQ(tree.mode_of("store/home/.bash_history"), 0600U);
    EXPECT_EQ(tree.mode_of("two/.envkeep-state/merge"), 0700U);
    EXPECT_THAT(tree.snapshot("two/.envkeep-state/merge"),
                ElementsAre(::testing::HasSubstr(".known file 0600")));
}

TEST_F(MergingHistories, DoublesNothingAfterAKillBehindTheRename) {
    Home one = session("one");
    Home two = session("two");
    append(one, "one\n");
    save(one);
    append(two, "two\n");

    save(two, Ends::killed_before_its_word);
    ASSERT_EQ(stored(), "old\none\ntwo\n");
    append(one, "one again\n");
    save(one);
    append(two, "two again\n");
    save(two);

    EXPECT_EQ(stored(), "old\none\ntwo\none again\ntwo again\n");
}

TEST_F(MergingHistories, DoublesNothingWhereTheKilledSaveWasACopy) {
    Home one = session("one");
    Home two = session("two");
    append(two, "two\n");

    save(two, Ends::killed_before_its_word);
    append(one, "one\n");
    save(one);
    append(two, "two\n");
    save(two);

    EXPECT_EQ(stored(), "old\ntwo\none\ntwo\n");
}

TEST_F(MergingHistories, LeavesTheStoreToWhoWasThereFirst) {
    Home one = session("one");
    Home two = session("two");
    append(one, "one\n");
    append(two, "two\n");
    before_apply = [&] { save(one); };

    save(two);

    ASSERT_THAT(applied.outcome.steps, SizeIs(1));
    EXPECT_EQ(applied.outcome.steps[0].result, StepResult::failed);
    EXPECT_EQ(applied.outcome.steps[0].error->kind, ErrorKind::conflict);
    EXPECT_EQ(stored(), "old\none\n");
    save(two);
    EXPECT_EQ(stored(), "old\none\ntwo\n");
}

TEST_F(MergingHistories, UnitesWhatWasNeverRestored) {
    Home one = session("one");
    write(one, "old\nmine\n");
    one.state = {};
    tree.file("store/home/.bash_history", "old\ntheirs\n");

    save(one);

    EXPECT_EQ(stored(), "old\ntheirs\nmine\n");
}

TEST_F(MergingHistories, SeedsAStoreThatHasNone) {
    tree.remove("store/home/.bash_history");
    Home one = session("one");
    Home two = session("two");
    write(one, "one\n");
    write(two, "two\n");

    save(one);
    save(two);
    append(one, "one\n");
    save(one);

    EXPECT_EQ(stored(), "one\ntwo\none\n");
}

TEST_F(MergingHistories, IsNoConflictAndStaysAsItIsInTheSession) {
    Home one = session("one");
    Home two = session("two");
    append(one, "one\n");
    append(two, "two\n");
    save(one);

    bring(two);
    EXPECT_EQ(conflicts, 0U);
    EXPECT_EQ(at_home(two), "old\ntwo\n");
    save(two);
    bring(two);
    EXPECT_EQ(conflicts, 0U);
    EXPECT_EQ(at_home(two), "old\ntwo\n");
}

TEST_F(MergingHistories, KeepsBothOfWhatIsNoHistory) {
    Home one = session("one");
    Home two = session("two");
    write(one, std::string("o\0ne", 4));
    write(two, "two\n");
    save(one);

    const SavePlan saved = save(two);

    ASSERT_THAT(saved.findings, SizeIs(1));
    EXPECT_EQ(saved.findings[0].id, "save-both-kept");
    EXPECT_EQ(tree.content("store/home/.bash_history.from-3f2a-1"), "two\n");
    bring(two);
    EXPECT_EQ(conflicts, 1U);
}

}  // namespace
}  // namespace envkeep::keep
