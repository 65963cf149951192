// SPDX-License-Identifier: MIT
#include "unit/engine/layer_fit_fixture.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

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

TEST_F(LayerFit, GoesOnToMakeRoomWhereARestoreBeforeWasKilledAtIt) {
    here(Domain::python, {.place = site, .name = "einops"}, "0.9", Origin::image);
    here(Domain::python, {.place = site, .name = "einops"}, "0.8", Origin::session);

    const GroupFit found = fit_python();

    EXPECT_EQ(found.stand, Stand::comes_back);
    EXPECT_TRUE(found.makes_room);
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

}  // namespace
}  // namespace envkeep::engine
