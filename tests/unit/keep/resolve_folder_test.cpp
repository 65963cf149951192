// SPDX-License-Identifier: MIT
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Keeps that become real folders: children, overlaps, `per: python`; and patterns.
namespace envkeep::keep::testing {
namespace {

using manifest::How;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string line(const std::string& form, const std::string& path, const std::string& more = {}) {
    return form + " root/" + path + " -> storage/envkeep/home/" + path + more;
}

TEST(ResolveChildren, AreTheNamesOfBothSides) {
    KeepWorld world;
    world.tree.file("root/.config/only home").folder("root/.config/both");
    world.tree.folder("storage/envkeep/home/.config/both");
    world.tree.file("storage/envkeep/home/.config/only store");
    world.keep(".config").children = true;

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".config"),
                            line("link", ".config/both", " if there"),
                            line("link", ".config/only home", " if there"),
                            line("link", ".config/only store", " if there")));
}

TEST(ResolveChildren, ThatAreKnownForTheirSecretsHaveTheirPreset) {
    KeepWorld world;
    world.keep("x").children = true;
    world.tree.file("root/x/kaggle.json").folder("storage/envkeep/home/x/.ssh").file("root/x/y");

    const Wanted wanted = world.wanted();

    ASSERT_EQ(wanted.keeps.size(), 4U);
    EXPECT_EQ(wanted.keeps[1].preset, manifest::Preset::ssh);
    EXPECT_EQ(wanted.keeps[2].preset, manifest::Preset::secrets);
    EXPECT_EQ(wanted.keeps[3].preset, manifest::Preset::none);
}

TEST(ResolveChildren, ThatAreKnownForTheirSecretsAreCopiedWhereTheStoreKeepsNoModes) {
    KeepWorld world;
    world.keep("x").children = true;
    world.tree.file("root/x/kaggle.json").file("root/x/y");
    world.resolving.modes_honoured = false;

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", "x"),
                            line("copy", "x/kaggle.json", " if there"),
                            line("link", "x/y", " if there")));
}

TEST(ResolveChildren, AreCopiedWhereTheFolderIs) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.ssh/config");
    manifest::Keep& keep = world.keep(".ssh");
    keep.children = true;
    keep.how = How::copy;

    const Wanted wanted = world.wanted();

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".ssh"), line("copy", ".ssh/config", " if there")));
    EXPECT_EQ(wanted.keeps[1].preset, manifest::Preset::ssh);
    EXPECT_EQ(wanted.keeps[1].group, wanted.keeps[0].group);
}

TEST(ResolveChildren, AreNotReadThroughALink) {
    KeepWorld world;
    world.tree.file("elsewhere/x").link("root/.config", world.tree / "elsewhere");
    world.keep(".config").children = true;

    EXPECT_THAT(world.wanted_lines(), ElementsAre(line("folder", ".config")));
}

TEST(ResolveChildren, LeaveOutWhatIsOurs) {
    KeepWorld world;
    world.tree.file("root/d/.x.envkeep-0123abcd").folder("root/d/.envkeep-aside/run");
    world.tree.file("root/d/.envkeep-state");
    world.keep("d").children = true;

    EXPECT_THAT(world.wanted_lines(), ElementsAre(line("folder", "d")));
}

TEST(ResolveChildren, OfAFolderThatCannotBeListedAreAConflict) {
    KeepWorld world;
    world.tree.folder("elsewhere").link("storage/envkeep/home/d", world.tree / "elsewhere");
    world.keep("d").children = true;
    world.keep("e");

    const Wanted wanted = world.wanted();

    EXPECT_THAT(world.wanted_lines(), ElementsAre(line("link", "e")));
    ASSERT_EQ(wanted.conflicts.size(), 1U);
    EXPECT_THAT(wanted.conflicts[0].reason, HasSubstr("is a link"));
}

TEST(ResolveChildren, OfAFileInTheStoreAreAConflict) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/d");
    world.keep("d").children = true;

    EXPECT_THAT(world.wanted_lines(), IsEmpty());
    ASSERT_EQ(world.wanted().conflicts.size(), 1U);
    EXPECT_THAT(world.wanted().conflicts[0].reason, HasSubstr("is no folder"));
}

