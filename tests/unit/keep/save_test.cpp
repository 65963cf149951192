// SPDX-License-Identifier: MIT
#include "keep_world.hpp"
#include "save_fixture.hpp"

#include <functional>
#include <utility>

namespace envkeep::keep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Saving : public SavingFixture {};

TEST_F(Saving, DoesNothingWhereNothingChanged) {
    keep(".bash_history", Form::copy);
    restored(".bash_history", "ls\n");
    const auto before = state.files;

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(state.files, before);
}

TEST_F(Saving, WritesAChangedCopyBack) {
    keep(".bash_history", Form::copy);
    restored(".bash_history", "ls\n");
    tree.file("home/.bash_history", "ls\ncd\n");

    const SavePlan saved = save();

    ASSERT_THAT(saved.steps, SizeIs(1));
    EXPECT_TRUE(std::holds_alternative<model::CopyBack>(saved.steps[0].action));
    EXPECT_EQ(tree.content("store/.bash_history"), "ls\ncd\n");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Saving, SeesAChangeThatKeepsTheSize) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "two").modified("home/a", 1);

    EXPECT_THAT(save().steps, SizeIs(1));
    EXPECT_EQ(tree.content("store/a"), "two");
}

TEST_F(Saving, OnlyRemembersAFileThatWasTouched) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.modified("home/a", 1);

    EXPECT_THAT(save().steps, IsEmpty());
    ASSERT_THAT(state.files, SizeIs(1));
    EXPECT_EQ(state.files[0].home_seen, world.files.status(world.in_home("a")).value());
}

TEST_F(Saving, LeavesTheStoreAloneWhereOnlyTheStoreChanged) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("store/a", "theirs");

    EXPECT_THAT(save().steps, IsEmpty());
    tree.modified("home/a", 1);
    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(tree.content("store/a"), "theirs");
}

TEST_F(Saving, KeepsBothWhereBothChanged) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");

    const SavePlan saved = save();

    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
    EXPECT_EQ(tree.content("home/a"), "mine");
    ASSERT_THAT(saved.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_EQ(saved.findings[0].subject, "~/a");
    EXPECT_THAT(saved.findings[0].fix.commands,
                ElementsAre("diff -u " + (tree / "store/a") + " " + (tree / "store/a.from-3f2a-1"),
                            "envkeep restore --take home " + (tree / "home/a"),
                            "envkeep restore --take store " + (tree / "home/a")));
}

TEST_F(Saving, GoesOnWithTheVersionThatItKept) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();
    const SavePlan second = save();
    tree.file("home/a", "mine too");

    const SavePlan third = save();

    EXPECT_THAT(second.steps, IsEmpty());
    EXPECT_THAT(second.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine too");
    EXPECT_FALSE(tree.exists("store/a.from-3f2a-2"));
}

TEST_F(Saving, SaysNoMoreOfAVersionThatTheUserTookAway) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();
    tree.remove("store/a.from-3f2a-1");

    const SavePlan saved = save();

    EXPECT_THAT(saved.steps, IsEmpty());
    EXPECT_THAT(saved.findings, IsEmpty());
}

TEST_F(Saving, TakesNoNameBesideThatIsTaken) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs").file("store/a.from-3f2a-1", "other");
    save();

    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "other");
    EXPECT_EQ(tree.content("store/a.from-3f2a-2"), "mine");
}

TEST_F(Saving, KeepsTheSameVersionOnceWhereNothingIsRememberedOfIt) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();
    state.files.clear();

    const SavePlan again = save();

    EXPECT_THAT(again.steps, IsEmpty());
    EXPECT_THAT(again.findings, ElementsAre(finding("save-both-kept")));
    EXPECT_FALSE(tree.exists("store/a.from-3f2a-2"));
    tree.file("home/a", "mine too");
    save();
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine too");
}

TEST_F(Saving, KeepsTheSameLinkOnceWhereNothingIsRememberedOfIt) {
    keep("a", Form::copy);
    wanted.keeps.back().may_be_missing = true;
    tree.link("home/a", "mine").link("store/a", "theirs");
    save();
    state.files.clear();

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_FALSE(tree.exists("store/a.from-3f2a-2"));
}

TEST_F(Saving, OnlyRemembersWhereBothSidesBecameTheSame) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.file("home/a", "same").file("store/a", "same");

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(state.files.at(0).digest, digest_of("same"));
    EXPECT_THAT(plan().steps, IsEmpty());
}

