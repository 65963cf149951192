// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "unit/keep/keep_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::keep::testing {
namespace {

using manifest::How;
using manifest::KeepKind;
using manifest::Preset;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> reasons(const Wanted& wanted) {
    std::vector<std::string> reasons;
    for (const model::Conflict& conflict : wanted.conflicts) {
        reasons.push_back(conflict.subject + ": " + conflict.reason);
    }
    return reasons;
}

TEST(Resolve, PutsHomePathsBelowTheHomeAndTheStoresHome) {
    KeepWorld world;
    world.keep(".ssh");
    world.keep("~/.config/pip");
    world.keep(world.home(".jupyter"));

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("link root/.config/pip -> storage/envkeep/home/.config/pip",
                            "link root/.jupyter -> storage/envkeep/home/.jupyter",
                            "link root/.ssh -> storage/envkeep/home/.ssh"));
}

TEST(Resolve, CarriesTheEntryOver) {
    KeepWorld world;
    manifest::Keep& keep = world.keep(".bash_history");
    keep.kind = KeepKind::file;
    keep.how = How::copy;
    keep.on_conflict = manifest::OnConflict::stop;
    keep.preset = Preset::secrets;

    const Wanted wanted = world.wanted();

    ASSERT_EQ(wanted.keeps.size(), 1U);
    EXPECT_EQ(wanted.keeps[0].subject, "~/.bash_history");
    EXPECT_EQ(wanted.keeps[0].target, world.store("home/.bash_history"));
    EXPECT_EQ(wanted.keeps[0].form, Form::copy);
    EXPECT_EQ(wanted.keeps[0].kind, KeepKind::file);
    EXPECT_EQ(wanted.keeps[0].on_conflict, manifest::OnConflict::stop);
    EXPECT_EQ(wanted.keeps[0].preset, Preset::secrets);
    EXPECT_EQ(wanted.store_path, world.store());
}

TEST(Resolve, OpensTheParentOfAPlaceOutsideTheHome) {
    KeepWorld world;
    world.tree.folder("notebooks");
    world.keep(world.tree / "notebooks/data");

    const Wanted wanted = world.wanted();

    ASSERT_EQ(wanted.keeps.size(), 1U);
    EXPECT_EQ(wanted.keeps[0].subject, world.tree / "notebooks/data");
    EXPECT_EQ(world.files.root_path(wanted.keeps[0].place.root), world.tree / "notebooks");
    EXPECT_EQ(wanted.keeps[0].place.path.text(), "data");
    EXPECT_EQ(wanted.keeps[0].target,
              world.store("home/.outside" + (world.tree / "notebooks/data")));
}

TEST(Resolve, StartsOneFolderHigherWhereTheParentIsMissing) {
    KeepWorld world;
    world.keep(world.tree / "notebooks/data");

    const Wanted wanted = world.wanted();

    ASSERT_EQ(wanted.keeps.size(), 1U);
    EXPECT_EQ(world.files.root_path(wanted.keeps[0].place.root), world.tree.path());
    EXPECT_EQ(wanted.keeps[0].place.path.text(), "notebooks/data");
}

TEST(Resolve, NamesTheCommandThatMakesAFolderWhichIsMissingAltogether) {
    KeepWorld world;
    world.keep(world.tree / "a/b/data");

    const Wanted wanted = world.wanted();

    ASSERT_EQ(wanted.conflicts.size(), 1U);
    EXPECT_THAT(wanted.conflicts[0].reason, HasSubstr("is not there"));
    EXPECT_EQ(wanted.conflicts[0].commands[0], "mkdir -p " + shell_quoted(world.tree / "a/b"));
    ASSERT_EQ(wanted.rows.size(), 1U);
    EXPECT_EQ(wanted.rows[0].state, model::KeepState::conflict);
}

TEST(Resolve, TakesTheSourceFromTo) {
    KeepWorld world;
    world.tree.folder("other");
    world.keep("a").to = "shared/a";
    world.keep("b").to = world.tree / "storage/cfg/.local";
    world.keep("c").to = world.tree / "other/c";

    const Wanted wanted = world.wanted();

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("link root/a -> storage/envkeep/shared/a",
                            "link root/b -> storage/cfg/.local",
                            "link root/c -> other/c"));
    EXPECT_EQ(wanted.keeps[0].source.root, world.resolving.store.root);
    EXPECT_EQ(wanted.keeps[1].source.root, world.resolving.store.base);
}

