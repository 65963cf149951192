// SPDX-License-Identifier: MIT
#include "envkeep/engine/collect.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/store/lease.hpp"
#include "support/failing_files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

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

}  // namespace
}  // namespace envkeep::engine
