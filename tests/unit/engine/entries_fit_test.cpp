// SPDX-License-Identifier: MIT
#include "unit/engine/layer_fit_fixture.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Entries of plain files and folders.
class EntriesFit : public LayerFit {
  protected:
    static constexpr WallTime container_began{std::chrono::seconds(1000)};

    EntriesFit() {
        layer.home = "/root";
        layer.groups = {{.name = "/"}};
    }

    void add(std::string path, EntryKind kind = EntryKind::file, std::uint32_t group = 0) {
        layer.entries.push_back({.path = std::move(path), .kind = kind, .group = group});
        seen.entries.emplace_back();
    }

    void stands_here(system::Kind kind, std::uint32_t mode = 0755) {
        seen.entries.back() = {.kind = kind, .mode = mode, .changed = WallTime{}};
    }

    std::vector<std::string> left_out() {
        std::ranges::sort(layer.entries, snapshot::comes_before, &Entry::path);
        found = fit_entries(layer, seen, fit_groups(layer, sides()), sides(), container_began);
        std::vector<std::string> paths;
        for (const std::size_t i : found.left_out) {
            paths.push_back(layer.entries[i].path);
        }
        return paths;
    }

    snapshot::LayerSeen seen;
    EntryFit found;
};

TEST_F(EntriesFit, BringsPlainFilesOfTheHomeAndOfPlacesForPrograms) {
    add("opt/tool/x");
    add("root/notes");
    add("root/usr/x");
    add("srv/x");
    add("usr/local/bin/x");

    EXPECT_THAT(left_out(), IsEmpty());
}

TEST_F(EntriesFit, LeavesWhatBelongsToTheSystemOfTheOtherImage) {
    add("etc/alternatives/editor", EntryKind::link);
    add("etc/rc3.d/S01cron", EntryKind::link);
    add("usr/lib/x");
    add("var/lib/dpkg/status");

    EXPECT_THAT(left_out(), ::testing::SizeIs(4));
    EXPECT_THAT(found.why,
                ElementsAre(Pair("belongs to the system of the image that it was taken on",
                                 ElementsAre("/etc/rc3.d/S01cron", "/usr/lib/x"))))
        << "the managers' own records go without saying";
}

TEST_F(EntriesFit, WritesOverNoFileThatTheImageHasBelowEtc) {
    add("etc/mine");
    add("etc/passwd");
    stands_here(system::Kind::file);

    EXPECT_THAT(left_out(), ElementsAre("etc/passwd"));
    EXPECT_THAT(found.why, ElementsAre(Pair("this image has it too", ElementsAre("/etc/passwd"))));
}

// Of a Debian package: one file below /etc, and one that is not there.
class ConfigurationFits : public EntriesFit {
  protected:
    ConfigurationFits() {
        layer.groups.push_back({snapshot::Domain::apt, "", "htop", "1"});
        lock.packages = {{.domain = Domain::apt, .name = "htop", .version = "1", .build = "amd64"}};
        debs = {"htop_1_amd64.deb"};
        add("etc/htoprc", EntryKind::file, 1);
    }
};

TEST_F(ConfigurationFits, ComesBeforeDpkgPutsItsPackageBack) {
    add("usr/bin/htop", EntryKind::file, 1);

    EXPECT_THAT(left_out(), ElementsAre("usr/bin/htop"));
    EXPECT_THAT(found.why, IsEmpty());
}

TEST_F(ConfigurationFits, IsNamedWhereTheImageHasAnotherOfThatName) {
    stands_here(system::Kind::file);

    EXPECT_THAT(left_out(), ElementsAre("etc/htoprc"));
    EXPECT_THAT(found.why, ElementsAre(Pair("this image has it too", ElementsAre("/etc/htoprc"))));
    same = {"etc/htoprc"};
    left_out();
    EXPECT_THAT(found.why, IsEmpty());
}

TEST_F(ConfigurationFits, IsNamedWhereTheImageBringsThePackage) {
    here(Domain::apt, {.name = "htop"}, "2", Origin::image);

    EXPECT_THAT(left_out(), ElementsAre("etc/htoprc"));
    EXPECT_THAT(
        found.why,
        ElementsAre(Pair("this image brings its package without it", ElementsAre("/etc/htoprc"))));
    stands_here(system::Kind::file);
    same = {"etc/htoprc"};
    left_out();
    EXPECT_THAT(found.why, IsEmpty());
}

TEST_F(ConfigurationFits, IsNamedWhereItsPackageStaysAway) {
    debs = {};

    EXPECT_THAT(left_out(), ElementsAre("etc/htoprc"));
    EXPECT_THAT(found.why,
                ElementsAre(Pair("configures a Debian package that does not come back",
                                 ElementsAre("/etc/htoprc"))));
}

TEST_F(EntriesFit, LeavesProgramsForAnotherMachineButNotTheHome) {
    now["machine"] = "aarch64";
    add("root/x");
    add("usr/local/bin/x");

    EXPECT_THAT(left_out(), ElementsAre("usr/local/bin/x"));
}

TEST_F(EntriesFit, LeavesWhatIsLeftOfAnEnvironmentWithoutItsPackages) {
    const std::string place = "/root/env/lib/python3.10/site-packages";
    then["python " + place] = "3.10";
    layer.groups.push_back({snapshot::Domain::python, place, "einops", "0.8"});
    add("root/env/bin/python", EntryKind::link);
    add("root/env/pyvenv.cfg");
    add("root/notes");

    EXPECT_THAT(left_out(), ElementsAre("root/env/bin/python", "root/env/pyvenv.cfg"));
}

TEST_F(EntriesFit, LeavesFoldersOfTheImageAsTheyAreAndMakesThoseThatAreNeeded) {
    layer.groups.push_back({snapshot::Domain::apt, "", "htop", "1"});
    add("usr/local", EntryKind::folder);
    stands_here(system::Kind::folder);
    add("usr/local/share", EntryKind::folder, 1);
    add("usr/local/share/x");

    EXPECT_THAT(left_out(), ElementsAre("usr/local"));
}

}  // namespace
}  // namespace envkeep::engine
