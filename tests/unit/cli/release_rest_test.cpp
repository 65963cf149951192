// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What a release leaves to others: keeps that are still wanted.
namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ReleaseRest : public testing::Household {};

TEST_F(ReleaseRest, LeavesTheSourceOfAnotherKeep) {
    init_with("envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x}]\n");
    tree().file("storage/envkeep/home/shared/x/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    const std::string text = said({"release", ".x"}, 0);

    EXPECT_THAT(text, AllOf(HasSubstr("[store-side-shared]"), HasSubstr("~/.y")));
    EXPECT_FALSE(is_link("home/.x"));
    EXPECT_EQ(tree().content("home/.x/f"), "p\n");
    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
    EXPECT_EQ(tree().content("storage/envkeep/home/shared/x/f"), "p\n");
    EXPECT_THAT(said({"release", ".x"}, 2), HasSubstr("'.x' is not kept"));
    EXPECT_THAT(said({"release", ".y"}, 0), HasSubstr("backups/released/"));
    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
    EXPECT_FALSE(tree().exists("storage/envkeep/home/shared/x"));
}

TEST_F(ReleaseRest, LeavesTheSourceThatAnotherKeepHasAPartOf) {
    init_with(
        "envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x/sub}]\n");
    tree().file("storage/envkeep/home/shared/x/sub/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    said({"release", ".x"}, 0);

    EXPECT_EQ(tree().content("home/.x/sub/f"), "p\n");
    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
}

TEST_F(ReleaseRest, LeavesTheSourceThatLiesInAnotherKeeps) {
    init_with(
        "envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x/sub}]\n");
    tree().file("storage/envkeep/home/shared/x/sub/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    said({"release", ".y"}, 0);

    EXPECT_EQ(tree().content("home/.x/sub/f"), "p\n");
    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
}

TEST_F(ReleaseRest, OfAllThatHaveOneSourcePutsItAwayOnce) {
    const std::string manifest_before =
        "envkeep: 1\n"
        "keep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x},\n"
        "       {path: .z, to: home/shared/x/sub}]\n";
    init_with(manifest_before);
    tree().file("storage/envkeep/home/shared/x/sub/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    const std::string text = said({"release", ".z", ".x", ".y"}, 0);

    EXPECT_THAT(text,
                HasSubstr("~/.z: kept copy in /TREE/storage/envkeep/backups/released/RUN/"
                          "home/shared/x/sub\n"));
    for (const char* const file : {"home/.x/sub/f", "home/.y/sub/f", "home/.z/f"}) {
        EXPECT_EQ(tree().content(file), "p\n");
    }
    EXPECT_FALSE(tree().exists("storage/envkeep/home/shared/x"));
    EXPECT_EQ(run({"undo"}).status, 0);
    EXPECT_EQ(manifest(), manifest_before);
    EXPECT_TRUE(is_link("home/.z"));
    EXPECT_EQ(tree().content("home/.z/f"), "p\n");
}

TEST_F(ReleaseRest, AdoptPackedLeavesTheSourceOfAnotherKeep) {
    init_with(
        "envkeep: 1\nkeep: [{path: .x, to: home/shared/x}, {path: .y, to: home/shared/x}]\n"
        "snapshot: {exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, var*]}\n");
    tree().file("storage/envkeep/home/shared/x/f", "p\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    said({"adopt", "--packed", ".x"}, 0);

    EXPECT_EQ(tree().content("home/.y/f"), "p\n");
    EXPECT_FALSE(is_link("home/.x"));
}

}  // namespace
}  // namespace envkeep::cli