TEST(Resolve, LinksAFolderOutsideTheHomeToTheWholePersistentFolder) {
    KeepWorld world;
    world.tree.folder("notebooks");
    world.keep(world.tree / "notebooks/storage").to = world.tree / "storage";

    EXPECT_THAT(world.wanted_lines(), ElementsAre("link notebooks/storage -> storage"));
}

struct GuardRow {
    std::string name;
    std::string path;
    std::string to;
    std::string reason;
};

class ResolveGuards : public ::testing::TestWithParam<GuardRow> {};

TEST_P(ResolveGuards, StandBeforeAnyStep) {
    KeepWorld world;
    world.tree.folder("data").link("alias", "storage");
    const auto whole = [&](const std::string& path) {
        return path.starts_with("/") ? world.tree.path() + path : path;
    };
    world.keep(whole(GetParam().path)).to = whole(GetParam().to);

    const Wanted wanted = world.wanted();

    EXPECT_THAT(wanted.keeps, IsEmpty());
    ASSERT_EQ(wanted.conflicts.size(), 1U);
    EXPECT_THAT(wanted.conflicts[0].reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(wanted.conflicts[0].commands, ElementsAre(HasSubstr("+1 manifest.yaml")));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ResolveGuards,
    ::testing::ValuesIn(std::vector<GuardRow>{
        {"the_home", "~", "all", "the home itself"},
        {"above_the_home", "/root", "all", "the home itself"},
        {"one_place", "/data/x", "/data/x", "place and source are one"},
        {"source_inside_the_place", "/data/x", "/data/x/y", "lies inside it"},
        {"place_inside_the_source", "/data/x/y", "/data/x", "lies inside its own source"},
        {"source_behind_a_link", "/storage/x", "/alias/x/y", "lies inside it"},
        {"in_the_store", "/storage/envkeep/x", "/data/x", "it lies in the store"},
        {"holding_the_store", "/storage", "/data/x", "it holds the store"},
        {"the_whole_store", "x", ".", "the whole store"},
        {"own_folder_of_the_store", "x", "journal", "is envkeep's own"},
        {"below_an_own_folder_of_the_store", "x", "backups/x", "is envkeep's own"},
        {"packs_of_snapshots", "x", "packs", "is envkeep's own"},
        {"packs_by_their_absolute_path", "x", "/storage/envkeep/packs/y", "is envkeep's own"},
        {"reports_on_the_gpu", "x", "gpu", "is envkeep's own"},
        {"trash", "x", "trash/x", "is envkeep's own"},
        {"what_went_aside_in_the_store", "x", ".envkeep-aside/x", "is envkeep's own"},
        {"own_folder_of_the_home", ".envkeep-state/x", "x", "envkeep's own"},
        {"climbing", "../x", "x", "climbs"},
        {"climbing_source", "x", "../x", "climbs"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Resolve, TakesAPackedFolderAsOnePlace) {
    KeepWorld world;
    world.tree.file("root/.local/lib/x", "1").file("storage/envkeep/home/.local/lib/y", "2");
    world.keep(".local").how = How::packed;

    const Wanted wanted = world.wanted();

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("packed root/.local -> storage/envkeep/home/.local"));
    EXPECT_THAT(wanted.findings, IsEmpty());
}

TEST(Resolve, LeavesKeepsBelowAPackedFolderTheirPlaces) {
    KeepWorld world;
    world.keep(".local").how = How::packed;
    world.keep(".local/share/keyrings");
    world.keep(".local/state").how = How::copy;

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("packed root/.local -> storage/envkeep/home/.local "
                            "-share/keyrings -state",
                            "link root/.local/share/keyrings -> "
                            "storage/envkeep/home/.local/share/keyrings",
                            "copy root/.local/state -> storage/envkeep/home/.local/state"));
}

TEST(Resolve, KeepsNoJournalOfADatabaseThatIsMerged) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.ipython/p/history.sqlite", "1")
        .file("storage/envkeep/home/.ipython/p/history.sqlite-wal", "2")
        .file("storage/envkeep/home/.ipython/p/startup/x.py", "3")
        .file("root/.ipython/p/history.sqlite-journal", "4");
    world.keep(".ipython");
    world.keep(".ipython/p/history.sqlite").how = How::merge;

    const Wanted wanted = world.wanted();

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("folder root/.ipython -> storage/envkeep/home/.ipython",
                            "folder root/.ipython/p -> storage/envkeep/home/.ipython/p if there "
                            "-history.sqlite -history.sqlite-journal -history.sqlite-shm "
                            "-history.sqlite-wal",
                            "link root/.ipython/p/startup -> "
                            "storage/envkeep/home/.ipython/p/startup if there",
                            "copy root/.ipython/p/history.sqlite -> "
                            "storage/envkeep/home/.ipython/p/history.sqlite"));
    EXPECT_TRUE(wanted.keeps.back().merges);
    EXPECT_EQ(wanted.keeps.back().kind, manifest::KeepKind::file);
}

