// SPDX-License-Identifier: MIT
#include "envkeep/keep/undo.hpp"

#include "unit/keep/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

using envkeep::testing::ScopedMount;
using envkeep::testing::TempTree;
using model::StepResult;
using ::testing::AllOf;
using testing::carry_out;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::Home;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::lost;
using testing::PlanOf;
using testing::Scene;
using ::testing::SizeIs;
using testing::undo;

// What a user sees in home and store: not what lies aside, and no journal.
std::vector<std::string> visible(const TempTree& tree) {
    std::vector<std::string> lines;
    for (const std::string folder : {"home", "store"}) {
        for (const std::string& line : tree.snapshot(folder)) {
            if (line.find(".envkeep-aside") == std::string::npos && !line.starts_with("journal")) {
                lines.push_back(folder + "/" + line);
            }
        }
    }
    return lines;
}

class UndoOfEach : public ::testing::TestWithParam<std::tuple<Home, std::string>> {
  protected:
    UndoOfEach() : mount_(ScopedMount::tmpfs(folder_.path())) {}

    [[nodiscard]] Scene scene() const {
        return {folder_.path(), std::get<0>(GetParam()), std::get<1>(GetParam())};
    }

  private:
    TempTree folder_;
    ScopedMount mount_;
};

TEST_P(UndoOfEach, BringsEverythingBackAndCanBeUndone) {
    Scene undone = scene();
    const auto before = visible(undone.tree());
    const auto belongings = undone.belongings();
    Scene::carry_out(undone.path(), std::get<1>(GetParam()));
    const auto after = visible(undone.tree());
    HomeAndStore world(undone.path());

    const model::Outcome back = undo(world, world.runs().at(0));

    EXPECT_THAT(back.steps, Each(Field(&model::StepOutcome::result, StepResult::done)));
    EXPECT_EQ(visible(undone.tree()), before);
    EXPECT_THAT(lost(belongings, undone.belongings()), IsEmpty());

    const model::Outcome forth = undo(world, world.runs().at(0));

    EXPECT_THAT(forth.steps, Each(Field(&model::StepOutcome::result, StepResult::done)));
    EXPECT_EQ(visible(undone.tree()), after);
    EXPECT_THAT(lost(belongings, undone.belongings()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Plain,
                         UndoOfEach,
                         ::testing::Combine(::testing::Values(Home::plain),
                                            ::testing::ValuesIn(testing::scene_kinds())),
                         testing::name_of_scene);
INSTANTIATE_TEST_SUITE_P(Overlay,
                         UndoOfEach,
                         ::testing::Combine(::testing::Values(Home::image,
                                                              Home::image_on_another_device),
                                            ::testing::ValuesIn(testing::scene_kinds())),
                         testing::name_of_scene);

class Undo : public testing::KeepTest {
  protected:
    // A home with a folder and a file that are links into the store now.
    void restore(HomeAndStore& world) {
        tree.file("home/.ssh/key", "k").file("home/.gitconfig", "g");
        for (const std::string path : {".ssh", ".gitconfig"}) {
            const system::Status seen = world.seen(world.at_home(path));
            plan_.group("~/" + path)
                .step(model::Seed{.from = world.at_home(path),
                                  .to = world.in_store("home/" + path),
                                  .seen = seen})
                .step(model::ReplaceByLink{.place = world.at_home(path),
                                           .seen = seen,
                                           .target = world.source("home/" + path),
                                           .is_in_store = true});
        }
        carry_out(world, plan_);
    }

    static std::vector<std::string> conflicts(const UndoPlan& plan) {
        std::vector<std::string> conflicts;
        for (const UndoStep& step : plan.steps) {
            if (!step.conflict.empty()) {
                conflicts.push_back(step.change.path + ": " + step.conflict);
            }
        }
        return conflicts;
    }

  private:
    PlanOf plan_;
};

TEST_F(Undo, SaysWhatItWouldDoAndTouchesNothing) {
    HomeAndStore world = open();
    restore(world);
    const auto before = tree.snapshot();

    const UndoPlan plan = plan_undo(world.runs().at(0), world.reach(), world.files);

    std::vector<std::string> texts;
    for (const UndoStep& step : plan.steps) {
        texts.push_back(step.what);
    }
    EXPECT_THAT(texts,
                ElementsAre("remove the link '" + (tree / "home/.gitconfig") + "'",
                            "put back '" + (tree / "home/.gitconfig") + "'",
                            "take away the copy '" + (tree / "store/home/.gitconfig") + "'",
                            "remove the link '" + (tree / "home/.ssh") + "'",
                            "put back '" + (tree / "home/.ssh") + "'",
                            "take away the copy '" + (tree / "store/home/.ssh") + "'",
                            "remove the folder '" + (tree / "store/home") + "'"));
    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(Undo, LeavesWhatChangedSinceAndTakesBackTheRest) {
    HomeAndStore world = open();
    restore(world);
    tree.remove("home/.gitconfig").file("home/.gitconfig", "later");

    const model::Outcome outcome = undo(world, world.runs().at(0));

    EXPECT_EQ(tree.content("home/.gitconfig"), "later");
    EXPECT_EQ(tree.content("home/.ssh/key"), "k");
    EXPECT_FALSE(tree.is_link("home/.ssh"));
    EXPECT_EQ(outcome.steps.at(0).result, StepResult::skipped);
    EXPECT_EQ(outcome.steps.at(0).error.value().kind, ErrorKind::conflict);
    EXPECT_TRUE(tree.exists("store/home/.gitconfig"));
}

TEST_F(Undo, KeepsACopyInTheStoreThatWasWorkedOnSince) {
    HomeAndStore world = open();
    restore(world);
    tree.file("store/home/.ssh/known_hosts", "new");

    const UndoPlan plan = plan_undo(world.runs().at(0), world.reach(), world.files);
    undo(world, world.runs().at(0));

    EXPECT_THAT(conflicts(plan),
                ElementsAre(HasSubstr("store/home/.ssh: "), HasSubstr("store/home: ")));
    EXPECT_EQ(tree.content("store/home/.ssh/known_hosts"), "new");
    EXPECT_EQ(tree.content("home/.ssh/key"), "k");
}

TEST_F(Undo, LeavesTheHomeOfAnotherContainerAlone) {
    HomeAndStore world = open();
    restore(world);
    tree.file("store/home/.vimrc");
    store::RunRecord run = world.runs().at(0);
    run.is_of_this_container = false;
    const auto before = visible(tree);

    const UndoPlan plan = plan_undo(run, world.reach(), world.files);
    undo(world, run);

    EXPECT_EQ(plan.not_here, 4U);
    EXPECT_THAT(conflicts(plan), SizeIs(3));  // the copies are all that is left of it
    EXPECT_EQ(visible(tree), before);
}

TEST_F(Undo, BelievesNoJournalThatCallsAHomeAStore) {
    tree.file("home/.bashrc", "mine");
    HomeAndStore world = open();
    store::RunRecord run{.run = {.id = "x", .home = world.home_path}};
    run.items.push_back({.change = {.kind = store::Change::Kind::moved,
                                    .is_in_store = true,
                                    .path = tree / "home/.bashrc",
                                    .other = tree / "store/home/.bashrc"}});

    const UndoPlan plan = plan_undo(run, world.reach(), world.files);

    EXPECT_THAT(plan.steps, IsEmpty());
    EXPECT_EQ(plan.not_here, 1U);
}

TEST_F(Undo, FollowsNoLinkOnTheWay) {
    tree.file("home/.config/gh", "mine");
    HomeAndStore world = open();
    carry_out(world,
              model::ReplaceByLink{.place = world.at_home(".config/gh"),
                                   .seen = world.seen(world.at_home(".config/gh")),
                                   .target = world.source("home/.config/gh")});
    tree.rename("home/.config", "elsewhere").link("home/.config", tree / "elsewhere");

    const model::Outcome outcome = undo(world, world.runs().at(0));

    EXPECT_GE(outcome.count(StepResult::failed) + outcome.count(StepResult::skipped), 1U);
    EXPECT_TRUE(tree.is_link("elsewhere/gh"));
}

// What a restore of a snapshot put there, and told.
TEST_F(Undo, PutsBackWhatMadeRoomForAFileThatStillStandsThere) {
    HomeAndStore world = open();
    for (const std::string name : {"a", "b"}) {
        tree.file("home/.envkeep-aside/1/" + name, "mine").file("home/" + name, "theirs");
        store::Journal journal = world.journal(world.files);
        const auto number =
            journal.intend({.kind = store::Change::Kind::moved,
                            .path = tree / ("home/.envkeep-aside/1/" + name),
                            .other = tree / ("home/" + name),
                            .text = world.files.digest(world.at_home(name)).value().text()});
        ASSERT_TRUE(journal.done(number.value()));
        ASSERT_TRUE(journal.finish());
    }
    tree.file("home/a", "changed since");

    for (const store::RunRecord& run : world.runs()) {
        static_cast<void>(undo(world, run));
    }

    EXPECT_EQ(tree.content("home/a"), "changed since");
    EXPECT_EQ(tree.content("home/.envkeep-aside/1/a"), "mine");
    EXPECT_EQ(tree.content("home/b"), "mine");
}

TEST_F(Undo, TakesNothingBackThatDidNotHappen) {
    HomeAndStore world = open();
    tree.file("home/a", "x");
    store::Journal journal = world.journal(world.files);
    ASSERT_TRUE(journal.intend({.kind = store::Change::Kind::moved,
                                .path = tree / "home/.envkeep-aside/1/a",
                                .other = tree / "home/a"}));
    ASSERT_TRUE(journal.intend({.kind = store::Change::Kind::made_link, .path = tree / "home/b"}));

    const UndoPlan plan = plan_undo(world.runs().at(0), world.reach(), world.files);

    EXPECT_THAT(plan.steps, IsEmpty());
}

TEST_F(Undo, PutsBackEarlierContentOnlyOverWhatTheRunWrote) {
    tree.file("home/.history", "2").file("store/home/.history", "1");
    HomeAndStore world = open();
    carry_out(world,
              model::CopyBack{.from = world.at_home(".history"),
                              .to = world.in_store("home/.history"),
                              .from_seen = world.seen(world.at_home(".history")),
                              .to_seen = world.seen(world.in_store("home/.history"))});
    tree.file("store/home/.history", "3");

    const UndoPlan plan = plan_undo(world.runs().at(0), world.reach(), world.files);

    EXPECT_THAT(conflicts(plan), ElementsAre(HasSubstr("it changed since")));
}

TEST_F(Undo, SetsNoModeBackThatWasSetSince) {
    tree.file("home/key", "k", 0644);
    HomeAndStore world = open();
    carry_out(world,
              model::SetMode{.place = world.at_home("key"),
                             .seen = world.seen(world.at_home("key")),
                             .new_mode = 0600});
    tree.mode("home/key", 0640);

    const UndoPlan plan = plan_undo(world.runs().at(0), world.reach(), world.files);

    EXPECT_THAT(conflicts(plan), ElementsAre(HasSubstr("was changed since, to 0640")));
}

TEST_F(Undo, FollowsLinksOnlyInFoldersThatTheUserNamed) {
    tree.folder("real/sub").link("named", tree / "real");
    HomeAndStore world = open();
    const system::RootId named = world.files.open_root(tree / "named").value();
    carry_out(world,
              model::MakeLink{.place = {.root = named, .path = RelPath::parse("sub/l").value()},
                              .target = world.source("home/l")});
    const store::RunRecord run = world.runs().at(0);
    Reach reach = world.reach();
    reach.places = {tree / "named/sub/l"};

    EXPECT_THAT(plan_undo(run, reach, world.files).steps, IsEmpty());

    reach.store.push_back({.path = tree / "named", .root = named});

    EXPECT_THAT(plan_undo(run, reach, world.files).steps, SizeIs(1));
}

}  // namespace
}  // namespace envkeep::keep
