// SPDX-License-Identifier: MIT
#include "envkeep/store/working_copies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::store {
namespace {

using ::testing::MatchesRegex;

std::string name(const std::string& url, const std::string& dir = "x") {
    return working_copy_name({.url = url, .dir = dir, .subfolder = "s"});
}

TEST(WorkingCopies, HaveTheLastPartOfTheirUrlAsName) {
    EXPECT_THAT(name("https://github.com/fastai/fastbook.git"),
                MatchesRegex("fastbook-[0-9a-f]{8}"));
    EXPECT_THAT(name("git@example.org:fastbook"), MatchesRegex("fastbook-[0-9a-f]{8}"));
    EXPECT_THAT(name("/srv/git/fastbook/"), MatchesRegex("fastbook-[0-9a-f]{8}"));
    EXPECT_THAT(name("https://example.org/dotfiles"), MatchesRegex("dotfiles-[0-9a-f]{8}"));
}

TEST(WorkingCopies, HaveNamesThatAreSound) {
    EXPECT_THAT(name("/srv/.."), MatchesRegex("repository-[0-9a-f]{8}"));
    EXPECT_THAT(name("/srv/project/.git"), MatchesRegex("project-[0-9a-f]{8}"));
    EXPECT_THAT(name("/srv/--upload-pack=x"), MatchesRegex("upload-pack_x-[0-9a-f]{8}"));
    EXPECT_THAT(name("/srv/a\xC3\xA4\n\x1b"), MatchesRegex("a____-[0-9a-f]{8}"));
    EXPECT_LT(name("/srv/" + std::string(300, 'x')).size(), 100U);
}

TEST(WorkingCopies, AreToldApartByUrlAndPlace) {
    EXPECT_NE(name("git@example.org:me/notes"), name("git@example.org:you/notes"));
    EXPECT_NE(name("/g/notes", "a"), name("/g/notes", "b"));
    EXPECT_EQ(name("/g/notes", "a"), name("/g/notes", "a"));
}

TEST(WorkingCopies, StandWhereTheManifestSaysUnlessASubfolderIsWanted) {
    const Store store{.base_path = "/storage", .path = "/storage/envkeep"};
    const manifest::Repository part{.url = "/g/notes", .dir = "notes", .subfolder = "src"};

    EXPECT_EQ(dotfiles_folder(store), "/storage/envkeep/repos/dotfiles");
    EXPECT_EQ(working_copy_folder(store, "/root", {.url = "/g/x", .dir = "work/x"}),
              "/root/work/x");
    EXPECT_EQ(working_copy_folder(store, "/root", {.url = "/g/x", .dir = "/notebooks/x"}),
              "/notebooks/x");
    EXPECT_EQ(working_copy_folder(store, "/root", part),
              "/storage/envkeep/repos/" + working_copy_name(part));
}

}  // namespace
}  // namespace envkeep::store
