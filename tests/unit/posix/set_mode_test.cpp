// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

constexpr long fchmodat2_number = 452;

using SetModeTest = FilesTest;

TEST_F(SetModeTest, SetsTheModeOfFilesAndFolders) {
    tree.file("file", "x", 0644).folder("folder", 0755).file("closed", "x", 0000);

    EXPECT_TRUE(files.set_mode(at("file"), seen("file"), 0600).has_value());
    EXPECT_TRUE(files.set_mode(at("folder"), seen("folder"), 0700).has_value());
    EXPECT_TRUE(files.set_mode(at("closed"), seen("closed"), 0640).has_value());
    EXPECT_TRUE(files.set_mode(at(""), seen(""), 0711).has_value());

    EXPECT_EQ(tree.mode_of("file"), 0600U);
    EXPECT_EQ(tree.mode_of("folder"), 0700U);
    EXPECT_EQ(tree.mode_of("closed"), 0640U);
    EXPECT_EQ(tree.mode_of(""), 0711U);
}

TEST_F(SetModeTest, FollowsNoLink) {
    tree.file("real", "x", 0644).link("link", "real").fifo("fifo");

    EXPECT_EQ(kind_of(files.set_mode(at("link"), seen("link"), 0600)), ErrorKind::unsupported);
    EXPECT_EQ(kind_of(files.set_mode(at("fifo"), seen("fifo"), 0600)), ErrorKind::unsupported);

    EXPECT_EQ(tree.mode_of("real"), 0644U);
}

TEST_F(SetModeTest, LeavesWhatTookThePlaceOfTheFileThatWasSeen) {
    tree.file("file", "x", 0644).file("new", "y", 0644);
    const Status old = seen("file");
    tree.rename("new", "file");

    EXPECT_EQ(kind_of(files.set_mode(at("file"), old, 0600)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.set_mode(at("none"), old, 0600)), ErrorKind::not_found);

    EXPECT_EQ(tree.mode_of("file"), 0644U);
}

TEST_F(SetModeTest, WorksOnKernelsWithoutFchmodat2) {
    tree.file("file", "x", 0000);
    for (const int code : {ENOSYS, EPERM}) {
        tree.mode("file", 0000);
        testing::with_refused_calls({{.number = fchmodat2_number, .code = code}}, [&] {
            EXPECT_TRUE(files.set_mode(at("file"), seen("file"), 0600).has_value());
        });
        EXPECT_EQ(tree.mode_of("file"), 0600U);
    }
}

TEST_F(SetModeTest, WorksWithoutProcToo) {
    tree.file("file", "x", 0644).folder("folder", 0755);
    testing::with_refused_calls(
        {{.number = fchmodat2_number, .code = ENOSYS}, {.number = SYS_chmod, .code = ENOENT}}, [&] {
            EXPECT_TRUE(files.set_mode(at("file"), seen("file"), 0600).has_value());
            EXPECT_TRUE(files.set_mode(at("folder"), seen("folder"), 0700).has_value());
        });

    EXPECT_EQ(tree.mode_of("file"), 0600U);
    EXPECT_EQ(tree.mode_of("folder"), 0700U);
}

// vfat keeps one mode for all: like many shares it accepts the call and changes nothing, or
// refuses.
TEST_F(SetModeTest, SaysWhenTheKernelTookAnotherMode) {
    tree.file("file", "x", 0644).owner("file", 1000, 1000);
    testing::in_child([&] {
        // Neither root nor of that group: the kernel drops the set-group-id bit without a word.
        ASSERT_EQ(::setresgid(2000, 2000, 2000), 0);
        ASSERT_EQ(::setresuid(1000, 1000, 1000), 0);
        const auto outcome = files.set_mode(at("file"), seen("file"), 02755);
        EXPECT_EQ(kind_of(outcome), ErrorKind::unsupported);
        EXPECT_THAT(outcome.error().message, HasSubstr("stayed 0755"));
    });
}

TEST_F(SetModeTest, SaysWhenOnlyTheOwnerMay) {
    tree.file("file", "x", 0644);
    testing::in_child([&] {
        ASSERT_EQ(::setresuid(1000, 1000, 1000), 0);
        EXPECT_EQ(kind_of(files.set_mode(at("file"), seen("file"), 0600)),
                  ErrorKind::permission_denied);
    });
}

}  // namespace
}  // namespace envkeep::posix
