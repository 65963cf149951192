// SPDX-License-Identifier: MIT
#include "posix/open_beneath.hpp"

#include "files_test.hpp"
#include "support/child.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

using Way = Fd (*)(int, const std::string&, int);

// The kernel's way and ours give the same answers.
class OpenBeneath : public ::testing::TestWithParam<Way> {
  protected:
    OpenBeneath() {
        tree.file("top/a/b/file", "content").link("top/a/link", "b").link("top/out", "/");
        tree.link("top/a/b/last", "file").file("outside");
        root = Fd(::open((tree / "top").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }

    // 0, or why it could not be opened.
    [[nodiscard]] int outcome(const std::string& path, int flags) const {
        errno = 0;
        return GetParam()(root.get(), path, flags).is_open() ? 0 : errno;
    }

    TempTree tree;
    Fd root;
};

TEST_P(OpenBeneath, OpensFilesAndFoldersAtAnyDepth) {
    EXPECT_EQ(outcome("", O_PATH), 0);
    EXPECT_EQ(outcome("a", O_PATH | O_DIRECTORY), 0);
    EXPECT_EQ(outcome("a/b/file", O_RDONLY), 0);
}

TEST_P(OpenBeneath, RefusesALinkOnTheWay) {
    EXPECT_EQ(outcome("a/link/file", O_RDONLY), ELOOP);
    EXPECT_EQ(outcome("a/link", O_PATH | O_DIRECTORY), ELOOP);
    EXPECT_EQ(outcome("out/etc/passwd", O_RDONLY), ELOOP);
}

TEST_P(OpenBeneath, DoesNotFollowTheLastName) {
    EXPECT_EQ(outcome("a/b/last", O_RDONLY), ELOOP);
    EXPECT_EQ(outcome("a/b/last", O_PATH), 0);
}

TEST_P(OpenBeneath, TellsMissingFromNotAFolder) {
    EXPECT_EQ(outcome("a/none", O_PATH), ENOENT);
    EXPECT_EQ(outcome("none/b", O_PATH), ENOENT);
    EXPECT_EQ(outcome("a/b/file/x", O_PATH), ENOTDIR);
    EXPECT_EQ(outcome("a/b/file", O_PATH | O_DIRECTORY), ENOTDIR);
}

// 20 names of 250 bytes: beyond PATH_MAX, which the kernel refuses as one path.
TEST_P(OpenBeneath, OpensWhatLiesDeeperThanOnePathReaches) {
    std::string path;
    Fd folder(::openat(root.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int level = 0; level < 20; ++level) {
        const std::string name(250, 'd');
        ASSERT_EQ(::mkdirat(folder.get(), name.c_str(), 0755), 0);
        folder = Fd(::openat(folder.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        path += (path.empty() ? "" : "/") + name;
    }

    EXPECT_EQ(outcome(path, O_RDONLY | O_DIRECTORY), 0);
    EXPECT_EQ(outcome(path + "/none", O_PATH), ENOENT);
    EXPECT_EQ(outcome(path + "/" + std::string(256, 'n'), O_PATH), ENAMETOOLONG);
}

TEST_P(OpenBeneath, ClosesOnExec) {
    const Fd opened = GetParam()(root.get(), "a/b/file", O_RDONLY);

    EXPECT_EQ(::fcntl(opened.get(), F_GETFD), FD_CLOEXEC);
}

INSTANTIATE_TEST_SUITE_P(Ways, OpenBeneath, ::testing::Values(&open_beneath, &walk_beneath));

TEST(OpenBeneath, WalksWhereTheKernelHasNoOpenat2) {
    TempTree tree;
    tree.file("a/file").link("link", "a");
    for (const int code : {ENOSYS, EPERM}) {
        testing::with_refused_calls({{.number = SYS_openat2, .code = code}}, [&] {
            const Fd root(::open(tree.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
            EXPECT_TRUE(open_beneath(root.get(), "a/file", O_RDONLY).is_open());
            EXPECT_FALSE(open_beneath(root.get(), "link/file", O_RDONLY).is_open());
            EXPECT_EQ(errno, ELOOP);
        });
    }
}

TEST(LinkOnTheWay, IsTheFirstOne) {
    TempTree tree;
    tree.folder("a/b").link("a/one", "b").link("a/b/two", "/");
    const Fd root(::open(tree.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));

    EXPECT_EQ(link_on_the_way(root.get(), "a/one/two/x"), "a/one");
    EXPECT_EQ(link_on_the_way(root.get(), "a/b/two"), "a/b/two");
    EXPECT_EQ(link_on_the_way(root.get(), "a/b"), "");
    EXPECT_EQ(link_on_the_way(root.get(), "none/b"), "");
}

}  // namespace
}  // namespace envkeep::posix
