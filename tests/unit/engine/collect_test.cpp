// SPDX-License-Identifier: MIT
#include "envkeep/engine/collect.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"
#include "support/failing_files.hpp"
#include "support/temp_tree.hpp"
#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <chrono>
#include <limits>

namespace envkeep::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::int64_t long_ago = 1'605'873'600'000'000'000;  // 2020

// Takes no file, as a full store does.
class NoRoom final : public testing::FailingFiles {
  public:
    explicit NoRoom(system::FileWriter& inner)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}) {}

    [[nodiscard]] Result<void> write_file(const system::Place& /*place*/,
                                          std::string_view /*content*/,
                                          std::uint32_t /*mode*/,
                                          const std::optional<system::Status>& /*seen*/) override {
        return failure(ErrorKind::no_space, "no space left on device");
    }

    [[nodiscard]] Result<void> overwrite_own_file(const system::Place& /*place*/,
                                                  std::string_view /*content*/,
                                                  std::uint32_t /*mode*/) override {
        return failure(ErrorKind::no_space, "no space left on device");
    }
};

// A store with a Debian package that no snapshot installed, kept long ago.
class Collect : public ::testing::Test {
  protected:
    Collect() {
        tree_.folder("storage/envkeep").folder("home");
        tree_.file(deb, "a package").modified(deb, long_ago);
        session_.home_path = tree_ / "home";
        session_.home = files_.open_root(tree_ / "home").value();
        session_.store = {.base = files_.open_root(tree_ / "storage").value(),
                          .root = files_.open_root(tree_ / "storage/envkeep").value(),
                          .base_path = tree_ / "storage",
                          .path = tree_ / "storage/envkeep",
                          .id = "0",
                          .created = ""};
    }

    Result<CollectReport> collect(const CollectOptions& options = {}) {
        return collect_snapshots(world_, session_, options);
    }

    static constexpr const char* deb = "storage/envkeep/packages/apt/x_1_amd64.deb";
    testing::TempTree tree_;
    posix::Files files_;
    posix::Machine machine_{environ};
    posix::TreeWalker walker_{files_};
    posix::TreeContent trees_{files_};
    World world_{.files = files_,
                 .writer = &files_,
                 .machine = machine_,
                 .walker = walker_,
                 .trees = &trees_,
                 .tree_writer = &trees_};
    Session session_;
};

TEST_F(Collect, TakesDebianPackagesThatNobodyNeedsToTheTrash) {
    const Result<CollectReport> report = collect();

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->plan.bytes_to_trash, 9U);
    EXPECT_FALSE(tree_.exists(deb));
    EXPECT_THAT(tree_.snapshot("storage/envkeep/trash"), SizeIs(2));  // and the clock
}

TEST_F(Collect, FreesAFullStore) {
    const std::string old = "storage/envkeep/trash/20201120T120000Z.packs.x.tar.zst";
    tree_.file(old, "of an older snapshot").folder("storage/envkeep/snapshots");
    NoRoom no_room(files_);
    world_.writer = &no_room;

    const Result<CollectReport> would = collect({.is_dry_run = true});
    const Result<CollectReport> report = collect();

    ASSERT_TRUE(would.has_value()) << would.error().message;
    EXPECT_EQ(would->plan.bytes_to_trash, 9U);
    EXPECT_EQ(would->plan.bytes_to_remove, 20U);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->done.bytes_removed, 20U);
    EXPECT_FALSE(tree_.exists(old));
    EXPECT_FALSE(tree_.exists(deb));
}

TEST_F(Collect, OnlyLooksWhileAnotherSessionChangesTheStore) {
    const auto claim = store::ChangesClaim::take(session_.store, "x", machine_, files_, files_);
    ASSERT_TRUE(claim.has_value());

    EXPECT_EQ(collect().error().kind, ErrorKind::busy);
    EXPECT_TRUE(collect({.is_dry_run = true}).has_value());
    EXPECT_TRUE(tree_.exists(deb));
}

// Each move takes longer than a claim may go without being renewed.
class SlowMoves final : public testing::FailingFiles {
  public:
    explicit SlowMoves(system::FileWriter& inner)
        : FailingFiles(inner, {.call = std::numeric_limits<std::size_t>::max()}) {}

    [[nodiscard]] Result<void> move(const system::Place& from, const system::Place& to) override {
        passed += store::lease_renewal;
        return FailingFiles::move(from, to);
    }

    [[nodiscard]] Result<void> write_file(const system::Place& place,
                                          std::string_view content,
                                          std::uint32_t mode,
                                          const std::optional<system::Status>& seen) override {
        claims += place.path.name() == "changes.claim" ? 1 : 0;
        return FailingFiles::write_file(place, content, mode, seen);
    }

    std::chrono::seconds passed{0};
    int claims = 0;  // taken and renewed
};

TEST_F(Collect, RenewsItsClaimWhileItIsAtWork) {
    for (const std::string name : {"y", "z"}) {
        const std::string another = "storage/envkeep/packages/apt/" + name + "_1_amd64.deb";
        tree_.file(another, "a package").modified(another, long_ago);
    }
    SlowMoves slow(files_);
    testing::MachineOfATest machine(environ);
    machine.ahead = [&] { return slow.passed; };
    const World world{.files = files_,
                      .writer = &slow,
                      .machine = machine,
                      .walker = walker_,
                      .trees = &trees_,
                      .tree_writer = &trees_};

    const Result<CollectReport> report = collect_snapshots(world, session_, {});

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->done.trashed, 3U);
    EXPECT_EQ(slow.claims, 4);
}

