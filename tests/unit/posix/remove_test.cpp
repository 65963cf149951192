// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <string>

namespace envkeep::posix {
namespace {

using RemoveTest = FilesTest;

TEST_F(RemoveTest, RemovesALinkToThatTarget) {
    tree.file("real", "x").link("link", "real");

    EXPECT_TRUE(files.remove_link(at("link"), "real").has_value());

    EXPECT_THAT(tree.snapshot(), ElementsAre(::testing::StartsWith("real file")));
}

TEST_F(RemoveTest, LeavesWhatIsNoLinkToThatTarget) {
    tree.link("link", "elsewhere").file("file").folder("folder");
    const auto before = tree.snapshot();

    EXPECT_EQ(kind_of(files.remove_link(at("link"), "real")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_link(at("file"), "real")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_link(at("folder"), "real")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_link(at("none"), "real")), ErrorKind::not_found);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(RemoveTest, RemovesTheFileThatWasSeen) {
    const std::string name(255, 'n');
    tree.file(name, "x");

    EXPECT_TRUE(files.remove_file(at(name), seen(name)).has_value());

    EXPECT_THAT(tree.snapshot(), IsEmpty());
}

TEST_F(RemoveTest, LeavesAFileThatIsNotAsItWasSeen) {
    tree.file("edited", "x").file("replaced", "x").file("widened", "x", 0600).folder("folder");
    const Status edited = seen("edited");
    const Status replaced = seen("replaced");
    const Status widened = seen("widened");
    tree.file("edited", "xy").file("new", "x").rename("new", "replaced").mode("widened", 0644);
    const auto before = tree.snapshot();

    EXPECT_EQ(kind_of(files.remove_file(at("edited"), edited)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_file(at("replaced"), replaced)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_file(at("widened"), widened)), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_file(at("folder"), seen("folder"))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_file(at("none"), edited)), ErrorKind::not_found);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(RemoveTest, PutsTheFileBackWhenItCannotBeRemoved) {
    tree.file("file", "x").link("link", "l");
    const auto before = tree.snapshot();
    testing::with_refused_calls({{.number = SYS_unlinkat, .code = EIO}}, [&] {
        EXPECT_EQ(kind_of(files.remove_file(at("file"), seen("file"))), ErrorKind::io);
        EXPECT_EQ(kind_of(files.remove_link(at("link"), "l")), ErrorKind::io);
    });

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(RemoveTest, RemovesFoldersOnlyWhenEmpty) {
    tree.folder("empty").file("full/a").file("file").link("link", "empty");

    EXPECT_TRUE(files.remove_empty_folder(at("empty")).has_value());
    EXPECT_EQ(kind_of(files.remove_empty_folder(at("full"))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_empty_folder(at("file"))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_empty_folder(at("link"))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_empty_folder(at("none"))), ErrorKind::not_found);

    EXPECT_FALSE(tree.exists("empty"));
    EXPECT_TRUE(tree.exists("full/a"));
}

TEST_F(RemoveTest, RemovesATreeOfOursAndFollowsNoLink) {
    tree.file("tree/a/b/file").link("tree/out", "../kept").folder("tree/locked", 0500);
    tree.fifo("tree/fifo").file("kept/file");

    EXPECT_TRUE(files.remove_own_tree(at("tree")).has_value());
    EXPECT_TRUE(files.remove_own_tree(at("tree")).has_value());

    EXPECT_THAT(tree.snapshot(),
                ElementsAre("kept folder 0755", ::testing::StartsWith("kept/file file")));
}

TEST_F(RemoveTest, NeverRemovesARoot) {
    EXPECT_EQ(kind_of(files.remove_own_tree(at(""))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.remove_empty_folder(at(""))), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.move(at(""), at("a"))), ErrorKind::conflict);
}

TEST_F(ManyFilesTest, RemovesAVeryDeepTree) {
    std::string path = "deep";
    for (int i = 0; i < 200; ++i) {
        path += "/d";
    }
    tree.folder(path);

    EXPECT_TRUE(files.remove_own_tree(at("deep")).has_value());

    EXPECT_THAT(tree.snapshot(), IsEmpty());
}

TEST_F(RemoveTest, SaysWhyAFolderCannotBeListed) {
    tree.file("folder/file");
    testing::with_refused_calls({{.number = SYS_getdents64, .code = EACCES}}, [&] {
        EXPECT_EQ(kind_of(files.remove_own_tree(at("folder"))), ErrorKind::permission_denied);
    });
}

}  // namespace
}  // namespace envkeep::posix
