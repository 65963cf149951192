// SPDX-License-Identifier: MIT
#include "envkeep/packages/keys.hpp"

#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

namespace envkeep::packages {
namespace {

const std::string site_of_keys = "/usr/local/lib/python3.11/dist-packages";

Inventory image() {
    return {.base = {.os = "debian",
                     .os_version = "12",
                     .machine = "x86_64",
                     .libc = "glibc-2.36",
                     .fingerprint = "",
                     .runtimes = {{"node", "/usr/bin/node", "20.1.0", "115"},
                                  {"python", "/usr/bin/python3.11", "3.11", "cpython-311-x"}}},
            .packages = {{.domain = Domain::python,
                          .place = site_of_keys,
                          .name = "jupyterlab",
                          .version = "4.2.1"}},
            .notes = {}};
}

Keys keys() {
    return keys_of(image(), "1234");
}

TEST(Keys, AreThoseOfTheDomains) {
    const Keys expected{{"machine", "x86_64"},
                        {"libc", "glibc-2.36"},
                        {"release", "debian 12"},
                        {"apt", "1234"},
                        {"python " + site_of_keys, "3.11 cpython-311-x"},
                        {"interpreter 3.11", "cpython-311-x"},
                        {"npm /usr/lib/node_modules", "20"},
                        {"lab", "4"}};

    EXPECT_EQ(keys(), expected);
}

TEST(Fits, IsYesOnTheSameImage) {
    for (int i = 0; i < 11; ++i) {
        if (static_cast<Domain>(i) != Domain::conda) {
            EXPECT_EQ(fits(keys(), keys(), static_cast<Domain>(i), site_of_keys), Fit{}) << i;
        }
    }
}

TEST(Fits, DecidesForPythonByVersionMachineAndLibc) {
    Keys now = keys();
    now["libc"] = "glibc-2.41";
    EXPECT_TRUE(fits(keys(), now, Domain::python, site_of_keys).fits);
    now["libc"] = "glibc-2.9";
    EXPECT_EQ(fits(keys(), now, Domain::python, site_of_keys).reason,
              "made with glibc-2.36, here is the older glibc-2.9");
    now["machine"] = "aarch64";
    EXPECT_EQ(fits(keys(), now, Domain::python, site_of_keys).reason,
              "made for x86_64, here is aarch64");
    now = keys();
    now.erase("python " + site_of_keys);
    EXPECT_TRUE(fits(keys(), now, Domain::python, site_of_keys).fits);
    now.erase("interpreter 3.11");
    EXPECT_EQ(fits(keys(), now, Domain::python, site_of_keys).reason,
              "made for Python 3.11, which is not here");
    now["python " + site_of_keys] = "3.12 cpython-312-x";
    EXPECT_EQ(fits(keys(), now, Domain::python, site_of_keys).reason,
              "made for Python 3.11 cpython-311-x, here is 3.12 cpython-312-x");
}

TEST(Fits, DecidesForAptByTheImagesStatus) {
    Keys now = keys();
    now["apt"] = "other";

    EXPECT_EQ(fits(keys(), now, Domain::apt, "").reason,
              "the image's packages are others than then");
}

TEST(Fits, DecidesForNodeAndLabByTheMajor) {
    Keys now = keys();
    now["npm /usr/lib/node_modules"] = "22";
    now["lab"] = "3";

    EXPECT_EQ(fits(keys(), now, Domain::npm, "/usr/lib/node_modules").reason,
              "made for Node.js 20, here is 22");
    EXPECT_EQ(fits(keys(), now, Domain::lab, "/x").reason, "made for JupyterLab 4, here is 3");
}

TEST(Fits, TakesAnEnvironmentOfTheSessionAnywhereButTheImagesOnlyOnIt) {
    Inventory inventory = image();
    inventory.packages.push_back({.domain = Domain::conda,
                                  .place = "/opt/conda",
                                  .name = "python",
                                  .version = "3.11",
                                  .origin = Origin::image});
    const Keys base = keys_of(inventory, "");
    inventory.packages.back().place = "/opt/mine";
    inventory.packages.back().origin = Origin::session;
    const Keys own = keys_of(inventory, "");

    EXPECT_TRUE(fits(base, base, Domain::conda, "/opt/conda").fits);
    EXPECT_EQ(fits(base, keys(), Domain::conda, "/opt/conda").reason,
              "the image's environment there is another one");
    EXPECT_TRUE(fits(own, keys(), Domain::conda, "/opt/mine").fits);
    EXPECT_TRUE(fits(own, own, Domain::conda, "/opt/mine").fits);
}

TEST(Keys, NameTheNodeThatRunsModulesElsewhere) {
    Inventory inventory = image();
    inventory.packages.push_back({.domain = Domain::npm,
                                  .place = "/root/.npm-global/lib/node_modules",
                                  .name = "x",
                                  .version = "1"});
    EXPECT_FALSE(keys_of(inventory, "").contains("npm /root/.npm-global/lib/node_modules"));

    const Keys keys = keys_of(inventory, "", "/usr/bin/node");

    EXPECT_EQ(keys.at("node"), "20");
    EXPECT_EQ(keys.at("npm /root/.npm-global/lib/node_modules"), "20");
}

TEST(Keys, KnowDebiansNodeByItsPackage) {
    Inventory inventory = image();
    inventory.base.runtimes.front().version.clear();
    EXPECT_FALSE(keys_of(inventory, "").contains("npm /usr/lib/node_modules"));
    inventory.packages.push_back(
        {.domain = Domain::apt, .name = "nodejs", .version = "1:18.19.0+dfsg-6"});

    EXPECT_EQ(keys_of(inventory, "").at("npm /usr/lib/node_modules"), "18");
}

TEST(Fits, TakesTheNodeOfThePathWhereThereAreNoModules) {
    const Keys then{{"npm /root/n", "20"}};

    EXPECT_TRUE(fits(then, {{"node", "20"}}, Domain::npm, "/root/n").fits);
    EXPECT_EQ(fits(then, {{"node", "22"}}, Domain::npm, "/root/n").reason,
              "made for Node.js 20, here is 22");
    EXPECT_EQ(fits(then, {}, Domain::npm, "/root/n").reason,
              "made for Node.js 20, which is not here");
}

class NodeOnThePath : public Captured {};

TEST_F(NodeOnThePath, IsFoundWhereverItWasUnpacked) {
    tree.file("opt/node-22/bin/node")
        .file("opt/node-22/include/node/node_version.h",
              "#define NODE_MAJOR_VERSION 22\n#define NODE_MINOR_VERSION 1\n"
              "#define NODE_PATCH_VERSION 0\n#define NODE_MODULE_VERSION 127\n");
    variable("PATH", "relative:/usr/bin:/opt/node-22/bin");
    auto pointers = variables();
    const auto machine = posix::Machine::captured(tree.path(), pointers.data());

    EXPECT_EQ(program_on_path(machine.value(), "node"), "/opt/node-22/bin/node");
    EXPECT_THAT(taken().base.runtimes,
                ::testing::ElementsAre(Runtime{"node", "/opt/node-22/bin/node", "22.1.0", "127"}));
}

class DpkgStatusDigest : public Captured {};

TEST_F(DpkgStatusDigest, ChangesWithTheFile) {
    auto files = posix::Files::captured(tree.path()).value();
    EXPECT_EQ(dpkg_status_digest(files), "");
    tree.file("var/lib/dpkg/status", "Package: a\n");
    files.forget_folders();
    const std::string before = dpkg_status_digest(files);
    tree.file("var/lib/dpkg/status", "Package: b\n");

    EXPECT_EQ(before.size(), 16U);
    EXPECT_NE(dpkg_status_digest(files), before);
}

}  // namespace
}  // namespace envkeep::packages
