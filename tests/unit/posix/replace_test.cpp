// SPDX-License-Identifier: MIT
#include "files_test.hpp"
#include "support/child.hpp"

#include <stdio.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

namespace envkeep::posix {
namespace {

using ReplaceTest = FilesTest;

TEST_F(ReplaceTest, LeadsTheLinkElsewhere) {
    tree.link("link", "old");

    EXPECT_TRUE(files.replace_link(at("link"), "old", "new").has_value());

    EXPECT_THAT(tree.snapshot(), ElementsAre("link link -> new"));
}

TEST_F(ReplaceTest, LeavesWhateverElseStandsThere) {
    tree.link("other", "elsewhere").file("file", "x").folder("folder");
    const auto before = tree.snapshot();

    EXPECT_EQ(kind_of(files.replace_link(at("other"), "old", "new")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.replace_link(at("file"), "old", "new")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.replace_link(at("folder"), "old", "new")), ErrorKind::conflict);
    EXPECT_EQ(kind_of(files.replace_link(at("none"), "old", "new")), ErrorKind::conflict);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(ReplaceTest, WorksUnderTheLongestName) {
    const std::string name(255, 'n');
    tree.link(name, "old");

    EXPECT_TRUE(files.replace_link(at(name), "old", "new").has_value());

    EXPECT_EQ(tree.target(name), "new");
}

TEST_F(ReplaceTest, ChecksAndRenamesWhereNamesCannotBeSwapped) {
    tree.link("link", "old").link("other", "elsewhere");
    testing::with_refused_calls({{.number = SYS_renameat2, .code = EINVAL}}, [&] {
        EXPECT_TRUE(files.replace_link(at("link"), "old", "new").has_value());
        EXPECT_EQ(kind_of(files.replace_link(at("other"), "old", "new")), ErrorKind::conflict);
    });

    EXPECT_THAT(tree.snapshot(), ElementsAre("link link -> new", "other link -> elsewhere"));
}

TEST_F(ReplaceTest, LeavesAllAsItWasWhenTheSwapFails) {
    tree.link("link", "old");
    testing::with_refused_calls({{.number = SYS_renameat2, .code = EIO}}, [&] {
        EXPECT_EQ(kind_of(files.replace_link(at("link"), "old", "new")), ErrorKind::io);
    });

    EXPECT_THAT(tree.snapshot(), ElementsAre("link link -> old"));
}

// An editor that saves by rename, as fast as it can, at the place where a link is replaced.
TEST_F(ReplaceTest, LosesNothingToAnEditorThatSavesMeanwhile) {
    std::atomic<bool> is_over = false;
    std::atomic<int> saved = 0;
    tree.file("spare/file", "precious");
    std::thread editor([&] {
        while (!is_over) {
            tree.link("spare/link", "old");
            tree.rename("spare/link", "place");
            tree.hard_link("spare/save", "spare/file");
            tree.rename("spare/save", "place");
            ++saved;
        }
    });

    int replaced = 0;
    while (saved < 2000) {
        replaced += files.replace_link(at("place"), "old", "new").has_value() ? 1 : 0;
    }
    is_over = true;
    editor.join();

    // All that was ever put there is a name of this file or a link; neither went astray.
    EXPECT_EQ(tree.content("place"), "precious");
    EXPECT_EQ(tree.content("spare/file"), "precious");
    EXPECT_THAT(
        files.list(at("")).value(),
        ElementsAre(system::Entry{"place", Kind::file}, system::Entry{"spare", Kind::folder}))
        << "replaced " << replaced << " times";
}

TEST_F(ReplaceTest, MovesAnythingToAFreeName) {
    tree.file("file", "x").link("link", "l").file("folder/a", "y").folder("to");

    EXPECT_TRUE(files.move(at("file"), at("to/file")).has_value());
    EXPECT_TRUE(files.move(at("link"), at("to/link")).has_value());
    EXPECT_TRUE(files.move(at("folder"), at("to/folder")).has_value());

    EXPECT_THAT(tree.snapshot(),
                ElementsAre("to folder 0755",
                            ::testing::StartsWith("to/file file 0644"),
                            "to/folder folder 0755",
                            ::testing::StartsWith("to/folder/a file 0644"),
                            "to/link link -> l"));
}

class MoveTest : public ReplaceTest, public ::testing::WithParamInterface<bool> {
  protected:
    // On a file system with the flags of renameat2 and on one without.
    void on_this_file_system(const std::function<void()>& body) {
        if (GetParam()) {
            testing::in_child(body);
        } else {
            testing::with_refused_calls({{.number = SYS_renameat2, .code = EINVAL}}, body);
        }
    }
};

TEST_P(MoveTest, NeverReplaces) {
    tree.file("file", "x").link("link", "l").file("folder/a").file("taken", "t").folder("empty");
    const auto before = tree.snapshot();

    on_this_file_system([&] {
        for (const char* const from : {"file", "link", "folder"}) {
            for (const char* const to : {"taken", "empty"}) {
                EXPECT_EQ(kind_of(files.move(at(from), at(to))), ErrorKind::already_exists)
                    << from << " to " << to;
            }
        }
    });

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_P(MoveTest, MovesFilesLinksAndFolders) {
    tree.file("file", "x").link("link", "l").file("folder/a").folder("to");

    on_this_file_system([&] {
        for (const char* const name : {"file", "link", "folder"}) {
            EXPECT_TRUE(files.move(at(name), at("to").child(name)).has_value()) << name;
        }
    });

    EXPECT_EQ(tree.content("to/file"), "x");
    EXPECT_EQ(tree.target("to/link"), "l");
    EXPECT_TRUE(tree.exists("to/folder/a"));
    EXPECT_EQ(tree.snapshot().size(), 5U);
}

TEST_P(MoveTest, SaysWhatIsMissing) {
    on_this_file_system(
        [&] { EXPECT_EQ(kind_of(files.move(at("none"), at("to"))), ErrorKind::not_found); });
}

INSTANTIATE_TEST_SUITE_P(RenameFlags, MoveTest, ::testing::Bool());

TEST_F(ReplaceTest, ExchangesTwoNames) {
    tree.link("one", "store").file("other/a", "x");

    EXPECT_TRUE(files.exchange(at("one"), at("other")).has_value());

    EXPECT_EQ(tree.target("other"), "store");
    EXPECT_TRUE(tree.exists("one/a"));
    EXPECT_EQ(kind_of(files.exchange(at("one"), at("none"))), ErrorKind::not_found);
}

TEST_F(ReplaceTest, SaysWhereNamesCannotBeExchanged) {
    tree.file("one").file("other");
    testing::with_refused_calls({{.number = SYS_renameat2, .code = EINVAL}}, [&] {
        EXPECT_EQ(kind_of(files.exchange(at("one"), at("other"))), ErrorKind::unsupported);
    });
}

}  // namespace
}  // namespace envkeep::posix
