// SPDX-License-Identifier: MIT
#include "envkeep/keep/reach.hpp"

#include "unit/keep/home_and_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::keep {
namespace {

using testing::carry_out;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::HomeAndStore;
using ::testing::IsEmpty;
using testing::undo;

std::vector<std::string> conflicts_of(const UndoPlan& plan) {
    std::vector<std::string> conflicts;
    for (const UndoStep& step : plan.steps) {
        if (!step.conflict.empty()) {
            conflicts.push_back(step.change.path + ": " + step.conflict);
        }
    }
    return conflicts;
}

// Whoever may write the store's journal writes one that names any place of the machine.
class ForgedJournal : public testing::KeepTest {
  protected:
    ForgedJournal() {
        tree.file("etc/shadow", "root", 0600)
            .file("etc/passwd", "users")
            .file("store/evil", "evil")
            .file("store/backups/x", "evil");
    }

    [[nodiscard]] store::RunRecord forged(const store::Change& change) const {
        store::RunRecord run{.run = {.id = "1", .home = "/nowhere"}, .is_of_this_container = true};
        run.items.push_back({.change = change, .is_done = true});
        return run;
    }

    // What is done of it, whether it says that it is of this container or of another one.
    void expect_refused(store::Change change) {
        HomeAndStore world = open();
        const auto before = tree.snapshot();
        for (const bool is_in_store : {false, true}) {
            for (const bool is_of_this_container : {false, true}) {
                change.is_in_store = is_in_store;
                store::RunRecord run = forged(change);
                run.is_of_this_container = is_of_this_container;
                const UndoPlan plan = plan_undo(run, world.reach(), world.files).value();

                EXPECT_EQ(conflicts_of(plan).size() + plan.not_here, 1U) << change.path;
            }
        }
        EXPECT_EQ(tree.snapshot(), before);
    }
};

TEST_F(ForgedJournal, ReachesNoPlaceElsewhere) {
    expect_refused({.kind = store::Change::Kind::set_mode,
                    .path = tree / "etc/shadow",
                    .old_mode = 0666,
                    .new_mode = 0600});
    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / "store/evil",
                    .other = tree / "etc/cron.d/evil"});
    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / "etc/passwd",
                    .other = tree / "store/passwd"});
    expect_refused({.kind = store::Change::Kind::removed_link,
                    .path = tree / "etc/evil",
                    .text = tree / "store/evil"});
    expect_refused({.kind = store::Change::Kind::copied,
                    .path = tree / "etc/passwd",
                    .other = tree / "store/evil"});
}

TEST_F(ForgedJournal, BringsNothingFromElsewhereIntoTheStore) {
    HomeAndStore world = open();
    const Digest evil = world.files.digest(world.in_store("evil")).value();

    expect_refused({.kind = store::Change::Kind::replaced_file,
                    .path = tree / "store/evil",
                    .other = tree / "etc/shadow",
                    .text = evil.text()});
}

TEST_F(ForgedJournal, BringsNothingOfTheStoreToTheHome) {
    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / "store/evil",
                    .other = tree / "home/.bash_profile"});
}

TEST_F(ForgedJournal, CallsNothingAsideThatIsNot) {
    tree.file("store/.envkeep-aside/1/etc/evil", "evil").file(".envkeep-aside/2/etc/evil", "evil");

    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / "store/.envkeep-aside/1/etc/evil",
                    .other = tree / "etc/evil"});
    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / ".envkeep-aside/2/etc/evil",  // of another run
                    .other = tree / "etc/evil"});
    expect_refused({.kind = store::Change::Kind::moved,  // takes away what stands there
                    .path = tree / "etc/passwd",
                    .other = tree / ".envkeep-aside/1/etc/passwd"});
}

TEST_F(ForgedJournal, BringsNothingToAHomeThatLiesInThePersistentFolder) {
    tree.file(".envkeep-aside/1/home/.bash_profile", "evil");
    HomeAndStore world = open();
    Reach reach = world.reach();
    reach.store.push_back(
        {.path = tree.path(), .root = world.files.open_root(tree.path()).value()});
    const store::RunRecord run = forged({.kind = store::Change::Kind::moved,
                                         .path = tree / ".envkeep-aside/1/home/.bash_profile",
                                         .other = tree / "home/.bash_profile"});

    EXPECT_EQ(conflicts_of(plan_undo(run, reach, world.files).value()).size(), 1U);
}

class ReachOfUndo : public testing::KeepTest {};

TEST_F(ReachOfUndo, TakesBackWhatTheManifestNamesOutsideTheHome) {
    tree.file("data/x", "mine");
    HomeAndStore world = open();
    const system::RootId data = world.files.open_root(tree / "data").value();
    const system::Place place{.root = data, .path = RelPath::parse("x").value()};
    carry_out(world,
              model::ReplaceByLink{
                  .place = place, .seen = world.seen(place), .target = world.source("home/x")});
    const store::RunRecord run = world.runs().at(0);
    Reach reach = world.reach();
    reach.places = {tree / "data/x"};

    EXPECT_THAT(conflicts_of(plan_undo(run, reach, world.files).value()), IsEmpty());
    EXPECT_THAT(conflicts_of(plan_undo(run, world.reach(), world.files).value()),
                Contains(HasSubstr("nor the manifest")));
}

// As a restore of a snapshot leaves it.
TEST_F(ReachOfUndo, TakesBackWhatMadeRoomOutsideTheHome) {
    tree.file("usr/tool", "new");
    HomeAndStore world = open();
    store::Journal journal = world.journal(world.files);
    const std::string aside = ".envkeep-aside/" + journal.run().id + "/usr/tool";
    tree.file(aside, "old");
    ASSERT_TRUE(journal.intend({.kind = store::Change::Kind::moved,
                                .path = tree / aside,
                                .other = tree / "usr/tool",
                                .text = digest_of("new").text()}));
    ASSERT_TRUE(journal.finish());

    undo(world, world.runs().at(0));

    EXPECT_EQ(tree.content("usr/tool"), "old");
}

}  // namespace
}  // namespace envkeep::keep
