// SPDX-License-Identifier: MIT
#include "engine/deletion_group.hpp"

#include <gtest/gtest.h>

namespace envkeep::engine {
namespace {

using snapshot::Domain;
using snapshot::Group;

Landmarks debian() {
    return {.home = "root", .has_dpkg = true};
}

Domain domain_of(const std::string& path, const Landmarks& landmarks = debian()) {
    return group_of_deletion(path, landmarks).domain;
}

TEST(GroupOfADeletion, IsPythonsInASiteDirectory) {
    EXPECT_EQ(group_of_deletion("usr/local/lib/python3.11/dist-packages/numpy-1.0.dist-info/RECORD",
                                debian()),
              (Group{.domain = Domain::python,
                     .place = "/usr/local/lib/python3.11/dist-packages",
                     .name = "/usr/local"}));
    EXPECT_EQ(domain_of("root/.local/lib/python3.11/site-packages/x.py"), Domain::python);
    EXPECT_EQ(domain_of("opt/venv/lib/python3.11/site-packages"), Domain::python);
}

TEST(GroupOfADeletion, IsAptsWhereDpkgPutsThings) {
    EXPECT_EQ(domain_of("usr/bin/nano"), Domain::apt);
    EXPECT_EQ(domain_of("etc/nanorc"), Domain::apt);
    EXPECT_EQ(domain_of("usr/lib/python3/dist-packages/apt_pkg.so"), Domain::apt);
    EXPECT_EQ(domain_of("var/lib/dpkg/info/nano.list"), Domain::apt);
}

TEST(GroupOfADeletion, IsPlainElsewhere) {
    EXPECT_EQ(domain_of("usr/local/bin/tool"), Domain::files);
    EXPECT_EQ(domain_of("opt/tool/x"), Domain::files);
    EXPECT_EQ(domain_of("root/.bashrc"), Domain::files);
    EXPECT_EQ(domain_of("usr/bin/nano", {.home = "root"}), Domain::files);
    EXPECT_EQ(domain_of("var/lib/me/x", {.home = "var/lib/me", .has_dpkg = true}), Domain::files);
}

TEST(GroupOfADeletion, IsOfOtherManagersInTheirFolders) {
    EXPECT_EQ(domain_of("usr/local/lib/node_modules/npm/index.js"), Domain::npm);
    EXPECT_EQ(domain_of("usr/local/share/jupyter/kernels/old/kernel.json"), Domain::jupyter);
    EXPECT_EQ(domain_of("root/work/node_modules/x/index.js"), Domain::files);
}

TEST(GroupOfADeletion, IsCondasInItsPrefixUnlessOnlyPipWorkedThere) {
    const std::string module = "opt/conda/lib/python3.11/site-packages/numpy/__init__.py";
    const Landmarks used{.home = "root", .prefixes = {{.path = "opt/conda", .has_changes = true}}};
    const Landmarks untouched{.home = "root", .prefixes = {{.path = "opt/conda"}}};

    EXPECT_EQ(group_of_deletion(module, used),
              (Group{.domain = Domain::conda, .place = "/opt/conda", .name = "/opt/conda"}));
    EXPECT_EQ(domain_of(module, untouched), Domain::python);
    EXPECT_EQ(domain_of("opt/conda/bin/x", untouched), Domain::conda);
    EXPECT_EQ(domain_of("opt/condax", used), Domain::files);
}

TEST(GroupOfADeletion, IsPythonsBesideASiteDirectoryThatChanged) {
    Landmarks used = debian();
    used.used_sites = {"usr/lib/python3/dist-packages", "usr/local/lib/python3.11/dist-packages"};

    EXPECT_EQ(group_of_deletion("usr/local/bin/f2py", used),
              (Group{.domain = Domain::python,
                     .place = "/usr/local/lib/python3.11/dist-packages",
                     .name = "/usr/local"}));
    EXPECT_EQ(domain_of("usr/bin/nano", used), Domain::apt);
    EXPECT_EQ(domain_of("usr/local/lib/x", used), Domain::files);
}

TEST(DatabaseOfApt, IsWhatDpkgAndAptSayOfPackages) {
    EXPECT_TRUE(is_database_of_apt("var/lib/dpkg/status"));
    EXPECT_TRUE(is_database_of_apt("var/lib/apt/extended_states"));
    EXPECT_FALSE(is_database_of_apt("var/lib/apt"));
    EXPECT_FALSE(is_database_of_apt("var/lib/dpkg-cross"));
}

}  // namespace
}  // namespace envkeep::engine
