// SPDX-License-Identifier: MIT
#include "envkeep/store/probe.hpp"

#include "bind_fs.hpp"
#include "other_machine.hpp"
#include "store_test.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"

#include <sys/syscall.h>

#include <cerrno>

namespace envkeep::store {
namespace {

using testing::ScopedMount;

class ProbeTest : public StoreTest {
  protected:
    Probe probed(const std::string& base) {
        return probe(store_at(base), machine, files, files).value();
    }
};

TEST_F(ProbeTest, FindsAllThatALocalFileSystemCanDo) {
    tree.folder("tmpfs");
    const auto mounted = ScopedMount::tmpfs(tree / "tmpfs", "size=4m");
    tree.folder("tmpfs/envkeep", 0700);

    const Probe found = probed(tree / "tmpfs");

    EXPECT_TRUE(found.is_mounted);
    EXPECT_EQ(found.mount_type, "tmpfs");
    EXPECT_TRUE(found.is_writable);
    EXPECT_TRUE(found.has_links);
    EXPECT_TRUE(found.has_rename_over);
    EXPECT_TRUE(found.has_hard_links);
    EXPECT_TRUE(found.has_modes);
    EXPECT_TRUE(found.has_owner);
    EXPECT_FALSE(found.is_shared);
    EXPECT_GT(found.small_file.count(), 0);
    EXPECT_GT(found.small_read.count(), 0);
    EXPECT_EQ(found.locks, system::Locks::honoured);
    EXPECT_EQ(found.mebibyte.count(), 0) << "for that there is no room";
    EXPECT_TRUE(found.is_whole);
    EXPECT_EQ(found.refusal, "");
    EXPECT_EQ(found.total_bytes, 4U << 20U);
    EXPECT_LE(found.free_bytes, found.total_bytes);
    EXPECT_GT(found.free_inodes, 0U);
    EXPECT_GE(found.total_inodes, found.free_inodes);
}

TEST_F(ProbeTest, TellsHowLongMuchTakesWhereThereIsRoom) {
    tree.folder("tmpfs");
    const auto mounted = ScopedMount::tmpfs(tree / "tmpfs", "size=128m");
    tree.folder("tmpfs/envkeep", 0700);

    EXPECT_GT(probed(tree / "tmpfs").mebibyte.count(), 0);
}

TEST_F(ProbeTest, TellsWhyNothingIsWritten) {
    testing::with_refused_calls({{.number = SYS_mkdirat, .code = EACCES}}, [&] {
        const Probe found = probed(tree / "storage");

        EXPECT_FALSE(found.is_writable);
        EXPECT_EQ(found.refusal, "permission denied");
    });
}

TEST_F(ProbeTest, TellsThatLocksAreRefused) {
    testing::with_refused_calls({{.number = SYS_flock, .code = ENOLCK}}, [&] {
        EXPECT_EQ(probed(tree / "storage").locks, system::Locks::refused);
    });
}

TEST_F(ProbeTest, OfASlowStoreEndsAndKnowsWhatARestoreNeeds) {
    OtherMachine slow;
    slow.steady_step = longest_probe;
    const auto before = tree.snapshot();

    const Probe found = probe(store_at(tree / "storage"), slow, files, files).value();

    EXPECT_TRUE(found.is_writable);
    EXPECT_TRUE(found.has_modes);
    EXPECT_TRUE(found.has_owner);
    EXPECT_FALSE(found.is_whole);
    EXPECT_FALSE(found.has_links);
    EXPECT_EQ(found.locks, system::Locks::unknown);
    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(ProbeTest, LeavesNothingBehind) {
    const auto before = tree.snapshot();

    ASSERT_TRUE(probed(tree / "storage").is_writable);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(ProbeTest, SaysThatOthersMayReadTheStore) {
    tree.mode("storage/envkeep", 0750);

    EXPECT_TRUE(probed(tree / "storage").is_shared);
}

TEST_F(ProbeTest, SaysThatTheStoreCannotBeWritten) {
    const auto mounted = ScopedMount::read_only_bind(tree / "storage", tree / "storage");

    const Probe found = probed(tree / "storage");

    EXPECT_FALSE(found.is_writable);
    EXPECT_EQ(found.refusal, "read-only file system");
    EXPECT_FALSE(found.has_links);
    EXPECT_FALSE(found.has_modes);
    EXPECT_GT(found.total_bytes, 0U);
}

TEST_F(ProbeTest, SaysThatModesAndOwnersAreIgnored) {
    tree.folder("fuse");
    const BindFs mounted(
        tree / "storage", tree / "fuse", "perms=0755,chmod-ignore,chown-ignore,force-user=nobody");
    const auto before = tree.snapshot("storage");

    const Probe found = probed(tree / "fuse");

    EXPECT_TRUE(found.is_writable);
    EXPECT_TRUE(found.has_links);
    EXPECT_TRUE(found.has_rename_over);
    EXPECT_FALSE(found.has_modes);
    EXPECT_FALSE(found.has_owner);
    EXPECT_TRUE(found.is_shared);
    EXPECT_TRUE(found.is_mounted);
    EXPECT_EQ(found.mount_type, "fuse");
    EXPECT_EQ(tree.snapshot("storage"), before);
}

TEST_F(ProbeTest, IsNotFooledByOneFixedModeThatIsPrivate) {
    tree.folder("fuse");
    const BindFs mounted(tree / "storage", tree / "fuse", "perms=0600:ud+x,chmod-ignore");

    const Probe found = probed(tree / "fuse");

    EXPECT_TRUE(found.is_writable);
    EXPECT_FALSE(found.has_modes);
}

TEST_F(ProbeTest, LeavesNothingBehindWhereItFailsHalfWay) {
    tree.folder("small");
    int writable = 0;
    for (int inodes = 2; inodes < 12; ++inodes) {
        const auto mounted =
            ScopedMount::tmpfs(tree / "small", "nr_inodes=" + std::to_string(inodes));
        tree.folder("small/envkeep", 0700);
        posix::Files fresh;
        const Store store{.root = fresh.open_root(tree / "small/envkeep").value(),
                          .path = tree / "small/envkeep"};

        const auto found = probe(store, machine, fresh, fresh);

        ASSERT_TRUE(found.has_value()) << inodes;
        EXPECT_THAT(tree.snapshot("small/envkeep"), ::testing::IsEmpty()) << inodes;
        writable += found->is_writable ? 1 : 0;
    }
    EXPECT_GT(writable, 0);
    EXPECT_LT(writable, 10);
}

TEST_F(ProbeTest, SaysThatThereIsNoSpace) {
    tree.folder("full");
    const auto mounted = ScopedMount::tmpfs(tree / "full", "size=16k");
    tree.folder("full/envkeep", 0700).file("full/envkeep/filler", std::string(16'384, 'x'));

    const Probe found = probed(tree / "full");

    EXPECT_FALSE(found.is_writable);
    EXPECT_EQ(found.refusal, "no space left on device");
    EXPECT_EQ(found.free_bytes, 0U);
    EXPECT_THAT(tree.snapshot("full/envkeep"), ::testing::SizeIs(1));
}

TEST_F(ProbeTest, RemovesOnlyWhatAKilledProbeLeftLongAgo) {
    constexpr std::int64_t long_ago = 1'700'000'000'000'000'000;
    tree.file("storage/envkeep/.probe.envkeep-00000000/small", "x")
        .modified("storage/envkeep/.probe.envkeep-00000000", long_ago)
        .file("storage/envkeep/.probe.envkeep-11111111/small", "x")
        .file("storage/envkeep/probe/data", "x")
        .modified("storage/envkeep/probe", long_ago);

    ASSERT_TRUE(probed(tree / "storage").is_writable);

    EXPECT_FALSE(tree.exists("storage/envkeep/.probe.envkeep-00000000"));
    EXPECT_TRUE(tree.exists("storage/envkeep/.probe.envkeep-11111111/small"));
    EXPECT_TRUE(tree.exists("storage/envkeep/probe/data"));
}

TEST_F(ProbeTest, ComesBackFromJson) {
    const Probe found = probed(tree / "storage");

    EXPECT_EQ(Probe::from_json(found.to_json()), found);
    EXPECT_EQ(Probe::from_json(Json::array()), Probe{});
}

}  // namespace
}  // namespace envkeep::store
