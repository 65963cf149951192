// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"

#include "envkeep/core/json.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace envkeep::cli {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using testing::Household;
using ::testing::Not;

using Words = std::vector<std::string>;

TEST_F(Household, AdoptSetsHowAnEntryIsKeptAndLeavesTheRestOfIt) {
    init_with(
        "envkeep: 1\nkeep:\n"
        "  - {path: tok, to: tokens/tok, modes: secrets, exclude: [tmp]}   # mine\n"
        "  - .other\n");
    tree().file("home/tok/key", "secret\n", 0600);
    EXPECT_EQ(run({"restore"}).status, 0);

    const std::string text = said({"adopt", "--copy", "tok"}, 0);

    EXPECT_THAT(text,
                HasSubstr("changed in the manifest: - {path: tok, to: tokens/tok, how: copy, "
                          "modes: secrets, exclude: tmp}\n"));
    EXPECT_EQ(
        manifest(),
        "envkeep: 1\nkeep:\n"
        "  - {path: tok, to: tokens/tok, modes: secrets, exclude: [tmp], how: copy}   # mine\n"
        "  - .other\n");
    EXPECT_EQ(tree().content("home/tok/key"), "secret\n");
    EXPECT_EQ(tree().content("storage/envkeep/tokens/tok/key"), "secret\n");
    EXPECT_FALSE(is_link("home/tok"));
    EXPECT_THAT(said({"adopt", "--copy", "tok"}, 0), HasSubstr("nothing to do"));
}

TEST_F(Household, AdoptKeepsTheVeryNameAndNoPattern) {
    const std::string before = "envkeep: 1\nkeep: []\n";
    init_with(before);
    for (const char* const name : {"a[1].txt", "what?.txt", "all*", "a1.txt", "m$x"}) {
        tree().file(std::string("home/") + name, name);
    }
    for (const char* const name : {"a[1].txt", "what?.txt", "all*"}) {
        const std::string text = said({"adopt", name}, 2);
        EXPECT_THAT(text, HasSubstr("would be read as a pattern"));
        EXPECT_THAT(text, HasSubstr("keep the folder that it is in"));
    }
    EXPECT_EQ(manifest(), before);
    EXPECT_FALSE(is_link("home/a1.txt"));

    said({"adopt", "m$x"}, 0);

    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [m$$x]\n");
    EXPECT_TRUE(is_link("home/m$x"));
    EXPECT_EQ(tree().content("storage/envkeep/home/m$x"), "m$x");
    EXPECT_THAT(said({"adopt", "m$x"}, 0), HasSubstr("nothing to do"));
    said({"release", "m$x"}, 0);
    EXPECT_EQ(manifest(), before);
}

// This world reads no trees, so no snapshot can be taken: all else is done, and nothing is lost.
// What this machine itself has changed is no matter of these tests.
constexpr const char* only_the_home =
    "snapshot: {exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, var*]}\n";

TEST_F(Household, AdoptPackedPutsTheStoresSideAwayWhenTheSnapshotHoldsIt) {
    init_with(std::string("envkeep: 1\nkeep: [.local]\n") + only_the_home);
    tree().file("storage/envkeep/home/.local/bin/x", "1\n", 0755);
    EXPECT_EQ(run({"restore"}).status, 0);
    ASSERT_TRUE(is_link("home/.local"));

    const std::string text = said({"adopt", "--packed", ".local"}, 0);

    EXPECT_THAT(text, HasSubstr("backups/released/"));
    EXPECT_FALSE(is_link("home/.local"));
    EXPECT_EQ(tree().mode_of("home/.local/bin/x"), 0755U);
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.local"));
    EXPECT_THAT(said({"verify", "--deep"}, 0), HasSubstr("identical"));
}

