// SPDX-License-Identifier: MIT
#include "engine/layer_lock.hpp"
#include "support/child.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <optional>
#include <string>
#include <utility>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Does something when the walk of a place has ended.
class WalkerThatIsWatched final : public system::TreeWalker {
  public:
    WalkerThatIsWatched(posix::Files& files, std::string absolute, std::function<void()> act)
        : files_(files), absolute_(std::move(absolute)), act_(std::move(act)) {}

    std::vector<system::WalkError> walk(
        const system::Place& place,
        unsigned threads,
        const std::function<bool(const system::WalkEntry&)>& visit) override {
        auto errors = inner_.walk(place, threads, visit);
        if (files_.absolute(place) == absolute_) {
            act_();
        }
        return errors;
    }

  private:
    posix::Files& files_;
    posix::TreeWalker inner_{files_};
    std::string absolute_;
    std::function<void()> act_;
};

class TakingASnapshot : public testing::SessionOfATest {
  protected:
    // Does something once the first file is about to be packed.
    Result<SnapshotReport> take_and_meanwhile(std::function<void()> act,
                                              const SnapshotOptions& how = {}) {
        return take(how, [act = std::move(act), done = false](std::string_view phase) mutable {
            if (phase == "packing" && !std::exchange(done, true)) {
                act();
            }
        });
    }

    static std::vector<std::string> ids(const std::vector<model::Finding>& findings) {
        std::vector<std::string> all;
        for (const model::Finding& finding : findings) {
            all.push_back(finding.id);
        }
        return all;
    }
};

TEST_F(TakingASnapshot, KeepsRestoresAndOtherSnapshotsOut) {
    install("one");
    const std::string first = take().value().record.value().id;
    install("two");
    std::optional<Result<LayerRestoreReport>> restored;
    std::optional<Result<SnapshotReport>> other;

    const auto taken = take_and_meanwhile([&] {
        Session session = this->session();
        restored = restore_layer(
            world(), session, {.at = first, .is_start = true, .until = machine.steady_now()}, {});
        other = take({.is_automatic = true});
    });

    ASSERT_TRUE(taken.has_value());
    EXPECT_FALSE(restored->value().is_whole);
    EXPECT_FALSE(restored->value().record.has_value());
    EXPECT_EQ(other->error().kind, ErrorKind::busy);
    EXPECT_TRUE(tree.exists("home/.local/lib/python3.11/site-packages/two.py"));
    EXPECT_EQ(state().here->snapshot, taken->record.value().id);
}

TEST_F(TakingASnapshot, IsNotReplacedByARestoreWhoseWaitWasInterrupted) {
    install("one");
    const std::string first = take().value().record.value().id;
    install("two");
    snapshot::LayerState state = this->state();
    state.coming = state.here;
    state.worker = machine.self();
    ASSERT_TRUE(snapshot::save_layer_state(session().home, state, files).has_value());

    // As if a signal came while it waits for this process.
    testing::in_child([&] {
        ::sigset_t signals;
        ::sigemptyset(&signals);
        ::sigaddset(&signals, SIGTERM);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        ::raise(SIGTERM);
        Session session = this->session();

        const auto restored = restore_layer(world(), session, {.at = first}, {});

        EXPECT_EQ(restored.error().kind, ErrorKind::busy);
        EXPECT_THAT(restored.error().message, HasSubstr("interrupted"));
    });
    EXPECT_TRUE(tree.exists("home/.local/lib/python3.11/site-packages/two.py"));
}

TEST_F(TakingASnapshot, EndsAWaitWhenItIsTold) {
    const Session session = this->session();
    const auto held = LayerLock::take(world(), session, {}, {});
    ASSERT_TRUE(held.has_value());
    int asked = 0;
    std::string told;

    const auto other = LayerLock::take(world(),
                                       session,
                                       {LayerLock::by_hand, [&] { return ++asked < 2; }},
                                       {.phase = [&](std::string_view phase) { told = phase; }});

    EXPECT_EQ(other.error().kind, ErrorKind::busy);
    EXPECT_THAT(told, HasSubstr("waiting for another envkeep"));
}

TEST_F(TakingASnapshot, IsNotWaitedForByARestoreThatHasNothingToBringBack) {
    install("one");
    ASSERT_TRUE(take().has_value());
    Session session = this->session();
    const auto held = LayerLock::take(world(), session, {}, {});
    ASSERT_TRUE(held.has_value());
    std::string told;

    const auto restored = restore_layer(
        world(), session, {}, {.phase = [&](std::string_view phase) { told = phase; }});

    ASSERT_TRUE(restored.has_value());
    EXPECT_TRUE(restored->is_whole);
    EXPECT_FALSE(restored->record.has_value());
    EXPECT_EQ(told, "");
}

