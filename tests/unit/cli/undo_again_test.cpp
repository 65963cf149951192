// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

// Runs that lie upon each other, and what undoing them one by one comes to.
namespace envkeep::cli {
namespace {

using ::testing::HasSubstr;

class UndoAgain : public testing::Household {
  protected:
    // Its id, from "taken back with: envkeep undo RUN".
    std::string done(const std::vector<std::string>& words, int status = 0) {
        const Answer answer = run(words);
        EXPECT_EQ(answer.status, status) << answer.out << answer.err;
        const std::string before = "with: envkeep undo ";
        const std::size_t at = answer.out.rfind(before);
        return at == std::string::npos
                   ? std::string()
                   : answer.out.substr(at + before.size(),
                                       answer.out.find('\n', at) - at - before.size());
    }
};

TEST_F(UndoAgain, OfAnAdoptInALinkedFolderThatHoldsLinks) {
    init_with("envkeep: 1\nkeep: [.config]\n");
    tree().file("home/.config/a/b/1", "1").file("home/.config/4", "4").link("home/.config/l", "4");
    done({"restore"});
    const std::string adopted = done({"adopt", ".config/a/b"});

    done({"undo", adopted});

    EXPECT_TRUE(tree().is_link("home/.config"));
    EXPECT_EQ(tree().target("home/.config/l"), "4");
    EXPECT_EQ(tree().content("home/.config/a/b/1"), "1");
}

TEST_F(UndoAgain, WhereTheManifestIsALink) {
    init_with("envkeep: 1\nkeep: []\n");
    tree()
        .folder("storage/dots")
        .rename(manifest_file, "storage/dots/mf.yaml")
        .link(manifest_file, "../dots/mf.yaml")
        .file("home/.vimrc", "v");
    const std::string taken_back = done({"undo", done({"adopt", ".vimrc"})});

    done({"undo", taken_back});

    EXPECT_TRUE(tree().is_link("home/.vimrc"));
    EXPECT_THAT(tree().content("storage/dots/mf.yaml"), HasSubstr(".vimrc"));
}

TEST_F(UndoAgain, OfAReleaseAfterTheOneThatEditedTheManifestLast) {
    init_with("envkeep: 1\nkeep: [d, .vimrc]\n");
    tree().file("home/d/x", "x").file("home/.vimrc", "v");
    done({"restore"});
    const std::string first = done({"release", "d"});
    const std::string second = done({"release", ".vimrc"});
    done({"undo", first}, 3);
    done({"undo", second});

    done({"undo", first});

    EXPECT_TRUE(tree().is_link("home/d"));
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [d, .vimrc]\n");
}

// As after a run that was killed, and a restore that ended what it had begun.
TEST_F(UndoAgain, LeavesTheLinkWhereWhatItTookThePlaceOfIsGone) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/.vimrc", "v");
    const std::string adopted = done({"adopt", ".vimrc"});
    tree().remove("home/.envkeep-aside/" + adopted);

    done({"undo", adopted}, 3);

    EXPECT_EQ(tree().content("home/.vimrc"), "v");
}

}  // namespace
}  // namespace envkeep::cli