TEST_F(Household, ASnapshotTakesAnIncludeOnceThatLiesInTheHome) {
    const std::string work = tree() / "home/work";
    init_with("envkeep: 1\nkeep: []\nsnapshot: {include: " + work +
              ", exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, var*]}\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    tree().file("home/work/x", "1\n");

    EXPECT_EQ(run({"snapshot"}).status, 0);

    EXPECT_THAT(said({"verify", "--deep"}, 0), HasSubstr("identical"));
}

TEST_F(Household, AdoptPackedLeavesTheStoresSideWhereTheSnapshotDoesNotHoldIt) {
    init_with("envkeep: 1\nkeep: [.local]\nsnapshot: {exclude: \"*\"}\n");
    tree().file("storage/envkeep/home/.local/bin/x", "1\n", 0755);
    EXPECT_EQ(run({"restore"}).status, 0);

    EXPECT_THAT(said({"adopt", "--packed", ".local"}, 3), HasSubstr("[packed-not-whole]"));

    EXPECT_EQ(tree().content("storage/envkeep/home/.local/bin/x"), "1\n");
}

TEST_F(Household, AdoptPackedLeavesTheStoresSideWhereNoSnapshotStands) {
    init_with("envkeep: 1\nkeep: [.local]   # packages\n");
    tree().file("storage/envkeep/packs", "in the way of any snapshot\n");
    tree().file("storage/envkeep/images", "in the way of its listing\n");
    tree().file("storage/envkeep/home/.local/bin/x", "1\n", 0755);
    EXPECT_EQ(run({"restore"}).status, 0);
    ASSERT_TRUE(is_link("home/.local"));

    const std::string text = said({"adopt", "--packed", ".local"}, 3);

    EXPECT_THAT(text, HasSubstr("[packed-not-captured]"));
    EXPECT_THAT(text, HasSubstr("envkeep adopt --packed .local\n"));
    EXPECT_THAT(text, HasSubstr("makes it again what it was"));
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [{path: .local, how: packed}]   # packages\n");
    EXPECT_FALSE(is_link("home/.local"));
    EXPECT_EQ(tree().mode_of("home/.local/bin/x"), 0755U);
    EXPECT_EQ(tree().content("storage/envkeep/home/.local/bin/x"), "1\n");
    EXPECT_THAT(said({"status"}, 1),
                HasSubstr("not captured yet: 'envkeep adopt --packed .local'"));
}

TEST_F(Household, APackedKeepByHandIsBroughtOnceAndGoesBackToALink) {
    init_with("envkeep: 1\nkeep: [{path: .local, how: packed}]\n");
    tree().file("storage/envkeep/home/.local/bin/x", "1\n");

    EXPECT_THAT(said({"restore"}, 0), HasSubstr("[keep-packed-by-copy]"));
    tree().file("home/.local/bin/y", "2\n").remove("home/.local/bin/x");
    EXPECT_EQ(run({"save"}).status, 0);
    EXPECT_THAT(said({"restore"}, 0), HasSubstr("nothing to do"));
    EXPECT_FALSE(tree().exists("home/.local/bin/x"));
    EXPECT_FALSE(tree().exists("storage/envkeep/home/.local/bin/y"));

    said({"adopt", ".local"}, 0);

    EXPECT_TRUE(is_link("home/.local"));
    EXPECT_EQ(tree().content("storage/envkeep/home/.local/bin/y"), "2\n");
    EXPECT_EQ(tree().content("storage/envkeep/home/.local/bin/x"), "1\n");
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [{path: .local, how: link}]\n");
}

TEST_F(Household, AdoptPackedRefusesWhatIsKeptInParts) {
    init_with("envkeep: 1\nkeep: [{path: .local, per: python}, {path: .config, children: true}]\n");
    tree().folder("home/.local").folder("home/.config");

    EXPECT_THAT(said({"adopt", "--packed", ".local"}, 2),
                HasSubstr("envkeep release .local && envkeep adopt --packed .local"));
    EXPECT_THAT(said({"adopt", "--packed", ".config"}, 2), HasSubstr("'children: true'"));
    EXPECT_THAT(said({"adopt", "--packed", "--per", "python", ".x"}, 2),
                HasSubstr("a packed folder is one real folder"));
    EXPECT_THAT(said({"adopt", "--packed", "--copy", ".x"}, 2), HasSubstr("does not go with"));
}

TEST_F(Household, AdoptPackedRefusesKeys) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/.ssh/id_rsa", "key\n", 0600);

    EXPECT_THAT(said({"adopt", "--packed", ".ssh"}, 3), HasSubstr("it holds secrets"));
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

TEST_F(Household, ReleasesAPackedKeepAsItIs) {
    init_with("envkeep: 1\nkeep: [{path: .local, how: packed}]\n");
    tree().file("home/.local/bin/x", "1\n");

    EXPECT_THAT(said({"release", ".local"}, 0), HasSubstr("stays as it is"));
    EXPECT_EQ(tree().content("home/.local/bin/x"), "1\n");
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

TEST_F(Household, AdoptFindsAnEntryWithVariablesInItsPath) {
    init_with("envkeep: 1\nkeep: [$HOME/tok]\n");
    tree().file("home/tok", "x\n");

    said({"adopt", "--copy", "tok"}, 0);

    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [{path: $HOME/tok, how: copy}]\n");
}

TEST_F(Household, AdoptNamesTheFileOfAnIncludedEntry) {
    init_with("envkeep: 1\ninclude: [more.yaml]\n");
    tree().file("storage/envkeep/more.yaml", "envkeep: 1\nkeep: [tok]\n").file("home/tok", "x\n");

    const std::string text = said({"adopt", "--copy", "tok"}, 2);

    EXPECT_THAT(text, HasSubstr("'tok' is kept by an included file"));
    EXPECT_THAT(text, HasSubstr("more.yaml:2"));
    EXPECT_THAT(text, HasSubstr("manifest.yaml', then adopt it"));
    EXPECT_EQ(manifest(), "envkeep: 1\ninclude: [more.yaml]\n");
}

TEST_F(Household, AdoptTakesWhatTheStoreHolds) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("storage/envkeep/home/.toolrc", "stored\n");

    said({"adopt", ".toolrc"}, 0);

    EXPECT_EQ(tree().content("home/.toolrc"), "stored\n");
    EXPECT_TRUE(is_link("home/.toolrc"));
}

TEST_F(Household, AdoptNamesCuresThatNeedNoEntry) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("storage/envkeep/home/.toolrc", "stored\n").file("home/.toolrc", "mine\n");

    const std::string conflict = said({"adopt", ".toolrc"}, 3);

    EXPECT_THAT(conflict,
                HasSubstr("mv -nT /TREE/home/.toolrc /TREE/home/.toolrc.old && envkeep adopt "
                          ".toolrc\n"));
    EXPECT_THAT(
        conflict,
        HasSubstr(
            "mv -nT /TREE/storage/envkeep/home/.toolrc /TREE/storage/envkeep/home/.toolrc.old && "
            "envkeep adopt .toolrc\n"));
    EXPECT_THAT(conflict, Not(HasSubstr("envkeep restore")));
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

TEST_F(Household, RefusesToAdoptWhatTheImageBrings) {
    init_with("envkeep: 1\nkeep: []\n");

    EXPECT_THAT(said({"adopt", "/etc/passwd"}, 2), HasSubstr("belongs to the system"));
    EXPECT_THAT(said({"adopt", "/usr/bin/env"}, 2), HasSubstr("write it into the manifest"));
}

TEST_F(Household, AdoptOffersNoHarmToWhatTheSystemMounted) {
    testing::in_child([&] {
        tree().folder("home/mounted");
        const auto mount = testing::ScopedMount::tmpfs(tree() / "home/mounted");
        init_with("envkeep: 1\nkeep: []\n");

        const std::string conflict = said({"adopt", "mounted"}, 3);

        EXPECT_THAT(conflict, HasSubstr("conflict:"));
        EXPECT_THAT(conflict, Not(HasSubstr("umount")));
        EXPECT_THAT(conflict, Not(HasSubstr("envkeep release")));
        EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
    });
}

TEST_F(Household, AdoptNamesThePlaceBehindALink) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/real/file", "x\n").link("home/way", "real");

    EXPECT_THAT(said({"adopt", "way/file"}, 3), HasSubstr("envkeep adopt /TREE/home/real/file\n"));
    EXPECT_THAT(said({"adopt", "real/file"}, 0), HasSubstr("added to the manifest: - real/file"));
}

