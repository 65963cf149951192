// SPDX-License-Identifier: MIT
#include "support/mounts.hpp"

#include "files_test.hpp"
#include "support/child.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <string>

namespace envkeep::posix {
namespace {

using testing::ScopedMount;

// Files on real mounts of several kinds. Needs root: what it proves holds nowhere else.
class MountsTest : private testing::OwnMounts, public FilesTest {};

TEST_F(MountsTest, KnowsAMountPoint) {
    tree.folder("tmpfs").folder("bound").folder("plain");
    const auto tmpfs = ScopedMount::tmpfs(tree / "tmpfs");
    const auto bound = ScopedMount::bind(tree / "bound", tree / "plain");

    EXPECT_TRUE(seen("tmpfs").is_mount_point);
    EXPECT_TRUE(seen("bound").is_mount_point);
    EXPECT_FALSE(seen("plain").is_mount_point);
    EXPECT_NE(seen("tmpfs").device, seen("plain").device);
}

TEST_F(MountsTest, RefusesToMoveAcrossFileSystems) {
    tree.folder("store").file("home/file", "x").folder("home/folder");
    const auto store = ScopedMount::tmpfs(tree / "store");

    EXPECT_EQ(kind_of(files.move(at("home/file"), at("store/file"))), ErrorKind::cross_device);
    EXPECT_EQ(kind_of(files.move(at("home/folder"), at("store/folder"))), ErrorKind::cross_device);
    EXPECT_EQ(tree.content("home/file"), "x");
}

TEST_F(MountsTest, CopiesAcrossFileSystems) {
    tree.folder("store").file("home/t/a/file", std::string(500'000, 'x')).link("home/t/l", "a");
    tree.hard_link("home/t/again", "home/t/a/file");
    const auto store = ScopedMount::tmpfs(tree / "store");

    EXPECT_TRUE(files.copy(at("home/t"), at("store/t"), {}, {}).has_value());

    EXPECT_EQ(tree.snapshot("store/t"), tree.snapshot("home/t"));
}

TEST_F(MountsTest, LeavesWhatIsMountedInATreeAlone) {
    tree.folder("t/inner").file("t/file");
    const auto inner = ScopedMount::tmpfs(tree / "t/inner");
    tree.file("t/inner/precious");

    EXPECT_EQ(kind_of(files.copy(at("t"), at("copy"), {}, {})), ErrorKind::busy);
    EXPECT_EQ(kind_of(files.remove_own_tree(at("t"))), ErrorKind::busy);
    EXPECT_EQ(kind_of(files.move(at("t/inner"), at("moved"))), ErrorKind::busy);

    EXPECT_TRUE(tree.exists("t/inner/precious"));
    EXPECT_FALSE(tree.exists("copy"));
}

TEST_F(MountsTest, SaysThatAFileSystemIsFull) {
    tree.folder("store").file("file", std::string(2'000'000, 'x')).file("t/a", "small");
    const auto store = ScopedMount::tmpfs(tree / "store", "size=1m");

    const auto copied = files.copy(at("file"), at("store/file"), {}, {});
    const auto written = files.write_file(at("store/new"), std::string(2'000'000, 'y'), 0644, {});

    EXPECT_EQ(kind_of(copied), ErrorKind::no_space);
    EXPECT_THAT(copied.error().hint, HasSubstr("df"));
    EXPECT_EQ(kind_of(written), ErrorKind::no_space);
    EXPECT_THAT(tree.snapshot("store"), IsEmpty());
    EXPECT_TRUE(files.copy(at("t"), at("store/t"), {}, {}).has_value());
}

TEST_F(MountsTest, SaysThatNoFileNameIsLeft) {
    tree.folder("store").file("t/a").file("t/b").file("t/c").file("t/d");
    const auto store = ScopedMount::tmpfs(tree / "store", "nr_inodes=4");

    EXPECT_EQ(kind_of(files.copy(at("t"), at("store/t"), {}, {})), ErrorKind::no_space);

    EXPECT_THAT(tree.snapshot("store"), IsEmpty());
}

TEST_F(MountsTest, SaysThatAFileSystemIsReadOnly) {
    tree.file("real/file", "x").link("real/link", "l").folder("store");
    const auto store = ScopedMount::read_only_bind(tree / "store", tree / "real");
    const auto before = tree.snapshot("real");

    EXPECT_EQ(kind_of(files.write_file(at("store/new"), "x", 0644, {})), ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.append(at("store/file"), "x")), ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.make_folder(at("store/d"), 0755)), ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.make_link(at("store/l"), "x")), ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.replace_link(at("store/link"), "l", "m")), ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.set_mode(at("store/file"), seen("store/file"), 0600)),
              ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.remove_file(at("store/file"), seen("store/file"))),
              ErrorKind::read_only);
    EXPECT_EQ(kind_of(files.copy(at("real/file"), at("store/copy"), {}, {})), ErrorKind::read_only);

    EXPECT_EQ(tree.snapshot("real"), before);
}