TEST(ResolveOverlap, MakesAFolderOfTheUpperOne) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.config/a").file("storage/envkeep/home/.config/own");
    world.tree.file("root/.config/b");
    world.keep(".config");
    world.keep(".config/own").to = "own";

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".config", " -own"),
                            line("link", ".config/a", " if there"),
                            line("link", ".config/b", " if there"),
                            "link root/.config/own -> storage/envkeep/own"));
}

TEST(ResolveOverlap, MakesFoldersDownToTheDeeperOne) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.config/x/y/a");
    world.tree.file("storage/envkeep/home/.config/z");
    world.keep(".config");
    world.keep(".config/x/y/own");

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".config"),
                            line("folder", ".config/x", " if there"),
                            line("folder", ".config/x/y", " if there -own"),
                            line("link", ".config/x/y/a", " if there"),
                            line("link", ".config/z", " if there"),
                            line("link", ".config/x/y/own")));
}

TEST(ResolveOverlap, GivesEachPathToItsNearestEntry) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/a/b/x").file("storage/envkeep/mid/y");
    world.keep("a/b/c").to = "deep";
    world.keep("a");
    world.keep("a/b").to = "mid";

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", "a", " -b"),
                            "folder root/a/b -> storage/envkeep/mid -c",
                            "link root/a/b/y -> storage/envkeep/mid/y if there",
                            "link root/a/b/c -> storage/envkeep/deep"));
}

TEST(ResolveOverlap, IsSeenBehindALinkOfOurs) {
    KeepWorld world;
    world.tree.folder("opt").folder("storage/envkeep/up");
    world.tree.link("opt/up", world.store("up"));
    world.keep(world.tree / "opt/up").to = "up";
    world.keep(world.tree / "opt/up/own").to = "own";

    const Wanted wanted = world.wanted();

    EXPECT_THAT(wanted.conflicts, IsEmpty());
    ASSERT_EQ(wanted.keeps.size(), 2U);
    EXPECT_EQ(wanted.keeps[1].place, wanted.keeps[0].place.child("own"));
}

TEST(ResolveOverlap, IsNoneWithASimilarName) {
    KeepWorld world;
    world.keep("a-b");
    world.keep("a");
    world.keep("a.b/c");

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("link", "a"), line("link", "a-b"), line("link", "a.b/c")));
}

TEST(ResolveOverlap, CannotBeBelowAFile) {
    KeepWorld world;
    world.keep("a").kind = manifest::KeepKind::file;
    world.keep("a/b");

    EXPECT_THAT(world.wanted_lines(), ElementsAre(line("link", "a/b")));
    ASSERT_EQ(world.wanted().conflicts.size(), 1U);
    EXPECT_THAT(world.wanted().conflicts[0].reason, HasSubstr("kept as a file"));
}

TEST(ResolvePattern, FindsNamesOfBothSides) {
    KeepWorld world;
    world.tree.file("root/.config/a/settings.json").file("root/.config/b/other");
    world.tree.file("storage/envkeep/home/.config/c/settings.json");
    world.keep(".config/*/settings.json");

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("link", ".config/a/settings.json", " if there"),
                            line("link", ".config/c/settings.json", " if there")));
}

TEST(ResolvePattern, PutsMatchesBelowTo) {
    KeepWorld world;
    world.tree.folder("work").file("work/a.ipynb").file("storage/envkeep/books/b.ipynb");
    world.keep(world.tree / "work/*.ipynb").to = "books";

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("link work/a.ipynb -> storage/envkeep/books/a.ipynb if there",
                            "link work/b.ipynb -> storage/envkeep/books/b.ipynb if there"));
}

TEST(ResolvePattern, NeedsADotForHiddenNames) {
    KeepWorld world;
    world.tree.file("root/.hidden").file("root/shown").folder("root/.envkeep-state");
    world.keep("*");
    EXPECT_THAT(world.wanted_lines(), ElementsAre(line("link", "shown", " if there")));

    world.manifest.keeps.clear();
    world.keep(".h*");
    EXPECT_THAT(world.wanted_lines(), ElementsAre(line("link", ".hidden", " if there")));
}

TEST(ResolvePattern, KeepsOnlyTheTopmostMatches) {
    KeepWorld world;
    world.tree.file("root/a/b/c").file("root/d");
    world.keep("**");

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("link", "a", " if there"), line("link", "d", " if there")));
}

