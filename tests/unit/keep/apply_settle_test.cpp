// SPDX-License-Identifier: MIT
#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace envkeep::keep {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::PlanOf;
using ::testing::SizeIs;

// A program that goes on working in the home while envkeep is at it: it acts when what was looked
// at or copied is about to be replaced.
class ApplySettle : public testing::KeepTest {
  protected:
    Applied carry_out_while(const PlanOf& plan,
                            const std::function<void()>& program,
                            const std::function<bool()>& may_change_store = {}) {
        store::Journal journal = world_.journal(world_.files);
        Applied applied =
            apply(plan.get(),
                  {.journal = &journal,
                   .home = world_.home,
                   .begins =
                       [&](const model::Step& step) {
                           if (std::holds_alternative<model::ReplaceByLink>(step.action) ||
                               std::holds_alternative<model::CopyIn>(step.action)) {
                               program();
                           }
                       },
                   .may_change_store = may_change_store},
                  world_.files,
                  world_.files);
        static_cast<void>(journal.finish());
        return applied;
    }

    PlanOf seed_and_replace(std::vector<RelPath> leaves_out = {}) {
        const system::Status seen = world_.seen(world_.at_home(".conf"));
        const bool holds_all = leaves_out.empty();
        return PlanOf()
            .group("~/.conf")
            .step(model::Seed{.from = world_.at_home(".conf"),
                              .to = world_.in_store("home/.conf"),
                              .seen = seen,
                              .leaves_out = std::move(leaves_out)})
            .step(model::ReplaceByLink{.place = world_.at_home(".conf"),
                                       .seen = seen,
                                       .target = world_.source("home/.conf"),
                                       .is_in_store = holds_all});
    }

    PlanOf replace_same() {
        return PlanOf().group("~/.conf").step(
            model::ReplaceByLink{.place = world_.at_home(".conf"),
                                 .seen = world_.seen(world_.at_home(".conf")),
                                 .target = world_.source("home/.conf"),
                                 .is_in_store = true});
    }

    PlanOf copy_in() {
        return PlanOf().group("~/.conf").step(
            model::CopyIn{.from = world_.in_store("home/.conf"),
                          .to = world_.at_home(".conf"),
                          .seen = world_.seen(world_.at_home(".conf")),
                          .is_in_store = true});
    }

    HomeAndStore world_ = open();
};

TEST_F(ApplySettle, BringsWhatWasWrittenAfterItsCopyToTheStore) {
    tree.file("home/.conf/a.db", "old").file("home/.conf/sub/b", "b");
    const PlanOf plan = seed_and_replace();

    const Applied applied = carry_out_while(plan, [&] {
        tree.file("home/.conf/a.db", "new work").file("home/.conf/sub/new/c", "c");
        tree.link("home/.conf/l", "a.db");
    });

    EXPECT_EQ(tree.content("home/.conf/a.db"), "new work");
    EXPECT_EQ(tree.content("home/.conf/sub/new/c"), "c");
    EXPECT_EQ(tree.target("store/home/.conf/l"), "a.db");
    EXPECT_EQ(tree.content("store/.envkeep-aside/" + applied.outcome.run + "/home/.conf/a.db"),
              "old");
    EXPECT_THAT(applied.asides, SizeIs(1));
    EXPECT_THAT(applied.outcome.findings,
                ElementsAre(Field("id", &model::Finding::id, "keep-changed-meanwhile")));
}

TEST_F(ApplySettle, BringsWorkOfTheSameSizeToo) {
    tree.file("home/.conf/a", "old").modified("home/.conf/a", 1'700'000'000'000'000'001);
    const PlanOf plan = seed_and_replace();

    carry_out_while(plan, [&] {
        tree.file("home/.conf/a", "new").modified("home/.conf/a", 1'700'000'000'000'000'001);
    });

    EXPECT_EQ(tree.content("home/.conf/a"), "new");
}

TEST_F(ApplySettle, BringsWorkIntoAFolderOfWhichTheStoreHeldTheSame) {
    tree.file("home/.conf/a", "same").file("store/home/.conf/a", "same");
    tree.modified("store/home/.conf/a", 1'700'000'000'000'000'001);
    const PlanOf plan = replace_same();

    const Applied applied = carry_out_while(
        plan, [&] { tree.file("home/.conf/a", "new work").file("home/.conf/n", "new"); });

    EXPECT_EQ(tree.content("home/.conf/a"), "new work");
    EXPECT_EQ(tree.content("home/.conf/n"), "new");
    EXPECT_THAT(applied.asides, SizeIs(1));
}