TEST_F(TakingASnapshot, IsNotKeptWhereAPackageManagerBeganMeanwhile) {
    install("one");

    const auto taken =
        take_and_meanwhile([&] { machine.processes["4711"] = "/usr/bin/pip install torch"; });

    EXPECT_EQ(taken.error().kind, ErrorKind::busy);
    EXPECT_THAT(taken.error().message, HasSubstr("pip (process 4711)"));
    EXPECT_EQ(snapshots(), 0U);
    EXPECT_FALSE(state().here.has_value());
}

TEST_F(TakingASnapshot, IsNotKeptWherePackagesChangedMeanwhile) {
    install("one");

    const auto taken = take_and_meanwhile([&] { install("two"); });

    EXPECT_EQ(taken.error().kind, ErrorKind::busy);
    EXPECT_THAT(taken.error().message, HasSubstr("packages changed"));
    EXPECT_EQ(snapshots(), 0U);
    EXPECT_TRUE(take().value().record.has_value());
}

TEST_F(TakingASnapshot, IsKeptWherePackagesChangedThatLieInTheStore) {
    tree.folder("storage/envkeep/home/.local")
        .link("home/.local", tree / "storage/envkeep/home/.local")
        .file("home/work/x", "mine");

    const auto taken = take_and_meanwhile([&] { install("of_another_session"); });

    ASSERT_TRUE(taken.has_value()) << taken.error().message;
    EXPECT_TRUE(taken->record.has_value());
}

TEST_F(TakingASnapshot, IsRefusedWhileDebianPackagesAreToComeUnlessItIsAskedFor) {
    install("one");
    snapshot::LayerState state = this->state();
    state.store_id = session().store.id;
    state.debs = {"htop_3_amd64.deb"};
    ASSERT_TRUE(snapshot::save_layer_state(session().home, state, files));

    const auto refused = take();
    const auto taken = take({.as_is = true});

    EXPECT_EQ(refused.error().kind, ErrorKind::busy);
    EXPECT_THAT(refused.error().hint, HasSubstr("--as-is"));
    ASSERT_TRUE(taken.has_value()) << taken.error().message;
    EXPECT_THAT(this->state().debs, IsEmpty());
}

TEST_F(TakingASnapshot, HasADatabaseAsItWasBeforeItWasWrittenBetweenTheLookAndThePacking) {
    const std::string page = std::string("SQLite format 3\0", 16);
    tree.file("home/work/x.db", page + "first").file("home/work/x.db-wal", "frames");
    ASSERT_TRUE(take().has_value());
    tree.file("home/work/x.db-wal", "more frames");
    WalkerThatIsWatched watched(files, tree / "home", [&] {
        tree.file("home/work/x.db", page + "second").file("home/work/x.db-wal", "");
    });
    Session session = this->session();
    const World world{.files = files,
                      .writer = &files,
                      .machine = machine,
                      .walker = watched,
                      .trees = &trees,
                      .tree_writer = &trees,
                      .own_binary = tree / "envkeep"};

    const auto second = take_snapshot(world, session, {}, {});

    ASSERT_TRUE(second.has_value());
    EXPECT_THAT(ids(second->findings), ElementsAre("snapshot-database-in-use"));
    tree.remove("home/work");
    begin_session();
    Session next = this->session();
    ASSERT_TRUE(restore_layer(this->world(), next, {}, {}).has_value());
    EXPECT_EQ(tree.content("home/work/x.db"), page + "first");
    EXPECT_EQ(tree.content("home/work/x.db-wal"), "frames");
}

TEST_F(TakingASnapshot, IsNotPackedASecondTimeWhereItWasNotKept) {
    install("one");
    ASSERT_EQ(take_and_meanwhile([&] { install("two"); }).error().kind, ErrorKind::busy);

    const auto taken = take();

    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->packs.files, 2U);  // what tells of the second, whose code is the same
    EXPECT_FALSE(tree.exists("home/.envkeep-state/unfinished"));
}

TEST_F(TakingASnapshot, CountsNothingHalfWrittenAgainstTheLimit) {
    install("one");
    ASSERT_TRUE(take().has_value());
    const std::uint64_t before = layer_status(world(), session()).value().packs_bytes;
    tree.file("storage/envkeep/packs/.new.envkeep-0123abcd", std::string(100000, 'x'));

    EXPECT_EQ(layer_status(world(), session()).value().packs_bytes, before);
    EXPECT_GT(before, 0U);
}

