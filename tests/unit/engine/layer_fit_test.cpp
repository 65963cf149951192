// SPDX-License-Identifier: MIT
#include "engine/layer_fit.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using packages::Asked;
using packages::Domain;
using packages::Origin;
using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Group;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string site = "/usr/local/lib/python3.11/dist-packages";

// Two images, the packages of a session on the first, and what is on the second.
class LayerFit : public ::testing::Test {
  protected:
    LayerFit() {
        then = {{"machine", "x86_64"},
                {"libc", "glibc-2.36"},
                {"release", "debian 12"},
                {"apt", "one"},
                {"python " + site, "3.11 cpython-311"},
                {"npm /usr/lib/node_modules", "20"},
                {"lab", "4"},
                {"r", "R 4.2"}};
        now = then;
        now["interpreter 3.11"] = "cpython-311";
        now["apt"] = "two";
    }

    // What a group of that package comes to.
    GroupFit fit(const Group& group, packages::Package package) {
        package.place = group.place;
        package.name = group.name;
        package.version = group.version;
        package.origin = Origin::session;
        lock.packages = {package};
        layer.groups = {group};
        return fit_groups(layer, sides()).at(0);
    }

    GroupFit fit_python(Asked asked = Asked::asked_for) {
        return fit({snapshot::Domain::python, site, "einops", "0.8"},
                   {.domain = Domain::python, .asked = asked});
    }

    GroupFit fit_apt(const std::string& version = "1:3.2-1") {
        return fit({snapshot::Domain::apt, "", "htop", version},
                   {.domain = Domain::apt, .build = "amd64"});
    }

    GroupFit fit_kernel() {
        return fit({snapshot::Domain::jupyter, "/root/.local/share/jupyter/kernels", "mine", ""},
                   {.domain = Domain::kernel, .build = "/root/env/bin/python"});
    }

    void here(Domain domain, const Group& group, std::string version, Origin origin) {
        live.packages.push_back({.domain = domain,
                                 .place = group.place,
                                 .name = group.name,
                                 .version = std::move(version),
                                 .origin = origin});
    }

    [[nodiscard]] FitSides sides() const {
        return {.then = then,
                .now = now,
                .lock = lock,
                .live = live,
                .debs = debs,
                .is_here = [this](const std::string& path) { return programs.contains(path); },
                .is_same = [this](const Entry& entry) { return same.contains(entry.path); },
                .real_path =
                    [this](const std::string& path) {
                        return leads_to.contains(path) ? leads_to.at(path) : path;
                    }};
    }

    packages::Keys then;
    packages::Keys now;
    packages::Inventory lock;
    packages::Inventory live;
    std::set<std::string> debs;
    std::set<std::string> programs;
    std::set<std::string> same;
    std::map<std::string, std::string> leads_to;
    snapshot::Layer layer;
};

TEST_F(LayerFit, BringsADistributionThatTheImageLacks) {
    EXPECT_EQ(fit_python(), GroupFit{});
}

TEST_F(LayerFit, LeavesTheDatabaseOfAnotherImageAndWhatWasOnlyRemovedWithoutAWord) {
    now["release"] = "debian 13";
    now["python " + site] = "3.13 cpython-313";
    layer.groups = {{.domain = snapshot::Domain::apt, .name = "/var/lib"},
                    {.domain = snapshot::Domain::python, .place = site, .name = "/usr/local"}};

    for (const GroupFit& found : fit_groups(layer, sides())) {
        EXPECT_EQ(found.stand, Stand::is_there);
        EXPECT_EQ(found.reason, "");
    }
}

TEST_F(LayerFit, RefusesADistributionForAnotherPython) {
    now["python " + site] = "3.13 cpython-313";

    const GroupFit found = fit_python();

    EXPECT_EQ(found.stand, Stand::stays_away);
    EXPECT_EQ(found.reason, "made for Python 3.11 cpython-311, here is 3.13 cpython-313");
}

TEST_F(LayerFit, RefusesADistributionWhereTheLibcIsOlder) {
    now["libc"] = "glibc-2.31";

    EXPECT_EQ(fit_python().reason, "made with glibc-2.36, here is the older glibc-2.31");
}

TEST_F(LayerFit, LeavesTheVersionThatTheImageBringsToo) {
    here(Domain::python, {.place = site, .name = "einops"}, "0.8", Origin::image);

    EXPECT_EQ(fit_python().stand, Stand::is_there);
}

TEST_F(LayerFit, PutsAVersionThatWasAskedForInPlaceOfTheImages) {
    here(Domain::python, {.place = site, .name = "einops"}, "0.9", Origin::image);

    const GroupFit found = fit_python();

    EXPECT_EQ(found.stand, Stand::comes_back);
    EXPECT_TRUE(found.makes_room);
}

TEST_F(LayerFit, LeavesTheImagesVersionWhereNobodyAskedForAnother) {
    here(Domain::python, {.place = site, .name = "einops"}, "0.9", Origin::image);

    const GroupFit found = fit_python(Asked::brought_along);

    EXPECT_EQ(found.stand, Stand::stays_away);
    EXPECT_EQ(found.reason, "this image brings 0.9, and nobody asked for another");
}

TEST_F(LayerFit, GoesOnWithWhatARestoreBeforeHasBegun) {
    here(Domain::python, {.place = site, .name = "einops"}, "0.8", Origin::session);

    EXPECT_EQ(fit_python(), GroupFit{});
}

TEST_F(LayerFit, LeavesWhatTheUserInstalledHereSince) {
    here(Domain::python, {.place = site, .name = "einops"}, "0.9", Origin::session);

    EXPECT_EQ(fit_python().reason, "0.9 was installed here since");
}

