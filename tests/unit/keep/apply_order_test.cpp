// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"
#include "support/temp_tree.hpp"
#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

using model::StepResult;
using store::Change;
using testing::carry_out;
using ::testing::ElementsAre;
using testing::HomeAndStore;
using testing::PlanOf;
using testing::results;
using ::testing::SizeIs;

class ApplyInOrder : public testing::KeepTest {};

TEST_F(ApplyInOrder, SetsModes) {
    tree.file("home/key", "k", 0644);
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::SetMode{.place = world.at_home("key"),
                                                     .seen = world.seen(world.at_home("key")),
                                                     .new_mode = 0600});

    EXPECT_EQ(applied.outcome.steps.at(0).result, StepResult::done);
    EXPECT_EQ(tree.mode_of("home/key"), 0600U);
}

TEST_F(ApplyInOrder, WidensAModeOnlyIfThePlanSaysSo) {
    tree.file("home/tool", "x", 0600);
    HomeAndStore world = open();
    model::SetMode action{.place = world.at_home("tool"),
                          .seen = world.seen(world.at_home("tool")),
                          .new_mode = 0755};

    const Applied refused = carry_out(world, action);

    EXPECT_EQ(refused.outcome.steps.at(0).result, StepResult::failed);
    EXPECT_EQ(tree.mode_of("home/tool"), 0600U);
    ASSERT_THAT(refused.outcome.findings, SizeIs(1));
    EXPECT_EQ(refused.outcome.findings.front().id, "mode-failed");

    action.widens = true;
    const Applied done = carry_out(world, action);

    EXPECT_EQ(done.outcome.steps.at(0).result, StepResult::done);
    EXPECT_EQ(tree.mode_of("home/tool"), 0755U);
}

TEST_F(ApplyInOrder, SkipsTheRestOfAGroupAndGoesOnWithOthers) {
    tree.file("home/a", "in the way");
    HomeAndStore world = open();

    const Applied applied =
        carry_out(world,
                  PlanOf()
                      .group("a")
                      .step(model::MakeLink{.place = world.at_home("a"), .target = "/x"})
                      .step(model::MakeLink{.place = world.at_home("b"), .target = "/x"})
                      .group("c")
                      .step(model::MakeLink{.place = world.at_home("c"), .target = "/x"}));

    EXPECT_THAT(results(applied.outcome),
                ElementsAre(StepResult::failed, StepResult::skipped, StepResult::done));
    EXPECT_FALSE(tree.exists("home/b"));
    ASSERT_THAT(world.runs(), SizeIs(1));
    EXPECT_THAT(world.runs().front().items,
                SizeIs(1));  // what did not happen is not in the journal
}

TEST_F(ApplyInOrder, BeginsNothingAfterTheLimit) {
    HomeAndStore world = open();
    int asked = 0;
    store::Journal journal = world.journal(world.files);
    PlanOf plan;
    for (const char* const name : {"a", "b", "c"}) {
        plan.group(name).step(model::MakeFolder{.place = world.at_home(name)});
    }

    const Applied applied =
        apply(plan.get(),
              {.journal = &journal, .home = world.home, .may_go_on = [&] { return ++asked <= 1; }},
              world.files,
              world.files);

    EXPECT_THAT(results(applied.outcome),
                ElementsAre(StepResult::done, StepResult::pending, StepResult::pending));
    EXPECT_FALSE(tree.exists("home/b"));
}

TEST_F(ApplyInOrder, LeavesNoGapAtTheLimit) {
    tree.file("home/.config", "a file");
    HomeAndStore world = open();
    int asked = 0;
    store::Journal journal = world.journal(world.files);
    PlanOf plan;
    plan.group("~/.config")
        .step(model::MoveAside{.place = world.at_home(".config"),
                               .seen = world.seen(world.at_home(".config"))})
        .step(model::MakeFolder{.place = world.at_home(".config")});

    const Applied applied =
        apply(plan.get(),
              {.journal = &journal, .home = world.home, .may_go_on = [&] { return ++asked <= 1; }},
              world.files,
              world.files);

    EXPECT_EQ(applied.outcome.count(StepResult::done), 2U);
}

TEST_F(ApplyInOrder, TellsEachStepBeforeAndAfter) {
    HomeAndStore world = open();
    std::vector<std::string> told;
    store::Journal journal = world.journal(world.files);
    SteadyTime time{};
    const PlanOf plan = PlanOf().group("~/a").step(model::MakeFolder{.place = world.at_home("a")});

    const Applied applied =
        apply(plan.get(),
              {.journal = &journal,
               .home = world.home,
               .begins = [&](const model::Step& step) { told.push_back("begins " + step.subject); },
               .ended = [&](const model::Step& step,
                            const model::StepOutcome&) { told.push_back("ended " + step.subject); },
               .clock = [&] { return time += std::chrono::seconds(2); }},
              world.files,
              world.files);

    EXPECT_THAT(told, ElementsAre("begins ~/a", "ended ~/a"));
    EXPECT_EQ(applied.outcome.steps.at(0).took, std::chrono::seconds(2));
}

TEST_F(ApplyInOrder, JournalsChangesOfTheStoreApartFromThoseOfTheHome) {
    tree.file("home/.gitconfig", "mine");
    HomeAndStore world = open();
    const system::Status seen = world.seen(world.at_home(".gitconfig"));

    const Applied applied =
        carry_out(world,
                  PlanOf()
                      .group("~/.gitconfig")
                      .step(model::Seed{.from = world.at_home(".gitconfig"),
                                        .to = world.in_store("home/.gitconfig"),
                                        .seen = seen})
                      .step(model::ReplaceByLink{.place = world.at_home(".gitconfig"),
                                                 .seen = seen,
                                                 .target = world.source("home/.gitconfig")}));

    std::vector<Change> changes;
    const std::vector<store::RunRecord> runs = world.runs();
    for (const store::RunRecord::Item& item : runs.at(0).items) {
        EXPECT_TRUE(item.is_done);
        changes.push_back(item.change);
    }
    EXPECT_THAT(changes,
                ElementsAre(Change{.kind = Change::Kind::made_folder,
                                   .is_in_store = true,
                                   .path = tree / "store/home"},
                            Change{.kind = Change::Kind::copied,
                                   .is_in_store = true,
                                   .path = tree / "store/home/.gitconfig",
                                   .other = tree / "home/.gitconfig"},
                            Change{.kind = Change::Kind::moved,
                                   .path = tree / aside(applied.outcome, ".gitconfig"),
                                   .other = tree / "home/.gitconfig"},
                            Change{.kind = Change::Kind::made_link,
                                   .path = tree / "home/.gitconfig",
                                   .text = world.source("home/.gitconfig")}));
    EXPECT_EQ(tree.mode_of("store/home"), 0700U);
}

}  // namespace
}  // namespace envkeep::keep
