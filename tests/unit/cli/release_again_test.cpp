// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

// A release that ended in the middle, and the same command again.
namespace envkeep::cli {
namespace {

using ::testing::HasSubstr;

class ReleaseAgain : public testing::Household {
  protected:
    void keep_two() {
        init_with("envkeep: 1\nkeep: [dir, {path: work, how: copy}, .conf]\n");
        tree()
            .file("storage/envkeep/home/dir/a", "a\n")
            .file("storage/envkeep/home/.conf", "x\n")
            .file("storage/envkeep/home/work/b", "b\n");
        EXPECT_EQ(run({"restore"}).status, 0);
        ASSERT_TRUE(is_link("home/dir"));
    }

    void expect_released() {
        EXPECT_FALSE(is_link("home/dir"));
        EXPECT_EQ(tree().content("home/dir/a"), "a\n");
        EXPECT_EQ(tree().content("home/work/b"), "b\n");
        EXPECT_FALSE(tree().exists("storage/envkeep/home/dir"));
        EXPECT_FALSE(tree().exists("storage/envkeep/home/work"));
        EXPECT_TRUE(is_link("home/.conf"));
    }

    // "taken back with: envkeep undo RUN" is its last line.
    static std::string run_of(const std::string& said) {
        const std::size_t begin = said.rfind(' ') + 1;
        return said.substr(begin, said.size() - 1 - begin);
    }

    const std::vector<std::string> release_ = {"release", "dir", "work"};
};

TEST_F(ReleaseAgain, EndsWhatCouldNotBeCopied) {
    keep_two();
    tree().remove("home/.envkeep-aside").file("home/.envkeep-aside", "in the way of the copy");

    const std::string first = said(release_, 3);

    EXPECT_THAT(first, HasSubstr("run the same command again"));
    EXPECT_TRUE(is_link("home/dir"));
    EXPECT_EQ(tree().content("home/dir/a"), "a\n");
    tree().remove("home/.envkeep-aside");
    EXPECT_THAT(said(release_, 0), HasSubstr("released  ~/dir"));
    expect_released();
    EXPECT_THAT(said(release_, 2), HasSubstr("'dir' is not kept"));
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("1 keep in order"));
}

TEST_F(ReleaseAgain, EndsWhatStayedInTheStore) {
    keep_two();
    tree().file("storage/envkeep/backups/released", "in the way of what is put away");
    said(release_, 3);
    EXPECT_FALSE(is_link("home/dir"));
    EXPECT_EQ(tree().content("storage/envkeep/home/dir/a"), "a\n");
    tree().remove("storage/envkeep/backups/released").file("home/dir/since", "mine\n");

    EXPECT_THAT(said(release_, 0), HasSubstr("kept copy:"));

    expect_released();
    EXPECT_EQ(tree().content("home/dir/since"), "mine\n");
}

// As a kill leaves it between the two renames where the kernel exchanges no names.
TEST_F(ReleaseAgain, EndsWhatWasKilledWhileThePlaceWasEmpty) {
    keep_two();
    tree().remove("home/.envkeep-aside").file("home/.envkeep-aside", "in the way of the copy");
    said(release_, 3);
    tree().remove("home/.envkeep-aside").remove("home/dir");

    said(release_, 0);

    expect_released();
}

TEST_F(ReleaseAgain, IsTakenBackByUndo) {
    keep_two();
    const std::string before = manifest();
    tree().remove("home/.envkeep-aside").file("home/.envkeep-aside", "in the way of the copy");
    const std::string first = run_of(run(release_).out);
    tree().remove("home/.envkeep-aside");
    const std::string second = run_of(run(release_).out);

    said({"undo", second}, 0);
    EXPECT_TRUE(is_link("home/dir"));
    said({"undo", first}, 0);

    EXPECT_EQ(manifest(), before);
    EXPECT_EQ(tree().content("storage/envkeep/home/work/b"), "b\n");
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("3 keeps in order"));
    EXPECT_THAT(said({"release", "dir"}, 0), HasSubstr("released  ~/dir"));
}

TEST_F(ReleaseAgain, LeavesWhatTheStoreHasOfAReleaseThatEnded) {
    keep_two();
    said(release_, 0);
    tree().file("storage/envkeep/home/other/x", "not of a release");

    EXPECT_THAT(said({"release", "other"}, 2), HasSubstr("'other' is not kept"));

    EXPECT_TRUE(tree().exists("storage/envkeep/home/other/x"));
    EXPECT_THAT(said({"release", "dir", ".conf"}, 2), HasSubstr("'dir' is not kept"));
    EXPECT_TRUE(is_link("home/.conf"));
}

TEST_F(ReleaseAgain, EndsThatOfAFolderWhichAnEntryInsideHasSplit) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/proj/1/a", "a\n").file("home/proj/2/b", "b\n");
    said({"adopt", "proj"}, 0);
    said({"adopt", "proj/1"}, 0);
    tree().file("home/proj/new", "q\n");

    EXPECT_THAT(said({"release", "proj"}, 3), HasSubstr("run the same command again"));
    EXPECT_THAT(said({"release", "proj"}, 0), HasSubstr("released  ~/proj/new"));

    EXPECT_EQ(tree().content("home/proj/new"), "q\n");
    EXPECT_FALSE(is_link("home/proj/2"));
    EXPECT_FALSE(tree().exists("storage/envkeep/home/proj/new"));
    EXPECT_TRUE(is_link("home/proj/1"));
    EXPECT_EQ(tree().content("home/proj/1/a"), "a\n");
    EXPECT_THAT(said({"release", "proj"}, 2), HasSubstr("'proj' is not kept"));
}

}  // namespace
}  // namespace envkeep::cli