TEST_F(ApplySettle, LeavesTheNewerWorkOfAnotherSession) {
    tree.file("home/.conf/a", "same").file("store/home/.conf/a", "same");
    const PlanOf plan = replace_same();

    const Applied applied = carry_out_while(plan, [&] {
        tree.file("home/.conf/a", "ours").modified("home/.conf/a", 1'700'000'000'000'000'001);
        tree.file("store/home/.conf/a", "theirs");
    });

    EXPECT_EQ(tree.content("home/.conf/a"), "theirs");
    EXPECT_EQ(tree.content(aside(applied.outcome, ".conf/a")), "ours");
    EXPECT_THAT(applied.asides, SizeIs(1));
    ASSERT_THAT(applied.outcome.findings, SizeIs(1));
    EXPECT_THAT(applied.outcome.findings.front().evidence,
                ElementsAre(HasSubstr(".envkeep-aside/")));
}

TEST_F(ApplySettle, BringsWorkIntoACopyInTheHome) {
    tree.file("home/.conf/a", "same").file("store/home/.conf/a", "same");
    tree.modified("store/home/.conf/a", 1'700'000'000'000'000'001);
    tree.file("store/home/.conf/more", "more");
    const PlanOf plan = copy_in();

    const Applied applied = carry_out_while(
        plan, [&] { tree.file("home/.conf/a", "new work").file("home/.conf/n", "new"); });

    EXPECT_EQ(tree.content("home/.conf/a"), "new work");
    EXPECT_EQ(tree.content("home/.conf/n"), "new");
    EXPECT_EQ(tree.content("home/.conf/more"), "more");
    EXPECT_EQ(tree.content("store/home/.conf/a"), "same") << "the next save brings it";
    EXPECT_THAT(applied.asides, SizeIs(1));
}

TEST_F(ApplySettle, BringsNothingThatIsLeftOut) {
    tree.file("home/.conf/a", "old").file("home/.conf/cache/x", "x");
    const PlanOf plan = seed_and_replace({RelPath::parse("cache").value()});

    const Applied applied = carry_out_while(
        plan, [&] { tree.file("home/.conf/a", "new work").file("home/.conf/cache/y", "y"); });

    EXPECT_EQ(tree.content("home/.conf/a"), "new work");
    EXPECT_FALSE(tree.exists("store/home/.conf/cache"));
    EXPECT_THAT(applied.asides, SizeIs(1));
}

TEST_F(ApplySettle, HandsItToTheBackupsWhereTheStoreMayNotBeChanged) {
    tree.file("home/.conf/a", "same").file("store/home/.conf/a", "same");
    tree.modified("store/home/.conf/a", 1'700'000'000'000'000'001);
    const PlanOf plan = replace_same();

    const Applied applied =
        carry_out_while(plan, [&] { tree.file("home/.conf/a", "new work"); }, [] { return false; });

    EXPECT_EQ(tree.content("store/home/.conf/a"), "same");
    EXPECT_THAT(applied.asides, SizeIs(1));
    EXPECT_THAT(applied.outcome.findings,
                Contains(Field("id", &model::Finding::id, "keep-changed-meanwhile")));
}

TEST_F(ApplySettle, HandsNamesLikeOursToTheBackups) {
    tree.file("home/.conf/a", "a").file("home/.conf/.notes.envkeep-deadbeef", "mine");
    const PlanOf plan = seed_and_replace();

    const Applied applied = carry_out_while(plan, [] {});

    EXPECT_FALSE(tree.exists("store/home/.conf/.notes.envkeep-deadbeef"));
    EXPECT_THAT(applied.asides, SizeIs(1));
}

TEST_F(ApplySettle, HasNothingToTellWhereNobodyWrote) {
    tree.file("home/.conf/a", "a").link("home/.conf/l", "a").folder("home/.conf/empty");
    const PlanOf plan = seed_and_replace();

    const Applied applied = carry_out_while(plan, [] {});

    EXPECT_THAT(applied.asides, IsEmpty());
    EXPECT_THAT(applied.outcome.findings, IsEmpty());
}

}  // namespace
}  // namespace envkeep::keep