TEST_F(Collect, LeavesDebianPackagesWhileARecordCannotBeRead) {
    tree_.file("storage/envkeep/refs/main/000001", "20201120T120000Z-0123456789\n")
        .file("storage/envkeep/snapshots/20201120T120000Z-0123456789.json", "damaged");

    const Result<CollectReport> report = collect();

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->ending, Ending::partly);
    ASSERT_THAT(report->plan.blocked, ::testing::Not(::testing::IsEmpty()));
    EXPECT_THAT(report->plan.blocked.front(), HasSubstr("snapshot"));
    EXPECT_TRUE(tree_.exists(deb));
}

// Journals of runs in another container, long ago; each of which made the same link in its home.
class CollectJournals : public Collect {
  protected:
    struct Ending {
        bool is_finished = true;
        bool is_here = false;
    };

    void ran(const std::string& id,
             const std::vector<store::Change>& changes,
             const Ending& ending = {true, false}) {
        store::Run run = store::new_run("restore", session_.home_path, machine_);
        run.id = id;
        if (!ending.is_here) {
            run.container.boot_id = "another";
        }
        store::Journal journal(session_.store.place(store::names::journal), run, files_, files_);
        ASSERT_TRUE(journal.intend(link).has_value());
        for (const store::Change& change : changes) {
            ASSERT_TRUE(journal.intend(change).has_value());
        }
        ASSERT_TRUE(!ending.is_finished || journal.finish().has_value());
    }

    [[nodiscard]] std::string in_store(const std::string& name) const {
        return session_.store.path + "/" + name;
    }

    [[nodiscard]] bool has_journal(const std::string& id) const {
        return tree_.exists("storage/envkeep/journal/" + id + ".jsonl");
    }

    const store::Change link{.kind = store::Change::Kind::made_link,
                             .path = tree_ / "home/.ssh",
                             .text = "/storage/envkeep/home/.ssh"};
};

TEST_F(CollectJournals, GoWhereNothingCanBeTakenBack) {
    ran("20200101T000000Z-0000000000", {});
    ran("20200102T000000Z-0000000000",
        {{.kind = store::Change::Kind::replaced_file,
          .is_in_store = true,
          .path = in_store("home/.hist"),
          .other = in_store(".envkeep-aside/20200102T000000Z-0000000000/home/.hist")}});
    ran(store::new_run("x", "", machine_).id, {});

    const Result<CollectReport> would = collect({.is_dry_run = true});
    EXPECT_TRUE(has_journal("20200101T000000Z-0000000000"));
    const Result<CollectReport> report = collect();

    EXPECT_EQ(would->journals, 2U);
    EXPECT_EQ(report->journals, 2U);
    EXPECT_EQ(report->ending, engine::Ending::well);
    EXPECT_THAT(tree_.snapshot("storage/envkeep/journal"), SizeIs(1));
}

TEST_F(CollectJournals, StayWhereSomethingCanBeTakenBack) {
    tree_.file("storage/envkeep/home/.new").file("storage/envkeep/.envkeep-aside/x/.hist", "old");
    ran("20200101T000000Z-0000000001",
        {{.kind = store::Change::Kind::copied,
          .is_in_store = true,
          .path = in_store("home/.new")}});
    ran("20200101T000000Z-0000000002",
        {{.kind = store::Change::Kind::replaced_file,
          .is_in_store = true,
          .path = in_store("home/.hist"),
          .other = in_store(".envkeep-aside/x/.hist")}});
    ran("20200101T000000Z-0000000003", {}, {.is_finished = true, .is_here = true});

    EXPECT_EQ(collect()->journals, 0U);
}

TEST_F(CollectJournals, StayWithWhatCountsOnThem) {
    tree_.file("storage/envkeep/backups/20200101T000000Z-0000000001/root/.a", "a")
        .file("storage/envkeep/backups/released/20200101T000000Z-0000000002/.b", "b");
    ran("20200101T000000Z-0000000001", {});
    ran("20200101T000000Z-0000000002", {});
    ran("20200101T000000Z-0000000003", {}, {.is_finished = false, .is_here = false});
    ran("20200101T000000Z-0000000004", {});  // goes: the next one is the last that names the link
    ran("20200101T000000Z-0000000005", {});

    EXPECT_EQ(collect()->journals, 1U);
    EXPECT_FALSE(has_journal("20200101T000000Z-0000000004"));
}

TEST_F(Collect, RemovesTheLeasesOfSessionsThatWereKilled) {
    const std::string lease = "storage/envkeep/leases/of-a-killed-session.json";
    tree_.file(lease, "").modified(lease, long_ago);

    ASSERT_TRUE(collect({.is_dry_run = true}).has_value());
    EXPECT_TRUE(tree_.exists(lease));
    ASSERT_TRUE(collect().has_value());
    EXPECT_FALSE(tree_.exists(lease));
}

TEST_F(CollectJournals, OfALiveSessionStay) {
    ran("20200101T000000Z-0000000001", {});
    ran(store::new_run("x", "", machine_).id, {});
    store::Lease lease = store::take_lease(session_.store, "/root", machine_, files_).value();
    lease.container.boot_id = "another";
    ASSERT_TRUE(store::renew_lease(session_.store, lease, files_).has_value());

    EXPECT_EQ(collect()->journals, 0U);
}

}  // namespace
}  // namespace envkeep::engine