TEST_F(LayerFit, BringsAnEnvironmentOfTheSessionButNotAnImagesOwn) {
    const Group group{snapshot::Domain::conda, "/root/env", "numpy", "2.0"};
    then["conda /root/env"] = "session";
    EXPECT_EQ(fit(group, {.domain = Domain::conda}).stand, Stand::comes_back);
    now["conda /root/env"] = "session";
    EXPECT_EQ(fit(group, {.domain = Domain::conda}).stand, Stand::comes_back) << "begun before";
    then["conda /root/env"] = "1234";

    EXPECT_EQ(fit(group, {.domain = Domain::conda}).reason,
              "the image's environment there is another one");
}

TEST_F(LayerFit, DecidesForNodeByItsMajorVersion) {
    const Group group{snapshot::Domain::npm, "/usr/lib/node_modules", "cowsay", "1.6.0"};
    EXPECT_EQ(fit(group, {.domain = Domain::npm}).stand, Stand::comes_back);
    now["npm /usr/lib/node_modules"] = "22";

    EXPECT_EQ(fit(group, {.domain = Domain::npm}).reason, "made for Node.js 20, here is 22");
}

TEST_F(LayerFit, TakesTheNodeOfThePathWhereModulesHaveNoneOfTheirOwn) {
    const Group group{snapshot::Domain::npm, "/root/.npm-global/lib/node_modules", "x", "1"};
    then["npm " + group.place] = "20";
    EXPECT_EQ(fit(group, {.domain = Domain::npm}).reason, "made for Node.js 20, which is not here");
    now["node"] = "22";
    EXPECT_EQ(fit(group, {.domain = Domain::npm}).reason, "made for Node.js 20, here is 22");
    now["node"] = "20";

    EXPECT_EQ(fit(group, {.domain = Domain::npm}).stand, Stand::comes_back);
}

TEST_F(LayerFit, BringsModulesWithTheirOwnNode) {
    const Group group{snapshot::Domain::npm, "/root/n/lib/node_modules", "x", "1"};
    then["npm " + group.place] = "20";
    layer.entries = {{.path = "root/n/bin/node"}};

    EXPECT_EQ(fit(group, {.domain = Domain::npm}).stand, Stand::comes_back);
}

TEST_F(LayerFit, BringsAnEnvironmentWhoseProgramIsHereOrComesBack) {
    const Group group{
        snapshot::Domain::python, "/root/env/lib/python3.11/site-packages", "einops", "0.8"};
    then["python " + group.place] = "3.11";
    const std::string program = "/opt/python/bin/python3.11";
    layer.entries = {{.path = "root/env/bin/python", .kind = EntryKind::link, .target = program},
                     {.path = "root/env/pyvenv.cfg"}};
    EXPECT_EQ(fit(group, {.domain = Domain::python}).reason,
              "its program /opt/python/bin/python3.11 is not here")
        << "though another 3.11 is";
    programs = {program};
    EXPECT_EQ(fit(group, {.domain = Domain::python}).stand, Stand::comes_back);
    leads_to[program] = "/usr/bin/python3.13";
    EXPECT_EQ(fit(group, {.domain = Domain::python}).reason,
              "its program /opt/python/bin/python3.11 is python3.13 here");
    programs = {};
    now.erase("interpreter 3.11");
    layer.entries.insert(layer.entries.begin(), {.path = program.substr(1)});

    EXPECT_EQ(fit(group, {.domain = Domain::python}).stand, Stand::comes_back);
}

TEST_F(LayerFit, DecidesForLibrariesOfRThoughTheirGroupIsOneOfFiles) {
    const Group group{snapshot::Domain::files, "/usr/local/lib/R/site-library", "dplyr", "1.1"};
    now["r"] = "R 4.5";

    const GroupFit found = fit(group, {.domain = Domain::r, .build = "R 4.2.2"});

    EXPECT_EQ(found.domain, Domain::r);
    EXPECT_EQ(found.reason, "made for libraries of R 4.2, here is R 4.5");
}

TEST_F(LayerFit, BringsAKernelWhoseProgramIsHereOrComesBack) {
    EXPECT_EQ(fit_kernel().reason, "its program /root/env/bin/python is not here");
    programs = {"/root/env/bin/python"};
    EXPECT_EQ(fit_kernel().stand, Stand::comes_back);
    programs = {};
    layer.entries = {{.path = "root/env/bin/python", .kind = EntryKind::link}};

    EXPECT_EQ(fit_kernel().stand, Stand::comes_back);
}

TEST_F(LayerFit, NeverBringsDebianPackagesAsFiles) {
    const GroupFit found = fit_apt();

    EXPECT_EQ(found.stand, Stand::stays_away);
    EXPECT_EQ(found.reason, "the image's packages are others than then, and no .deb of it is kept");
}

TEST_F(LayerFit, LetsDpkgPutAKeptPackageBackOnTheSameRelease) {
    debs = {"htop_1%3a3.2-1_amd64.deb"};
    EXPECT_EQ(fit_apt().stand, Stand::by_dpkg);
    here(Domain::apt, {.name = "htop"}, "1:3.1-1", Origin::image);
    EXPECT_EQ(fit_apt().stand, Stand::by_dpkg) << "older here";
    live.packages.back().version = "1:3.2-1+b1";
    EXPECT_EQ(fit_apt().stand, Stand::is_there) << "newer here";
    live.packages.clear();
    now["release"] = "debian 13";

    EXPECT_EQ(fit_apt().reason, "made for debian 12, here is debian 13");
}

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