TEST(Resolve, MakesAFolderOfALinkedKeepAboveAPackedOne) {
    KeepWorld world;
    world.tree.file("storage/envkeep/home/.local/lib/x", "1")
        .file("storage/envkeep/home/.local/share/y", "2");
    world.keep(".local");
    world.keep(".local/lib").how = How::packed;

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("folder root/.local -> storage/envkeep/home/.local -lib",
                            "link root/.local/share -> storage/envkeep/home/.local/share if there",
                            "packed root/.local/lib -> storage/envkeep/home/.local/lib"));
}

TEST(Resolve, RefusesToPackWhatHoldsSecrets) {
    KeepWorld world;
    world.keep(".ssh").how = How::packed;

    EXPECT_THAT(world.wanted_lines(), IsEmpty());
    EXPECT_THAT(reasons(world.wanted()),
                ElementsAre(HasSubstr("it holds secrets, and a snapshot leaves them out")));
}

TEST(Resolve, RefusesTheSecondOfTwoEntriesForOnePath) {
    KeepWorld world;
    world.keep(".ssh").to = "first";
    world.keep("~/.ssh/").to = "second";

    EXPECT_THAT(world.wanted_lines(), ElementsAre("link root/.ssh -> storage/envkeep/first"));
    EXPECT_THAT(reasons(world.wanted()),
                ElementsAre("~/.ssh: '~/.ssh' is kept twice; the first entry counts"));
}

struct PresetRow {
    std::string path;
    Preset preset;
};

class ResolvePresets : public ::testing::TestWithParam<PresetRow> {};

TEST_P(ResolvePresets, FollowFromTheName) {
    KeepWorld world;
    world.keep(GetParam().path);

    EXPECT_EQ(world.wanted().keeps.at(0).preset, GetParam().preset);
}

INSTANTIATE_TEST_SUITE_P(All,
                         ResolvePresets,
                         ::testing::ValuesIn(std::vector<PresetRow>{
                             {".ssh", Preset::ssh},
                             {".ssh/id_rsa", Preset::ssh},
                             {".sshx", Preset::none},
                             {"x/.ssh/id_rsa", Preset::ssh},
                             {"kaggle.json", Preset::secrets},
                             {"x/.netrc", Preset::secrets},
                             {"kaggle.json/x", Preset::none},
                             {".netrc", Preset::secrets},
                             {".git-credentials", Preset::secrets},
                             {".kaggle", Preset::secrets},
                             {".kaggle/kaggle.json", Preset::secrets},
                             {".huggingface/token", Preset::secrets},
                             {".cache/huggingface/token", Preset::secrets},
                             {".cache/huggingface", Preset::none},
                             {".aws/credentials", Preset::secrets},
                             {".jupyter", Preset::none},
                         }));

TEST(Resolve, CopiesPrivateThingsWhereTheStoreIgnoresModes) {
    KeepWorld world;
    world.resolving.modes_honoured = false;
    world.keep(".jupyter");
    world.keep(".netrc");
    world.keep(".ssh");

    EXPECT_THAT(world.wanted_lines(),
                ElementsAre("link root/.jupyter -> storage/envkeep/home/.jupyter",
                            "copy root/.netrc -> storage/envkeep/home/.netrc",
                            "copy root/.ssh -> storage/envkeep/home/.ssh"));
}

TEST(Resolve, LooksAtNothingForPlainEntries) {
    KeepWorld world;
    for (int i = 0; i < 10'000; ++i) {
        world.keep("file" + std::to_string(i));
    }
    world.files.forget();

    const Wanted wanted = world.wanted();

    EXPECT_EQ(wanted.keeps.size(), 10'000U);
    EXPECT_EQ(world.files.all(), world.files.count("real_path"));
    EXPECT_EQ(world.files.count("real_path"), 2);
}

TEST(Resolve, WantsNothingOfAnEmptyManifest) {
    KeepWorld world;

    EXPECT_THAT(world.wanted().keeps, IsEmpty());
    EXPECT_THAT(world.wanted().conflicts, IsEmpty());
}

}  // namespace
}  // namespace envkeep::keep::testing
