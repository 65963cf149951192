// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"

#include "support/temp_tree.hpp"
#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep {
namespace {

using model::StepResult;
using testing::carry_out;
using ::testing::ElementsAre;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::PlanOf;
using testing::results;
using ::testing::SizeIs;

class Apply : public testing::KeepTest {};

TEST_F(Apply, MakesFoldersFilesAndLinks) {
    HomeAndStore world = open();

    const Applied applied = carry_out(
        world,
        PlanOf()
            .group("~/.jupyter")
            .step(model::MakeFolder{.place = world.in_store("home/.jupyter"), .mode = 0700})
            .step(model::MakeLink{.place = world.at_home(".jupyter"),
                                  .target = world.source("home/.jupyter")})
            .group("~/.config/tool.ini")
            .step(model::MakeFile{.place = world.in_store("home/.config/tool.ini")})
            .step(model::MakeLink{.place = world.at_home(".config/tool.ini"),
                                  .target = world.source("home/.config/tool.ini")}));

    EXPECT_THAT(
        results(applied.outcome),
        ElementsAre(StepResult::done, StepResult::done, StepResult::done, StepResult::done));
    EXPECT_EQ(tree.mode_of("store/home/.jupyter"), 0700U);
    EXPECT_EQ(tree.target("home/.jupyter"), world.source("home/.jupyter"));
    EXPECT_EQ(tree.mode_of("store/home/.config/tool.ini"), 0600U);
    EXPECT_EQ(tree.target("home/.config/tool.ini"), world.source("home/.config/tool.ini"));
}

TEST_F(Apply, TakesAFolderThatIsThereAlreadyForDone) {
    tree.folder("store/home/.jupyter");
    HomeAndStore world = open();

    const Applied applied =
        carry_out(world, model::MakeFolder{.place = world.in_store("home/.jupyter")});

    EXPECT_EQ(applied.outcome.steps.at(0).result, StepResult::done);
    EXPECT_EQ(applied.outcome.steps.at(0).note, "was there already");
    EXPECT_EQ(applied.outcome.run, "");
}

TEST_F(Apply, NeverMakesALinkOverSomething) {
    tree.file("home/.gitconfig", "mine");
    HomeAndStore world = open();

    const Applied applied =
        carry_out(world, model::MakeLink{.place = world.at_home(".gitconfig"), .target = "/x"});

    EXPECT_EQ(applied.outcome.steps.at(0).result, StepResult::failed);
    EXPECT_EQ(applied.outcome.steps.at(0).error->kind, ErrorKind::already_exists);
    EXPECT_EQ(tree.content("home/.gitconfig"), "mine");
}

TEST_F(Apply, RemembersTheFileThatALinkLeadsTo) {
    tree.file("store/home/.gitconfig", "[user]");
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::MakeLink{.place = world.at_home(".gitconfig"),
                                                      .target = world.source("home/.gitconfig")});

    ASSERT_THAT(applied.restored, SizeIs(1));
    const store::RestoredFile& record = applied.restored.front();
    EXPECT_EQ(record.place, tree / "home/.gitconfig");
    EXPECT_EQ(record.source, tree / "store/home/.gitconfig");
    EXPECT_EQ(record.digest, digest_of("[user]"));
    EXPECT_EQ(record.store_seen, world.seen(world.in_store("home/.gitconfig")));
    EXPECT_TRUE(record.is_link);
}

TEST_F(Apply, RemembersALinkToAFolder) {
    tree.folder("store/home/.ssh");
    HomeAndStore world = open();

    const Applied applied = carry_out(
        world,
        model::MakeLink{.place = world.at_home(".ssh"), .target = world.source("home/.ssh")});

    ASSERT_EQ(applied.restored.size(), 1U);
    EXPECT_TRUE(applied.restored[0].is_link);
    EXPECT_EQ(applied.restored[0].place, tree / "home/.ssh");
    EXPECT_EQ(applied.restored[0].source, tree / "store/home/.ssh");
    EXPECT_EQ(applied.restored[0].home_seen, system::Status{});
}

TEST_F(Apply, ReplacesALinkOfOursInPlace) {
    tree.link("home/.ssh", "/storage/old/.ssh");
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::ReplaceLink{.place = world.at_home(".ssh"),
                                                         .old_target = "/storage/old/.ssh",
                                                         .new_target = world.source("home/.ssh")});

    EXPECT_EQ(applied.outcome.steps.at(0).result, StepResult::done);
    EXPECT_EQ(tree.target("home/.ssh"), world.source("home/.ssh"));
    EXPECT_THAT(applied.asides, IsEmpty());
    EXPECT_FALSE(tree.exists("home/.envkeep-aside/" + applied.outcome.run));
}

TEST_F(Apply, PutsAForeignLinkAside) {
    tree.link("home/.ssh", "/somewhere/else");
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::ReplaceLink{.place = world.at_home(".ssh"),
                                                         .old_target = "/somewhere/else",
                                                         .new_target = world.source("home/.ssh"),
                                                         .is_ours = false});

    EXPECT_EQ(tree.target("home/.ssh"), world.source("home/.ssh"));
    EXPECT_EQ(tree.target(aside(applied.outcome, ".ssh")), "/somewhere/else");
    ASSERT_THAT(applied.asides, SizeIs(1));
    EXPECT_EQ(applied.asides.front().original, tree / "home/.ssh");
}

