// SPDX-License-Identifier: MIT
#include "envkeep/system/temporary_name.hpp"
#include "files_test.hpp"
#include "support/child.hpp"
#include "support/each_system_call.hpp"

#include <stdio.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

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

// An editor that saves by rename, as fast as it can, at the place where a link is replaced. What it
// saved last is still there, in place or under a name that an error told.
TEST_F(ManyFilesTest, LosesNothingToAnEditorThatSavesMeanwhile) {
    std::atomic<bool> is_over = false;
    std::atomic<int> saved = 0;
    tree.folder("spare");
    std::thread editor([&] {
        while (!is_over) {
            tree.link("spare/link", "old").rename("spare/link", "place");
            tree.file("spare/save", "version " + std::to_string(saved + 1));
            tree.rename("spare/save", "place");
            ++saved;
        }
    });

    std::vector<std::string> told;
    while (saved < 200) {
        const auto outcome = files.replace_link(at("place"), "old", "new");
        if (!outcome && outcome.error().hint.find("under the name") != std::string::npos) {
            told.push_back(outcome.error().hint);
        }
    }
    is_over = true;
    editor.join();

    bool is_kept = false;
    std::size_t beside = 0;
    for (const auto& entry : std::filesystem::directory_iterator(tree.path())) {
        const std::string name = entry.path().filename();
        is_kept = is_kept || (entry.is_regular_file() && !entry.is_symlink() &&
                              tree.content(name) == "version " + std::to_string(saved));
        beside += system::is_temporary_name(name) ? 1U : 0U;
    }
    EXPECT_TRUE(is_kept);
    EXPECT_EQ(beside, told.size());
}

class EditorTest : public ReplaceTest,
                   public ::testing::WithParamInterface<testing::RenameFlags> {};

// An editor saves by rename at each moment while the file is moved away. Whoever comes first: the
// version that was saved is there afterwards.
TEST_P(EditorTest, IsNotRobbedOfANewerVersionByAMove) {
    testing::Meddled outcome = testing::Meddled::ended;
    for (std::size_t call = 0; outcome != testing::Meddled::not_reached; ++call) {
        tree.remove("aside").remove("file").folder("aside").file("file", "old");
        tree.file("saved", "new");

        outcome = testing::act_at_changing_call(
            call,
            GetParam(),
            [&] { static_cast<void>(files.move(at("file"), at("aside/file"))); },
            [&] { tree.rename("saved", "file"); });

        const bool stands = tree.exists("file") && tree.content("file") == "new";
        const bool is_aside = tree.exists("aside/file") && tree.content("aside/file") == "new";
        EXPECT_TRUE(stands || is_aside || outcome == testing::Meddled::not_reached) << call;
        EXPECT_THAT(tree.snapshot(),
                    ::testing::Not(::testing::Contains(::testing::HasSubstr(".envkeep-"))));
    }
}

INSTANTIATE_TEST_SUITE_P(RenameFlags,
                         EditorTest,
                         ::testing::Values(testing::RenameFlags::known,
                                           testing::RenameFlags::unknown));

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