TEST_F(TakingASnapshot, NamesSecretsInItsRecordHoweverMuchIsExcluded) {
    install("one");
    for (int i = 0; i < 1001; ++i) {
        tree.file("home/bin" + std::to_string(i), "");
    }
    tree.file("home/work/.netrc", "machine host password x\n");

    ASSERT_TRUE(take().has_value());

    const auto taken = list_snapshots(world(), session()).value().list.snapshots;
    ASSERT_THAT(taken, SizeIs(1));
    ASSERT_THAT(taken[0].left_out, SizeIs(1000));
    EXPECT_EQ(taken[0].left_out[0].why, snapshot::Omission::secret);
}

TEST_F(TakingASnapshot, HasADatabaseAsItWasAtOneMoment) {
    const std::string page = std::string("SQLite format 3\0", 16);
    tree.file("home/work/x.db", page + "first").file("home/work/x.db-wal", "frames");
    const auto first = take();
    ASSERT_TRUE(first.has_value());
    ASSERT_THAT(first->findings, IsEmpty());
    tree.file("home/work/x.db", page + "second")
        .file("home/work/new.db", page)
        .file("home/work/new.db-wal", "frames");

    const auto second = take_and_meanwhile([&] {
        tree.file("home/work/x.db-wal", "more frames").file("home/work/new.db-wal", "more frames");
    });

    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->ending, Ending::partly);
    ASSERT_THAT(ids(second->findings), ElementsAre("snapshot-database-in-use"));
    EXPECT_THAT(
        second->findings[0].evidence,
        ElementsAre(HasSubstr("new.db: left out"), HasSubstr("x.db: as the snapshot before")));
    tree.remove("home/work");
    begin_session();
    Session session = this->session();
    ASSERT_TRUE(restore_layer(world(), session, {}, {}).has_value());
    EXPECT_EQ(tree.content("home/work/x.db"), page + "first");
    EXPECT_EQ(tree.content("home/work/x.db-wal"), "frames");
    EXPECT_FALSE(tree.exists("home/work/new.db"));
    EXPECT_FALSE(tree.exists("home/work/new.db-wal"));
}

TEST_F(TakingASnapshot, GoesToTheProfileThatTheManifestNamesNow) {
    write_manifest("  profile: old\n");
    install("one");
    ASSERT_EQ(take().value().record.value().profile, "old");
    write_manifest("  profile: work\n");

    const auto moved = take();
    const auto again = take();

    ASSERT_TRUE(moved.value().record.has_value()) << "a session of that profile has none yet";
    EXPECT_EQ(moved->record->profile, "work");
    EXPECT_EQ(state().here->profile, "work");
    EXPECT_FALSE(again.value().record.has_value());
    tree.remove("home/.local");
    begin_session();
    Session session = this->session();
    ASSERT_TRUE(restore_layer(world(), session, {}, {}).has_value());
    EXPECT_TRUE(tree.exists("home/.local/lib/python3.11/site-packages/one.py"));
}

TEST_F(TakingASnapshot, TellsWhatAnInterruptedPipLeft) {
    install("one");
    tree.folder("home/.local/lib/python3.11/site-packages/~wo-1.0.dist-info");

    const auto taken = take();

    ASSERT_THAT(ids(taken.value().findings), ElementsAre("packages-interrupted"));
    EXPECT_THAT(taken->findings[0].evidence, ElementsAre(HasSubstr("~wo-1.0.dist-info")));
}

TEST_F(TakingASnapshot, KnowsThePackagesOfEnvironmentsHoweverDeepTheyLie) {
    const std::string near = "home/code/project/.venv";
    const std::string deep = "home/code/a/b/c/env";
    for (const std::string& place : {near, deep}) {
        tree.file(place + "/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
            .file(place + "/lib/python3.11/site-packages/x-1.0.dist-info/METADATA",
                  "Name: x\nVersion: 1.0\n");
    }

    const auto taken = take();

    ASSERT_TRUE(taken.has_value());
    EXPECT_THAT(taken->packages.changes, SizeIs(2));
    EXPECT_THAT(state().environments, ElementsAre(tree / deep, tree / near));
    EXPECT_EQ(layer_status(world(), session()).value().unsaved, 0U);
    // And once known, they are looked into like all others.
    tree.file(deep + "/lib/python3.11/site-packages/y-1.0.dist-info/METADATA",
              "Name: y\nVersion: 1.0\n");
    EXPECT_EQ(layer_status(world(), session()).value().unsaved, 1U);
}

}  // namespace
}  // namespace envkeep::engine