TEST_F(Household, AdoptAndReleaseShowTheProblemsOfTheManifest) {
    init_with("envkeep: 1\nkepe: [.a]\nkeep: [.conf1]\n");
    tree().file("home/.conf1", "x\n");
    const std::string problem =
        "/manifest.yaml:2:1: error: unknown key 'kepe'\n"
        "    2 | kepe: [.a]\n"
        "      | ^\n";
    const std::string refusal = "nothing was done: the manifest must be corrected first\n";

    for (const Words& words : {Words{"adopt", ".conf1"}, Words{"release", ".conf1"}}) {
        const Answer answer = run(words);

        EXPECT_EQ(answer.status, 2);
        EXPECT_THAT(answer.err, HasSubstr(problem));
        EXPECT_THAT(answer.err, HasSubstr(refusal));
        EXPECT_EQ(answer.out, "");
    }
}

TEST_F(Household, ReleaseOfAPatternReleasesAllThatItMatched) {
    init_with("envkeep: 1\nkeep: ['.conf*', {path: .conf2, to: two}]\n");
    tree().file("home/.conf1", "one\n").file("home/.conf2", "two\n").file("home/.conf3/a", "a\n");
    EXPECT_EQ(run({"restore"}).status, 0);
    EXPECT_TRUE(is_link("home/.conf3"));

    const std::string text = said({"release", ".conf*"}, 0);

    EXPECT_THAT(text, HasSubstr("released  ~/.conf1"));
    EXPECT_THAT(text, HasSubstr("released  ~/.conf3"));
    EXPECT_FALSE(is_link("home/.conf1"));
    EXPECT_EQ(tree().content("home/.conf1"), "one\n");
    EXPECT_EQ(tree().content("home/.conf3/a"), "a\n");
    EXPECT_TRUE(is_link("home/.conf2"));
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: [{path: .conf2, to: two}]\n");
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("1 keep in order"));
    said({"undo"}, 0);
    EXPECT_TRUE(is_link("home/.conf1"));
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("3 keeps in order"));
}