TEST_F(Apply, LeavesALinkThatLeadsElsewhereByNow) {
    tree.link("home/.ssh", "/new");
    HomeAndStore world = open();

    for (const bool is_ours : {true, false}) {
        const Applied applied = carry_out(world,
                                          model::ReplaceLink{.place = world.at_home(".ssh"),
                                                             .old_target = "/old",
                                                             .new_target = "/ours",
                                                             .is_ours = is_ours});

        EXPECT_EQ(applied.outcome.steps.at(0).error.value().kind, ErrorKind::conflict);
        EXPECT_EQ(tree.target("home/.ssh"), "/new");
    }
}

TEST_F(Apply, MakesAFolderOfALinkOfOurs) {
    tree.link("home/.local", "/storage/local");
    HomeAndStore world = open();

    const Applied applied = carry_out(
        world,
        PlanOf()
            .group("~/.local")
            .step(model::ReplaceLinkByFolder{
                .place = world.at_home(".local"), .old_target = "/storage/local", .mode = 0700})
            .step(model::MakeLink{.place = world.at_home(".local/bin"),
                                  .target = world.source("home/.local/bin")}));

    EXPECT_EQ(applied.outcome.count(StepResult::done), 2U);
    EXPECT_EQ(tree.mode_of("home/.local"), 0700U);
    EXPECT_EQ(tree.target("home/.local/bin"), world.source("home/.local/bin"));
    EXPECT_FALSE(tree.exists("home/.envkeep-aside/" + applied.outcome.run));
}

TEST_F(Apply, LeavesAFileThatChangedSinceThePlan) {
    tree.file("home/.gitconfig", "old");
    HomeAndStore world = open();
    const system::Status seen = world.seen(world.at_home(".gitconfig"));
    tree.file("home/.gitconfig", "newer");

    for (const model::Action& action : std::vector<model::Action>{
             model::ReplaceByLink{
                 .place = world.at_home(".gitconfig"), .seen = seen, .target = "/x"},
             model::MoveAside{.place = world.at_home(".gitconfig"), .seen = seen},
             model::Seed{.from = world.at_home(".gitconfig"),
                         .to = world.in_store("home/.gitconfig"),
                         .seen = seen}}) {
        const Applied applied = carry_out(world, action);

        EXPECT_EQ(applied.outcome.steps.at(0).error.value().kind, ErrorKind::conflict);
        EXPECT_EQ(tree.content("home/.gitconfig"), "newer");
    }
}

TEST_F(Apply, BacksUpWhatTheStoreDoesNotHold) {
    tree.file("home/.bashrc", "image");
    HomeAndStore world = open();

    const Applied applied =
        carry_out(world,
                  model::ReplaceByLink{.place = world.at_home(".bashrc"),
                                       .seen = world.seen(world.at_home(".bashrc")),
                                       .target = world.source("home/.bashrc")});

    ASSERT_THAT(applied.asides, SizeIs(1));
    EXPECT_EQ(applied.asides.front().original, tree / "home/.bashrc");
    EXPECT_EQ(world.files.read_file(applied.asides.front().place, 100).value(), "image");
}

TEST_F(Apply, MovesAFileAsideToMakeRoomForAFolder) {
    tree.file("home/.config", "a file");
    HomeAndStore world = open();

    const Applied applied =
        carry_out(world,
                  PlanOf()
                      .group("~/.config")
                      .step(model::MoveAside{.place = world.at_home(".config"),
                                             .seen = world.seen(world.at_home(".config"))})
                      .step(model::MakeFolder{.place = world.at_home(".config")})
                      .step(model::MakeLink{.place = world.at_home(".config/gh"),
                                            .target = world.source("home/.config/gh")}));

    EXPECT_EQ(applied.outcome.count(StepResult::done), 3U);
    EXPECT_EQ(tree.content(aside(applied.outcome, ".config")), "a file");
    EXPECT_EQ(tree.target("home/.config/gh"), world.source("home/.config/gh"));
}

TEST_F(Apply, NeverMixesTwoThingsThatGoAside) {
    tree.file("home/.config/a", "1");
    HomeAndStore world = open();
    carry_out(
        world,
        PlanOf().group("x").step(model::MoveAside{.place = world.at_home(".config"),
                                                  .seen = world.seen(world.at_home(".config"))}));
    tree.file("home/.config/a", "2");
    store::Journal journal = world.journal(world.files);
    PlanOf plan;
    plan.group("x").step(model::MoveAside{.place = world.at_home(".config/a"),
                                          .seen = world.seen(world.at_home(".config/a"))});
    plan.step(model::MoveAside{.place = world.at_home(".config"),
                               .seen = world.seen(world.at_home(".config"))});

    const Applied applied =
        apply(plan.get(), {.journal = &journal, .home = world.home}, world.files, world.files);

    ASSERT_THAT(applied.asides, SizeIs(2));
    EXPECT_EQ(world.files.list(applied.asides.at(1).place).value().size(), 0U);
    EXPECT_EQ(tree.content(aside(applied.outcome, ".config/a")), "2");
}

}  // namespace
}  // namespace envkeep::keep
