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
                const UndoPlan plan = plan_undo(run, world.reach(), world.files);

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

    EXPECT_EQ(conflicts_of(plan_undo(run, reach, world.files)).size(), 1U);
}

TEST_F(ForgedJournal, MovesOnlyWhatWentAside) {
    tree.file("home/.history", "as a copy from the store").file("store/home/.profile", "p");
    HomeAndStore world = open();

    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / "home/.history",
                    .other = tree / "home/.bash_login"});
    expect_refused({.kind = store::Change::Kind::moved,
                    .path = tree / "store/evil",
                    .other = tree / "store/home/.bash_login"});
    expect_refused({.kind = store::Change::Kind::replaced_file,
                    .path = tree / "store/home/.profile",
                    .other = tree / "store/evil",
                    .text = world.files.digest(world.in_store("home/.profile")).value().text()});
}

TEST_F(ForgedJournal, MakesNoLinkThatNoKeepHas) {
    tree.link("home/.profile", tree / "store/home/.profile");

    expect_refused({.kind = store::Change::Kind::removed_link,
                    .path = tree / "home/.bash_login",
                    .text = tree / "store/evil"});
    expect_refused({.kind = store::Change::Kind::replaced_link,
                    .path = tree / "home/.profile",
                    .other = tree / "store/evil",
                    .text = tree / "store/home/.profile"});
}

TEST_F(ForgedJournal, ReachesNothingThatIsGuarded) {
    tree.file("store/hook.sh", "evil").file("store/.envkeep-aside/1/hook.sh", "evil");
    HomeAndStore world = open();
    Reach reach = world.reach();
    reach.guarded = {tree / "store/hook.sh"};
    for (const std::string path : {"store/hook.sh", "store//hook.sh", "store/./hook.sh"}) {
        for (const store::Change& change : std::vector<store::Change>{
                 {.kind = store::Change::Kind::copied, .other = tree / "store/evil"},
                 {.kind = store::Change::Kind::moved,
                  .other = tree / "store/.envkeep-aside/1/hook.sh"},
                 {.kind = store::Change::Kind::made_file},
                 {.kind = store::Change::Kind::set_mode, .old_mode = 0400, .new_mode = 0600}}) {
            store::Change forgery = change;
            forgery.path = tree / path;

            EXPECT_THAT(conflicts_of(plan_undo(forged(forgery), reach, world.files)),
                        Contains(HasSubstr("no run changes that")))
                << path;
        }
    }
    const store::Change whole{
        .kind = store::Change::Kind::copied, .path = tree / "store", .other = tree / "home"};
    EXPECT_THAT(conflicts_of(plan_undo(forged(whole), reach, world.files)),
                Contains(HasSubstr("no run changes that")));
}

TEST_F(ForgedJournal, GivesTheManifestNoTextButAnEarlierOne) {
    tree.file("store/manifest.yaml", "now").file("store/backups/1/manifest.yaml", "before");
    HomeAndStore world = open();
    Reach reach = world.reach();
    reach.manifest = {tree / "store/manifest.yaml"};
    const store::RunRecord run =
        forged({.kind = store::Change::Kind::replaced_file,
                .path = reach.manifest.front(),
                .other = tree / "store/backups/1/manifest.yaml",
                .text = world.files.digest(world.in_store("manifest.yaml")).value().text()});

    EXPECT_THAT(conflicts_of(plan_undo(run, reach, world.files)),
                Contains(HasSubstr("nobody else may write")));

    reach.earlier_manifests = {run.items.front().change.other};

    EXPECT_THAT(conflicts_of(plan_undo(run, reach, world.files)), IsEmpty());
}

TEST_F(ForgedJournal, OpensNothingToOthers) {
    tree.file("home/.ssh/config", "c", 0600)
        .file("home/.netrc", "n", 0600)
        .file("home/key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0600)
        .file("home/.config/gh/hosts.yml", "t", 0600)
        .file("home/notes", "n", 0600);
    HomeAndStore world = open();
    const auto stays = [&](const std::string& path, std::uint32_t old_mode) {
        store::RunRecord run = forged({.kind = store::Change::Kind::set_mode,
                                       .path = tree / path,
                                       .old_mode = old_mode,
                                       .new_mode = tree.mode_of(path)});
        const UndoPlan plan = plan_undo(run, world.reach(), world.files);
        EXPECT_THAT(conflicts_of(plan), IsEmpty());
        return plan.steps.empty() && plan.modes_that_stay.size() == 1;
    };
    tree.mode("home/.config", 0700).mode("home/.ssh", 0700);

    for (const std::string path : {".ssh", ".ssh/config", ".netrc", "key", ".config"}) {
        EXPECT_TRUE(stays("home/" + path, 0744)) << path;
    }
    EXPECT_TRUE(stays("home/.config/gh/hosts.yml", 0640));
    EXPECT_TRUE(stays("home/notes", 0602));
    EXPECT_TRUE(stays("home/notes", 04600));
    EXPECT_FALSE(stays("home/notes", 0644));
    EXPECT_FALSE(stays("home/.ssh/config", 0400));
}

class ReachOfUndo : public testing::KeepTest {};

// A link of the user into the persistent folder, of which nothing but its text is left.
TEST_F(ReachOfUndo, MakesALinkAgainThatTheHomeKnows) {
    tree.link("home/data", tree / "store/mine").folder("store/home/data");
    HomeAndStore world = open();
    carry_out(world,
              model::ReplaceLink{.place = world.at_home("data"),
                                 .old_target = tree / "store/mine",
                                 .new_target = world.source("home/data"),
                                 .is_ours = true});
    const store::RunRecord run = world.runs().at(0);
    store::RunRecord other = run;
    other.items.front().change.other = tree / "store/evil";
    Reach reach = world.reach();
    reach.links.clear();

    EXPECT_THAT(conflicts_of(plan_undo(other, reach, world.files)),
                Contains(HasSubstr("the manifest keeps nothing")));
    EXPECT_THAT(conflicts_of(plan_undo(run, reach, world.files)), IsEmpty());
}

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

    EXPECT_THAT(conflicts_of(plan_undo(run, reach, world.files)), IsEmpty());
    EXPECT_THAT(conflicts_of(plan_undo(run, world.reach(), world.files)),
                Contains(HasSubstr("nor the manifest")));
}

// Else nothing would stand there.
TEST_F(ReachOfUndo, LeavesWhatTookThePlaceOfALinkThatDoesNotComeBack) {
    tree.link("home/.conf", tree / "store/home/.conf").file("store/home/.conf/sub", "x");
    HomeAndStore world = open();
    carry_out(world,
              testing::PlanOf()
                  .group("~/.conf")
                  .step(model::ReplaceLinkByFolder{.place = world.at_home(".conf"),
                                                   .old_target = world.source("home/.conf"),
                                                   .is_ours = true})
                  .step(model::MakeLink{.place = world.at_home(".conf/sub"),
                                        .target = world.source("home/.conf/sub")}));
    const store::RunRecord run = world.runs().at(0);
    Reach reach = world.reach();
    reach.links.clear();
    tree.remove("home/.envkeep-aside");

    const UndoPlan plan = plan_undo(run, reach, world.files);

    EXPECT_EQ(conflicts_of(plan).size(), plan.steps.size());
    undo(world, run);
    EXPECT_EQ(tree.target("home/.conf"), tree / "store/home/.conf");
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