// A home of a container: the image below, a thin layer above that is thrown away.
class OverlayTest : public MountsTest {
  protected:
    OverlayTest() {
        tree.file("lower/folder/file", "image")
            .file("lower/file", "image")
            .link("lower/link", "old");
        tree.folder("upper").folder("work").folder("home");
    }

    [[nodiscard]] ScopedMount mount() const {
        return ScopedMount::overlay(tree / "home", tree / "lower", tree / "upper", tree / "work");
    }
};

TEST_F(OverlayTest, CannotExchangeOrMoveAFolderOfTheImage) {
    const auto home = mount();
    tree.link("home/new", "store");

    EXPECT_EQ(kind_of(files.exchange(at("home/new"), at("home/folder"))), ErrorKind::cross_device);
    EXPECT_EQ(kind_of(files.move(at("home/folder"), at("home/aside"))), ErrorKind::cross_device);

    EXPECT_EQ(tree.content("home/folder/file"), "image");
    EXPECT_EQ(tree.target("home/new"), "store");
}

TEST_F(OverlayTest, ReplacesAndRemovesFilesAndLinksOfTheImage) {
    const auto home = mount();

    EXPECT_TRUE(files.replace_link(at("home/link"), "old", "new").has_value());
    EXPECT_TRUE(files.write_file(at("home/file"), "mine", 0644, seen("home/file")).has_value());
    EXPECT_TRUE(files.remove_file(at("home/folder/file"), seen("home/folder/file")).has_value());
    EXPECT_TRUE(files.remove_link(at("home/link"), "new").has_value());

    EXPECT_THAT(tree.snapshot("home"),
                ElementsAre(::testing::StartsWith("file file 0644"), "folder folder 0755"));
    EXPECT_EQ(tree.content("home/file"), "mine");
    EXPECT_EQ(tree.content("lower/file"), "image");
}

TEST_F(OverlayTest, SyncsNothingThatEndsWithTheContainer) {
    const auto home = mount();
    testing::with_refused_calls(
        {{.number = SYS_syncfs, .code = EIO}, {.number = SYS_fdatasync, .code = EIO}}, [&] {
            EXPECT_TRUE(files.copy(at("home/folder"), at("home/copy"), {}, {}).has_value());
            EXPECT_TRUE(files.write_file(at("home/new"), "x", 0644, {}).has_value());
        });
}

// Layers on two file systems: inode numbers change when a file is copied up.
TEST_F(OverlayTest, KnowsFilesAgainWhenTheyAreCopiedUp) {
    tree.folder("thin");
    const auto thin = ScopedMount::tmpfs(tree / "thin");
    tree.folder("thin/upper").folder("thin/work");
    const auto home = ScopedMount::overlay(
        tree / "home", tree / "lower", tree / "thin/upper", tree / "thin/work");

    EXPECT_TRUE(files.write_file(at("home/file"), "mine", 0644, seen("home/file")).has_value());
    EXPECT_TRUE(files.remove_file(at("home/folder/file"), seen("home/folder/file")).has_value());
    EXPECT_TRUE(files.set_mode(at("home/folder"), seen("home/folder"), 0700).has_value());

    EXPECT_EQ(tree.content("home/file"), "mine");
    EXPECT_FALSE(tree.exists("home/folder/file"));
    EXPECT_EQ(tree.mode_of("home/folder"), 0700U);
}

}  // namespace
}  // namespace envkeep::posix
