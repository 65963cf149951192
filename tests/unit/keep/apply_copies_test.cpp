// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"
#include "support/child.hpp"
#include "support/temp_tree.hpp"
#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace envkeep::keep {
namespace {

using model::StepResult;
using ::testing::AllOf;
using testing::carry_out;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::PlanOf;
using testing::results;
using ::testing::SizeIs;

class ApplyCopies : public testing::KeepTest {};

TEST_F(ApplyCopies, SeedsAFolderAndPutsALinkInItsPlace) {
    tree.file("home/.ssh/id_rsa", "key", 0600)
        .link("home/.ssh/known", "id_rsa")
        .mode("home/.ssh", 0700);
    HomeAndStore world = open();
    const system::Status seen = world.seen(world.at_home(".ssh"));

    const Applied applied = carry_out(
        world,
        PlanOf()
            .group("~/.ssh")
            .step(model::Seed{
                .from = world.at_home(".ssh"), .to = world.in_store("home/.ssh"), .seen = seen})
            .step(model::ReplaceByLink{.place = world.at_home(".ssh"),
                                       .seen = seen,
                                       .target = world.source("home/.ssh"),
                                       .is_in_store = true}));

    EXPECT_EQ(applied.outcome.count(StepResult::done), 2U);
    EXPECT_THAT(tree.snapshot("store/home/.ssh"),
                ::testing::Eq(tree.snapshot(aside(applied.outcome, ".ssh"))));
    EXPECT_EQ(tree.target("home/.ssh"), world.source("home/.ssh"));
    EXPECT_EQ(tree.mode_of("home/.envkeep-aside"), 0700U);
    EXPECT_THAT(applied.asides, IsEmpty());
    EXPECT_EQ(applied.outcome.steps.at(1).note,
              "was moved to ~/.envkeep-aside/" + applied.outcome.run + "/.ssh");
}

TEST_F(ApplyCopies, LetsTheClaimBeRenewedWhileAFolderIsCopied) {
    tree.file("home/.x/a", "a").file("home/.x/b/c", "c").file("store/home/y/d", "d");
    HomeAndStore world = open();
    store::Journal journal = world.journal(world.files);
    int renewed = 0;
    PlanOf plan;
    plan.group("~/.x").step(model::Seed{.from = world.at_home(".x"),
                                        .to = world.in_store("home/x"),
                                        .seen = world.seen(world.at_home(".x"))});
    plan.group("~/y").step(
        model::CopyIn{.from = world.in_store("home/y"), .to = world.at_home("y")});

    const Applied applied =
        apply(plan.get(),
              {.journal = &journal, .home = world.home, .renew = [&] { ++renewed; }},
              world.files,
              world.files);

    EXPECT_EQ(applied.outcome.count(StepResult::done), 2U);
    EXPECT_EQ(renewed, 4) << "a, b, b/c, d";
}

TEST_F(ApplyCopies, LeavesOutOfASeedWhatThePlanLeavesOut) {
    tree.file("home/.x/keep", "1").file("home/.x/cache/big", "2").file("home/.x/sub/skip", "3");
    HomeAndStore world = open();

    carry_out(world,
              model::Seed{.from = world.at_home(".x"),
                          .to = world.in_store("home/.x"),
                          .seen = world.seen(world.at_home(".x")),
                          .leaves_out = {RelPath::parse("cache").value(),
                                         RelPath::parse("sub/skip").value()}});

    EXPECT_TRUE(tree.exists("store/home/.x/keep"));
    EXPECT_TRUE(tree.exists("store/home/.x/sub"));
    EXPECT_FALSE(tree.exists("store/home/.x/cache"));
    EXPECT_FALSE(tree.exists("store/home/.x/sub/skip"));
}

TEST_F(ApplyCopies, BringsNoHalfWrittenCopyOfAnotherSession) {
    tree.file("store/home/.x/rc", "1")
        .file("store/home/.x/.rc.envkeep-0123abcd", "ha")
        .file("store/home/.x/sub/.y.envkeep-0123abcd", "lf");
    HomeAndStore world = open();

    carry_out(world, model::CopyIn{.from = world.in_store("home/.x"), .to = world.at_home(".x")});

    EXPECT_THAT(tree.snapshot("home/.x"), SizeIs(2));
    EXPECT_EQ(tree.content("home/.x/rc"), "1");
}

TEST_F(ApplyCopies, SeedsNothingWiderThanItsBound) {
    tree.file("home/.ssh/id_rsa", "key", 0644);
    HomeAndStore world = open();

    carry_out(world,
              model::Seed{.from = world.at_home(".ssh"),
                          .to = world.in_store("home/.ssh"),
                          .seen = world.seen(world.at_home(".ssh")),
                          .file_bound = 0600,
                          .folder_bound = 0700});

    EXPECT_EQ(tree.mode_of("store/home/.ssh"), 0700U);
    EXPECT_EQ(tree.mode_of("store/home/.ssh/id_rsa"), 0600U);
}

TEST_F(ApplyCopies, NeverSeedsOverWhatAnotherSessionSeededMeanwhile) {
    tree.file("home/.gitconfig", "mine").file("store/home/.gitconfig", "theirs");
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

    EXPECT_THAT(results(applied.outcome), ElementsAre(StepResult::failed, StepResult::skipped));
    const Error& error = applied.outcome.steps.at(0).error.value();
    EXPECT_EQ(error.kind, ErrorKind::conflict);
    EXPECT_THAT(
        error.message,
        AllOf(HasSubstr(tree / "home/.gitconfig"), HasSubstr(tree / "store/home/.gitconfig")));
    EXPECT_EQ(tree.content("home/.gitconfig"), "mine");
    EXPECT_EQ(tree.content("store/home/.gitconfig"), "theirs");
}

TEST_F(ApplyCopies, NamesWhatCannotBeCopied) {
    tree.file("home/.x/a", "1").fifo("home/.x/pipe");
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::Seed{.from = world.at_home(".x"),
                                                  .to = world.in_store("home/.x"),
                                                  .seen = world.seen(world.at_home(".x"))});