TEST_F(Household, ReleaseNamesTheEntryThatKeepsAPath) {
    const std::string before =
        "envkeep: 1\ninclude: [more.yaml]\nkeep: ['.conf*', {path: kids, children: true}, .dir]\n";
    init_with(before);
    tree()
        .file("storage/envkeep/more.yaml", "envkeep: 1\nkeep: [tok]\n")
        .file("home/tok", "x\n")
        .file("home/.conf1", "one\n")
        .file("home/.dir/a", "a\n")
        .file("home/kids/one", "1\n");
    EXPECT_EQ(run({"restore"}).status, 0);

    EXPECT_THAT(said({"release", ".conf1"}, 2), HasSubstr("envkeep release '.conf*'"));
    EXPECT_THAT(said({"release", "kids/one"}, 2), HasSubstr("envkeep release kids;"));
    EXPECT_THAT(said({"release", ".dir/a"}, 2), HasSubstr("envkeep release .dir;"));
    EXPECT_THAT(said({"release", "tok"}, 2), HasSubstr("more.yaml:2"));
    EXPECT_THAT(said({"release", ".none"}, 2), HasSubstr("'.none' is not kept"));
    EXPECT_EQ(manifest(), before);
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("4 keeps in order"));
    said({"release", "kids"}, 0);
    EXPECT_FALSE(is_link("home/kids/one"));
    EXPECT_EQ(tree().content("home/kids/one"), "1\n");
}

TEST_F(Household, ReleaseLeavesWhatHasAnEntryOfItsOwn) {
    init_with("envkeep: 1\nkeep: [dir, {path: dir/own, to: own}]\n");
    tree().file("home/dir/a", "a\n").file("home/dir/own/b", "b\n");
    EXPECT_EQ(run({"restore"}).status, 0);

    said({"release", "dir"}, 0);

    EXPECT_FALSE(is_link("home/dir/a"));
    EXPECT_TRUE(is_link("home/dir/own"));
    EXPECT_EQ(tree().content("home/dir/own/b"), "b\n");
    EXPECT_THAT(said({"verify"}, 0), HasSubstr("1 keep in order"));
}

// Of a run that backed up something else too: its index tells what lies there, and what it does not
// tell of nobody would find.
TEST_F(Household, TheManifestBeforeAnEditIsABackupThatStatusLists) {
    init_with("envkeep: 1\nkeep:\n  - .condarc   # mine\n");
    tree().file("home/new/file", "x\n");

    EXPECT_EQ(run({"adopt", "new"}).status, 0);

    const Answer status = run({"status", "--json"});
    const Json document = Json::parse(status.out).value();
    const Json::Array& backups = *document.find("backups")->as_array();
    ASSERT_EQ(backups.size(), 1U) << status.out;
    EXPECT_EQ(backups[0].text_or("path", ""), tree() / manifest_file);
    EXPECT_THAT(backups[0].text_or("at", ""), ::testing::EndsWith("/manifest.yaml"));
    const Answer gc = run({"gc", "--backups", "--older-than", "0s"});
    EXPECT_EQ(gc.status, 0) << gc.err;
    EXPECT_THAT(gc.out, HasSubstr("in 1 backup"));
}

TEST_F(Household, NeedsNoWorkingFolder) {
    init_with("envkeep: 1\nkeep: [.jupyter]\n");
    tree().folder("gone");
    testing::in_child([&] {
        ASSERT_EQ(::chdir((tree() / "gone").c_str()), 0);
        ASSERT_EQ(::rmdir((tree() / "gone").c_str()), 0);

        EXPECT_EQ(run({"restore"}).status, 0);
        EXPECT_EQ(run({"plan"}).err, "");
    });
}

}  // namespace
}  // namespace envkeep::cli
