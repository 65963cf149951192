// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"
#include "support/hung_folder.hpp"
#include "support/mounts.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

using system::Locks;

class LocksOfAFileSystem : private testing::OwnMounts, public ::testing::Test {
  protected:
    LocksOfAFileSystem() { tree_.file("folder/file", "1"); }

    Locks tried() {
        Files files;
        const system::RootId root = files.open_root(tree_.path()).value();
        return files.try_locks({.root = root, .path = RelPath::parse("folder/file").value()});
    }

    testing::TempTree tree_;
};

TEST_F(LocksOfAFileSystem, AreHonouredHere) {
    const int before = testing::open_descriptors();

    EXPECT_EQ(tried(), Locks::honoured);

    EXPECT_EQ(testing::open_descriptors(), before);
    EXPECT_EQ(tree_.content("folder/file"), "1");
}

TEST_F(LocksOfAFileSystem, AreRefusedWhereOneKindIs) {
    testing::with_refused_calls({{.number = SYS_flock, .code = ENOLCK}},
                                [&] { EXPECT_EQ(tried(), Locks::refused); });
    testing::with_refused_calls(
        {{.number = SYS_fcntl, .code = ENOLCK, .argument = 1, .value = F_OFD_SETLK}},
        [&] { EXPECT_EQ(tried(), Locks::refused); });
}

TEST_F(LocksOfAFileSystem, AreIgnoredWhereTwoGetThem) {
    // A call that fails with 0 is one that does nothing and says that all is well.
    testing::with_refused_calls({{.number = SYS_flock, .code = 0}},
                                [&] { EXPECT_EQ(tried(), Locks::ignored); });
}

TEST_F(LocksOfAFileSystem, AreUnknownOfAFileThatIsGone) {
    tree_.remove("folder/file");

    EXPECT_EQ(tried(), Locks::unknown);
}

TEST_F(LocksOfAFileSystem, OfAServerThatDoesNotAnswerHoldNobody) {
    if (!testing::HungFolder::is_possible()) {
        GTEST_SKIP() << "needs /dev/fuse";
    }
    Files files;
    const system::RootId root = files.open_root(tree_.path()).value();
    testing::HungFolder hung(tree_ / "folder");

    EXPECT_EQ(files.try_locks({.root = root, .path = RelPath::parse("folder/file").value()}),
              Locks::hung);

    hung.let_go();
}

}  // namespace
}  // namespace envkeep::posix