TEST(ResolvePattern, GivesWayToAWrittenPath) {
    KeepWorld world;
    world.tree.file("root/d/a").file("root/d/b");
    world.keep("d/*");
    world.keep("d/a").to = "own";

    EXPECT_THAT(
        world.wanted_lines(),
        ElementsAre("link root/d/a -> storage/envkeep/own", line("link", "d/b", " if there")));
    EXPECT_THAT(world.wanted().conflicts, IsEmpty());
}

TEST(ResolvePattern, FindsNothingBelowALink) {
    KeepWorld world;
    world.tree.file("elsewhere/a").link("root/d", world.tree / "elsewhere");
    world.keep("d/*");

    EXPECT_THAT(world.wanted_lines(), IsEmpty());
    EXPECT_THAT(world.wanted().conflicts, IsEmpty());
}

TEST(ResolvePython, KeepsVersionsApartAndMakesWhatPipNeeds) {
    KeepWorld world;
    world.keep(".local").per_python = true;

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".local"),
                            "link root/.local/bin -> storage/envkeep/home/.local/bin@3.11",
                            line("link", ".local/etc"),
                            line("link", ".local/include"),
                            line("folder", ".local/lib"),
                            line("link", ".local/lib/python3.11"),
                            line("link", ".local/share"),
                            line("link", ".local/state")));
}

TEST(ResolvePython, LinksWhatIsThereOfOtherVersionsToo) {
    KeepWorld world;
    world.tree.folder("storage/envkeep/home/.local/bin@3.9");
    world.tree.folder("storage/envkeep/home/.local/bin@3.11");
    world.tree.folder("storage/envkeep/home/.local/lib/python3.9");
    world.tree.folder("root/.local/opt").folder("root/.local/bin");
    world.keep(".local").per_python = true;

    const std::vector<std::string> lines = world.wanted_lines();

    EXPECT_THAT(lines, Contains(line("link", ".local/lib/python3.9", " if there")));
    EXPECT_THAT(lines, Contains(line("link", ".local/opt", " if there")));
    EXPECT_THAT(lines, Not(Contains(HasSubstr("bin@3.9"))));
    EXPECT_THAT(lines, Contains("link root/.local/bin -> storage/envkeep/home/.local/bin@3.11"));
}

TEST(ResolvePython, TakesThePlainProgramsWhereNoneAreKeptForTheVersion) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.local/bin/tool");
    world.keep(".local").per_python = true;

    const Wanted wanted = world.wanted();

    EXPECT_EQ(wanted.keeps.at(1).fallback, wanted.keeps.at(0).source.child("bin"));
    EXPECT_EQ(wanted.keeps.at(1).source, wanted.keeps.at(0).source.child("bin@3.11"));
}

TEST(ResolvePython, LeavesProgramsAloneWithoutAVersion) {
    KeepWorld world;
    world.resolving.python.clear();
    world.tree.file("root/.local/bin/tool").folder("root/.local/lib/python3.9");
    world.keep(".local").per_python = true;

    const std::vector<std::string> lines = world.wanted_lines();
    const Wanted wanted = world.wanted();

    EXPECT_EQ(lines[0], line("folder", ".local", " -bin"));
    EXPECT_THAT(lines, Not(Contains(HasSubstr("bin@"))));
    EXPECT_THAT(lines, Contains(line("link", ".local/lib/python3.9", " if there")));
    ASSERT_EQ(wanted.findings.size(), 1U);
    EXPECT_EQ(wanted.findings[0].id, "python-not-found");
}

TEST(ResolvePython, GivesWayToDeeperEntries) {
    KeepWorld world;
    world.keep(".local").per_python = true;
    world.keep(".local/bin").to = "tools";
    world.keep(".local/lib/python3.11/site-packages/own");

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre(line("folder", ".local", " -bin"),
                            line("link", ".local/etc"),
                            line("link", ".local/include"),
                            line("folder", ".local/lib"),
                            line("folder", ".local/lib/python3.11"),
                            line("folder", ".local/lib/python3.11/site-packages", " if there -own"),
                            line("link", ".local/share"),
                            line("link", ".local/state"),
                            "link root/.local/bin -> storage/envkeep/tools",
                            line("link", ".local/lib/python3.11/site-packages/own")));
}

}  // namespace
}  // namespace envkeep::keep::testing