    ASSERT_THAT(applied.outcome.findings, SizeIs(1));
    EXPECT_EQ(applied.outcome.findings.front().id, "keep-not-copied");
    EXPECT_THAT(applied.outcome.findings.front().evidence, ElementsAre(tree / "home/.x/pipe"));
}

TEST_F(ApplyCopies, SaysHowTheRestIsKeptWhereOneFileCannotBeRead) {
    tree.file("home/.x/a", "1").file("home/.x/theirs", "2", 0600);
    envkeep::testing::in_child([&] {
        constexpr uid_t nobody = 65534;
        for (const char* const path : {"", "home", "home/.x", "home/.x/a", "store"}) {
            ASSERT_EQ(::chown((tree / path).c_str(), nobody, nobody), 0);
        }
        ASSERT_EQ(::setresuid(nobody, nobody, nobody), 0);
        HomeAndStore world = open();

        const Applied applied = carry_out(world,
                                          model::Seed{.from = world.at_home(".x"),
                                                      .to = world.in_store("home/.x"),
                                                      .seen = world.seen(world.at_home(".x"))});

        const Error& error = applied.outcome.steps.at(0).error.value();
        EXPECT_EQ(error.kind, ErrorKind::permission_denied);
        EXPECT_THAT(error.message, HasSubstr(tree / "home/.x/theirs"));
        EXPECT_THAT(error.hint, HasSubstr("'exclude' of the keep"));
    });
}

TEST_F(ApplyCopies, CopiesInWhereNothingStands) {
    tree.file("store/home/.netrc", "secret", 0644);
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::CopyIn{.from = world.in_store("home/.netrc"),
                                                    .to = world.at_home(".netrc"),
                                                    .file_bound = 0600});

    EXPECT_EQ(tree.content("home/.netrc"), "secret");
    EXPECT_EQ(tree.mode_of("home/.netrc"), 0600U);
    ASSERT_THAT(applied.restored, SizeIs(1));
    EXPECT_FALSE(applied.restored.front().is_link);
    EXPECT_EQ(applied.restored.front().home_seen, world.seen(world.at_home(".netrc")));
    EXPECT_EQ(applied.restored.front().digest, digest_of("secret"));
}

TEST_F(ApplyCopies, CopiesInOverWhatGoesAside) {
    tree.file("store/home/.ssh/id_rsa", "key").file("home/.ssh/other", "image");
    HomeAndStore world = open();

    const Applied applied = carry_out(world,
                                      model::CopyIn{.from = world.in_store("home/.ssh"),
                                                    .to = world.at_home(".ssh"),
                                                    .seen = world.seen(world.at_home(".ssh")),
                                                    .file_bound = 0600,
                                                    .folder_bound = 0700});

    EXPECT_EQ(tree.content("home/.ssh/id_rsa"), "key");
    EXPECT_FALSE(tree.exists("home/.ssh/other"));
    EXPECT_EQ(tree.content(aside(applied.outcome, ".ssh/other")), "image");
    EXPECT_THAT(applied.asides, SizeIs(1));
    ASSERT_THAT(applied.restored, SizeIs(1));
    EXPECT_EQ(applied.restored.front().place, tree / "home/.ssh/id_rsa");
}

}  // namespace
}  // namespace envkeep::keep
