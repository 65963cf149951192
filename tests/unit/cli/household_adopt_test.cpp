// SPDX-License-Identifier: MIT
#include "unit/cli/household.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Household;
using ::testing::Not;

// The runs that "taken back with: envkeep undo RUN && envkeep undo RUN" names, as it names them.
std::vector<std::string> undone_with(const std::string& text) {
    std::vector<std::string> runs;
    const std::string undo = "envkeep undo ";
    const std::size_t line = text.find("taken back with: ");
    std::size_t at = line == std::string::npos ? line : text.find(undo, line);
    while (at != std::string::npos) {
        const std::size_t begin = at + undo.size();
        runs.push_back(text.substr(begin, text.find_first_of(" \n", begin) - begin));
        at = text.find(undo, begin);
    }
    return runs;
}

// What it leads to would be out of the way, and an empty folder in its place.
TEST_F(Household, AdoptRefusesALinkOfTheUsers) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("data/large", "mine\n").link("home/data", tree() / "data");

    EXPECT_THAT(said({"adopt", "data"}, 2), HasSubstr("'data' is a link to '/TREE/data'"));
    EXPECT_EQ(tree().content("home/data/large"), "mine\n");
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

TEST_F(Household, AdoptTakesALinkIntoTheStoreThatNoEntryTellsOfAnyMore) {
    init_with("envkeep: 1\nkeep: [.conf]\n");
    tree().file("home/.conf/x", "mine\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    tree().file(manifest_file, "envkeep: 1\nkeep: []\n");

    EXPECT_EQ(run({"adopt", ".conf"}).status, 0);
    EXPECT_EQ(tree().content("home/.conf/x"), "mine\n");
}

TEST_F(Household, AdoptPacksNothingThatNoSnapshotHolds) {
    const std::string before = "envkeep: 1\nkeep: [{path: .bash_history, how: merge}]\n";
    init_with(before);
    tree().file("home/.bash_history", "one\n").file("home/.cache/x", "x\n");
    ASSERT_EQ(run({"restore"}).status, 0);

    EXPECT_THAT(said({"adopt", "--packed", ".bash_history"}, 2),
                HasSubstr("no snapshot holds '.bash_history': each session writes its own"));
    EXPECT_THAT(said({"adopt", "--packed", ".cache"}, 2), HasSubstr("it is a cache"));

    EXPECT_EQ(manifest(), before);
}

TEST_F(Household, AdoptRefusesWhatTheKernelMakes) {
    init_with("envkeep: 1\nkeep: []\n");

    for (const char* const path : {"/proc/self", "/sys/kernel", "/dev/null", "/run/x"}) {
        EXPECT_THAT(said({"adopt", path}, 2), HasSubstr("belongs to the system")) << path;
    }
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

// Neither what stands there nor what the store has is in the way: the entry itself is the mistake.
TEST_F(Household, AdoptPackedOfKeysThatAreLinkedMovesNothing) {
    init_with("envkeep: 1\nkeep: [.ssh]\n");
    tree().file("home/.ssh/id_rsa", "key\n", 0600);
    ASSERT_EQ(run({"restore"}).status, 0);

    const std::string text = said({"adopt", "--packed", ".ssh"}, 3);

    EXPECT_THAT(text, HasSubstr("it holds secrets"));
    EXPECT_THAT(text, Not(HasSubstr("mv ")));
}

// No two sessions may have them open on one store, nor write over what another added.
TEST_F(Household, AdoptMergesHistoriesAndDatabasesOfSessions) {
    init_with("envkeep: 1\nkeep: []\n");
    tree()
        .file("home/.psql_history", "select 1;\n")
        .file("home/.ipython/profile_default/history.sqlite", "db")
        .file("home/.conf", "x\n");

    EXPECT_EQ(run({"adopt", ".psql_history", ".ipython/profile_default/history.sqlite"}).status, 0);
    EXPECT_EQ(run({"adopt", ".conf"}).status, 0);
    EXPECT_EQ(manifest(),
              "envkeep: 1\nkeep: [{path: .psql_history, how: merge}, "
              "{path: .ipython/profile_default/history.sqlite, how: merge}, .conf]\n");
    EXPECT_FALSE(is_link("home/.psql_history"));
    EXPECT_TRUE(is_link("home/.conf"));
    EXPECT_EQ(tree().content("storage/envkeep/home/.psql_history"), "select 1;\n");
}

TEST_F(Household, AnUndoingOfAnUndoingIsUndoneToo) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().file("home/.conf/x", "mine\n");
    ASSERT_EQ(run({"adopt", ".conf"}).status, 0);
    ASSERT_EQ(run({"undo"}).status, 0);
    ASSERT_EQ(run({"undo"}).status, 0);
    ASSERT_TRUE(is_link("home/.conf"));

    const std::string third = said({"undo"}, 0);

    EXPECT_THAT(third, Not(HasSubstr("failed")));
    EXPECT_FALSE(is_link("home/.conf"));
    EXPECT_EQ(tree().content("home/.conf/x"), "mine\n");
    EXPECT_EQ(manifest(), "envkeep: 1\nkeep: []\n");
}

TEST_F(Household, AStoreNamedByALinkToItsOwnFolderIsToldTheFolderAbove) {
    init_with("envkeep: 1\nkeep: []\n");
    tree().link("link", tree() / "storage/envkeep");

    EXPECT_THAT(said({"status", "--store", tree() / "link"}, 4),
                HasSubstr("--store /TREE/storage\n"));
}

// However the other keeps stand, which were not asked about.
TEST_F(Household, AdoptOfAPathInALinkedFolderLosesNothingElseOfIt) {
    for (const std::string& flag : {std::string("--copy"), std::string("--quiet")}) {
        init_with("envkeep: 1\nkeep: [.config]\n");
        tree().file("home/.config/one/a", "a\n").file("home/.config/two/b", "b\n");
        ASSERT_EQ(run({"restore"}).status, 0);

        EXPECT_EQ(run({"adopt", flag, ".config/one"}).status, 0);

        EXPECT_FALSE(tree().is_link("home/.config"));
        EXPECT_EQ(tree().content("home/.config/one/a"), "a\n") << flag;
        EXPECT_EQ(tree().content("home/.config/two/b"), "b\n") << flag;
        EXPECT_EQ(run({"plan"}).status, 0) << flag;
        tree().remove("home/.config").remove("storage/envkeep");
    }
}

TEST_F(Household, AdoptSaysWhatIsKeptAlready) {
    init_with("envkeep: 1\nkeep: [.conf, .other, .more]\n");
    tree().file("home/.conf/x", "mine\n");
    said({"adopt", ".conf"}, 0);

    EXPECT_EQ(said({"adopt", ".conf"}, 0), "nothing to do: .conf is kept already\n");
    EXPECT_EQ(said({"adopt", "--quiet", ".conf"}, 0), "");
}

// Where the entry's condition does not hold, nothing keeps it.
TEST_F(Household, AdoptSaysWhereAnEntryDoesNotHoldHere) {
    const std::string before =
        "envkeep: 1\nkeep: [{path: .c, when: {platform: colab}}]\ninclude: [more.yaml]\n";
    init_with(before);
    tree()
        .file("storage/envkeep/more.yaml",
              "envkeep: 1\nkeep: [{path: .d, when: {platform: colab}}]\n")
        .file("home/.c", "c\n")
        .file("home/.d", "d\n");

    EXPECT_THAT(said({"adopt", ".c"}, 3), AllOf(HasSubstr("manifest.yaml:2"), HasSubstr("'when'")));
    EXPECT_THAT(said({"adopt", "--copy", ".c"}, 3), HasSubstr("does not hold here"));
    EXPECT_THAT(said({"adopt", ".d"}, 3), HasSubstr("more.yaml:2"));
    EXPECT_EQ(manifest(), before);
}

// A packed one takes two runs: the snapshot stands between them.
TEST_F(Household, AdoptPackedSaysHowAllOfItIsTakenBack) {
    init_with(
        "envkeep: 1\nkeep: []\n"
        "snapshot: {exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, var*]}\n");
    tree().file("home/pk3/f", "p\n");
    ASSERT_EQ(run({"adopt", "pk3"}).status, 0);
    const std::string before = manifest();

    const std::string text = run({"adopt", "--packed", "pk3"}).out;

    ASSERT_FALSE(tree().exists("storage/envkeep/home/pk3"));
    const std::vector<std::string> runs = undone_with(text);
    ASSERT_EQ(runs.size(), 2U) << text;
    for (const std::string& one : runs) {
        EXPECT_EQ(run({"undo", one}).status, 0) << one;
    }
    EXPECT_EQ(manifest(), before);
    EXPECT_TRUE(is_link("home/pk3"));
    EXPECT_EQ(tree().content("home/pk3/f"), "p\n");
}

TEST_F(Household, AdoptPackedOfANewPathSaysHowItIsTakenBack) {
    init_with(
        "envkeep: 1\nkeep: []\n"
        "snapshot: {exclude: [bin*, etc*, home*, lib*, opt*, root*, sbin*, srv*, usr*, var*]}\n");
    tree().file("home/pk3/f", "p\n");
    const std::string before = manifest();

    const std::string text = run({"adopt", "--packed", "pk3"}).out;

    EXPECT_THAT(text, Not(HasSubstr("nothing to do")));
    const std::vector<std::string> runs = undone_with(text);
    ASSERT_EQ(runs.size(), 1U) << text;
    EXPECT_EQ(run({"undo", runs.front()}).status, 0);
    EXPECT_EQ(manifest(), before);
}

class KeptTwice : public Household {
  protected:
    // A side is taken for the folder that is kept: what the finding names can be pasted.
    void expect_cure_of(const std::string& folder) {
        const std::string text = said({"save"}, 1);

        EXPECT_THAT(text, HasSubstr("envkeep restore --take home /TREE/home/" + folder + "\n"));
        EXPECT_THAT(text, HasSubstr("for all of /TREE/home/" + folder));
        EXPECT_EQ(run({"restore", "--take", "home", tree() / ("home/" + folder)}).status, 0);
        EXPECT_EQ(tree().content("storage/envkeep/home/" + folder + "/a"), "333\n");
    }
};

TEST_F(KeptTwice, AFileInACopiedFolder) {
    init_with("envkeep: 1\nsave: off\nkeep: [{path: c2, how: copy}]\n");
    tree().file("home/c2/a", "1\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    tree().file("home/c2/a", "333\n").file("storage/envkeep/home/c2/a", "22\n");

    expect_cure_of("c2");
}

TEST_F(KeptTwice, AFileInALinkedFolderThatBecameReal) {
    init_with("envkeep: 1\nsave: off\nkeep: [l2]\n");
    tree().file("home/l2/a", "1\n");
    ASSERT_EQ(run({"restore"}).status, 0);
    tree().remove("home/l2").file("home/l2/a", "333\n");
    tree().file("storage/envkeep/home/l2/a", "22\n");

    expect_cure_of("l2");
}

}  // namespace
}  // namespace envkeep::cli