TEST_F(Saving, WritesBackWhatTheStoreLost) {
    keep("a", Form::copy);
    restored("a", "one");
    tree.remove("store/a").file("home/a", "two");
    save();

    EXPECT_EQ(tree.content("store/a"), "two");
}

TEST_F(Saving, LeavesTheStoreAloneWhereTheHomeLostIt) {
    keep("a", Form::copy);
    keep("d", Form::copy);
    restored("a", "one");
    restored("d/b", "two");
    const auto before = tree.snapshot("store");
    tree.remove("home/a").remove("home/d");

    EXPECT_THAT(save().steps, IsEmpty());
    EXPECT_EQ(tree.snapshot("store"), before);
    EXPECT_THAT(state.files, SizeIs(2));
}

TEST_F(Saving, KeepsBothWhereNobodyKnowsWhatWasRestored) {
    keep("a", Form::copy);
    tree.file("home/a", "mine").file("store/a", "theirs");
    save();

    EXPECT_EQ(tree.content("store/a"), "theirs");
    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
    EXPECT_THAT(save().steps, IsEmpty());
}

TEST_F(Saving, KeepsBothWhereTheStoreHasSomethingElseOfThatName) {
    keep("a", Form::copy);
    tree.file("home/a", "mine").file("store/a/f", "theirs");
    save();

    EXPECT_EQ(tree.content("store/a.from-3f2a-1"), "mine");
    EXPECT_THAT(save().steps, IsEmpty());
}

// Something happens just before the bytes of a file, or the text of a link, are read.
class ReadsMeanwhile final : public testing::CountingFiles {
  public:
    ReadsMeanwhile(system::FileReader& files, std::function<Result<void>()> before)
        : CountingFiles(files), before_(std::move(before)) {}

    [[nodiscard]] Result<Digest> digest(const system::Place& file) override {
        ENVKEEP_CHECK(before_());
        return CountingFiles::digest(file);
    }

    [[nodiscard]] Result<std::string> read_link(const system::Place& place) override {
        ENVKEEP_CHECK(before_());
        return CountingFiles::read_link(place);
    }

  private:
    std::function<Result<void>()> before_;
};

class SavingWhatIsInUse : public Saving {
  protected:
    SavingWhatIsInUse() {
        keep("d", Form::copy);
        restored("d/a", "one");
        tree.file("home/d/a", "two").modified("home/d/a", 1);
    }

    // Nothing is done, and the record holds.
    SavePlan plan_while(std::function<Result<void>()> before) {
        ReadsMeanwhile reads(world.files, std::move(before));
        SavePlan planned = plan_save(wanted, {.state = state, .session = session}, reads).value();
        EXPECT_THAT(planned.steps, IsEmpty());
        EXPECT_EQ(planned.unchanged, state.files);
        return planned;
    }
};

TEST_F(SavingWhatIsInUse, TellsWhatIsWrittenWhileItIsRead) {
    const SavePlan saved = plan_while([&]() -> Result<void> {
        tree.file("home/d/a", "six").modified("home/d/a", 2);
        return {};
    });

    ASSERT_THAT(saved.findings, ElementsAre(finding("save-failed")));
    EXPECT_EQ(saved.findings[0].subject, "~/d/a");
    EXPECT_THAT(saved.findings[0].evidence.at(0), HasSubstr("while it was read"));
    EXPECT_THAT(saved.findings[0].fix.text, HasSubstr("save again"));
}

TEST_F(SavingWhatIsInUse, TellsWhatCannotBeRead) {
    const auto refuse = []() -> Result<void> {
        return failure(ErrorKind::permission_denied, "it is another's", "ask them");
    };
    const SavePlan file = plan_while(refuse);
    tree.remove("home/d/a").link("home/d/a", "target");
    const SavePlan link = plan_while(refuse);

    for (const SavePlan* const saved : {&file, &link}) {
        ASSERT_THAT(saved->findings, ElementsAre(finding("save-failed")));
        EXPECT_THAT(saved->findings[0].evidence, ElementsAre("it is another's"));
        EXPECT_EQ(saved->findings[0].fix.text, "ask them");
    }
}

TEST_F(SavingWhatIsInUse, SaysNothingOfWhatIsGoneByThen) {
    const SavePlan saved = plan_while([&]() -> Result<void> {
        tree.remove("home/d/a");
        return {};
    });

    EXPECT_THAT(saved.findings, IsEmpty());
}

}  // namespace
}  // namespace envkeep::keep
