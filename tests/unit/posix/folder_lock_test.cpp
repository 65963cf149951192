// SPDX-License-Identifier: MIT
#include "envkeep/posix/folder_lock.hpp"

#include "support/child.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>
#include <optional>

namespace envkeep::posix {
namespace {

class LockOfAFolder : public ::testing::Test {
  protected:
    LockOfAFolder() { tree_.folder("state"); }

    // Whether it could be taken.
    bool is_free() {
        const auto lock = FolderLock::try_take(tree_ / "state");
        EXPECT_TRUE(lock.has_value());
        return lock && lock->has_value();
    }

    testing::TempTree tree_;
};

TEST_F(LockOfAFolder, IsHeldByOneAtATime) {
    std::optional<FolderLock> first = FolderLock::try_take(tree_ / "state").value();
    ASSERT_TRUE(first.has_value());

    EXPECT_FALSE(is_free());
    testing::in_child([&] { EXPECT_FALSE(is_free()); });

    first.reset();
    EXPECT_TRUE(is_free());
}

TEST_F(LockOfAFolder, EndsWithItsProcess) {
    testing::in_child([&] {
        static std::optional<FolderLock> kept = FolderLock::try_take(tree_ / "state").value();
        EXPECT_TRUE(kept.has_value());
    });

    EXPECT_TRUE(is_free());
}

TEST_F(LockOfAFolder, NamesWhatIsNoFolder) {
    tree_.link("link", "state");

    EXPECT_EQ(FolderLock::try_take(tree_ / "none").error().kind, ErrorKind::not_found);
    EXPECT_FALSE(FolderLock::try_take(tree_ / "link").has_value());
}

TEST_F(LockOfAFolder, TellsAFileSystemWithoutLocks) {
    testing::with_refused_calls({{.number = SYS_flock, .code = ENOLCK}}, [&] {
        EXPECT_EQ(FolderLock::try_take(tree_ / "state").error().kind, ErrorKind::unsupported);
    });
}

}  // namespace
}  // namespace envkeep::posix
