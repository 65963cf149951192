// SPDX-License-Identifier: MIT
#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

#include <ctime>

// apt, npm, Jupyter, R, VS Code, tools, cargo, models.
namespace envkeep::packages {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DomainsOfInventory : public Captured {};

constexpr std::string_view stanza =
    "Package: tree\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.1-1\n\n";

TEST_F(DomainsOfInventory, TakesAptFromStatusAndFromStatusFolders) {
    tree.file("var/lib/dpkg/status", stanza)
        .file("var/lib/dpkg/status.d/base-files",
              "Package: base-files\nVersion: 12\nArchitecture: amd64\n")
        .file("var/lib/dpkg/status.d/base-files.md5sums", "0123  etc/x\n")
        .file("var/lib/apt/extended_states",
              "Package: tree\nArchitecture: amd64\nAuto-Installed: 1\n");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::apt, "tree").asked, Asked::brought_along);
    EXPECT_EQ(named(inventory, Domain::apt, "tree").build, "amd64");
    EXPECT_EQ(named(inventory, Domain::apt, "base-files").version, "12");
    EXPECT_THAT(inventory.notes, IsEmpty());
}

TEST_F(DomainsOfInventory, TellsAptsOriginByTheListOfFiles) {
    tree.file("var/lib/dpkg/status", stanza)
        .file("var/lib/dpkg/info/tree.list", "/.\n")
        .file("var/lib/dpkg/info/zlib1g:amd64.list", "/.\n");
    const WallTime past{std::chrono::seconds(1'000'000'000)};
    const WallTime future{std::chrono::seconds(std::time(nullptr) + 3600)};

    EXPECT_EQ(taken({.home = "/root", .watermark = past}).packages.at(0).origin, Origin::session);
    EXPECT_EQ(taken({.home = "/root", .watermark = future}).packages.at(0).origin, Origin::image);
    EXPECT_EQ(
        taken({.home = "/root",
               .is_of_session =
                   [](const std::string& path) { return path == "/var/lib/dpkg/info/tree.list"; }})
            .packages.at(0)
            .origin,
        Origin::session);
}

TEST_F(DomainsOfInventory, TakesGlobalPackagesOfNpm) {
    tree.file("usr/lib/node_modules/cowsay/package.json",
              R"({"author": {"version": "no"}, "version": "1.5.0"})")
        .file("usr/lib/node_modules/@a/b/package.json", R"({"version": "2.0.0"})")
        .file("usr/lib/node_modules/.package-lock.json",
              R"({"packages": {"": {}, "node_modules/cowsay": {"integrity": "sha512-x"}}})")
        .file("usr/lib/node_modules/broken/package.json", "{")
        .file("notebooks/mine/package.json", R"({"version": "0.1.0"})")
        .link("usr/lib/node_modules/mine", "/notebooks/mine")
        .link("usr/lib/node_modules/gone", "/notebooks/gone")
        .file("root/.nvm/versions/node/v20.1.0/lib/node_modules/npm/package.json",
              R"({"version": "10.0.0"})")
        .file("root/.nvm/versions/node/v20.1.0/bin/node")
        .file("root/.nvm/versions/node/v20.1.0/include/node/node_version.h",
              "#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 1\n"
              "#define NODE_PATCH_VERSION 0\n#define NODE_MODULE_VERSION NODE_EMBEDDER\n"
              "#define NODE_MODULE_VERSION 115 /* abi */\n");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::npm, "cowsay").version, "1.5.0");
    EXPECT_EQ(named(inventory, Domain::npm, "cowsay").record.size(), 16U);
    EXPECT_EQ(named(inventory, Domain::npm, "@a/b").version, "2.0.0");
    EXPECT_EQ(named(inventory, Domain::npm, "mine").url, "file:///notebooks/mine");
    EXPECT_TRUE(named(inventory, Domain::npm, "mine").is_editable);
    EXPECT_EQ(named(inventory, Domain::npm, "npm").version, "10.0.0");
    EXPECT_THAT(
        inventory.notes,
        ElementsAre(
            Note{NoteKind::damaged, Domain::npm, "/usr/lib/node_modules", "broken", "package.json"},
            Note{NoteKind::link, Domain::npm, "/usr/lib/node_modules", "gone", ""}));
    EXPECT_THAT(
        inventory.base.runtimes,
        ElementsAre(Runtime{"node", "/root/.nvm/versions/node/v20.1.0/bin/node", "20.1.0", "115"}));
}

TEST_F(DomainsOfInventory, TakesKernelsAndExtensionsOfJupyter) {
    tree.file("usr/local/share/jupyter/kernels/python3/kernel.json", R"({"argv": ["python"]})")
        .file("root/.local/share/jupyter/kernels/mine/kernel.json",
              R"({"argv": ["/root/gone/bin/python", "-m"]})")
        .file("root/.local/share/jupyter/kernels/bad/kernel.json", R"({"argv": "x"})")
        .file("usr/local/share/jupyter/labextensions/@org/ext/package.json",
              R"({"version": "3.0.1"})")
        .file("usr/local/share/jupyter/labextensions/plain/package.json", R"({"version": "1.0"})");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::kernel, "python3").build, "python");
    EXPECT_EQ(named(inventory, Domain::kernel, "mine").place, "/root/.local/share/jupyter/kernels");
    EXPECT_EQ(named(inventory, Domain::lab, "@org/ext").version, "3.0.1");
    EXPECT_EQ(named(inventory, Domain::lab, "plain").version, "1.0");
    const std::string place = "/root/.local/share/jupyter/kernels";
    EXPECT_THAT(
        inventory.notes,
        ElementsAre(
            Note{NoteKind::broken_kernel, Domain::kernel, place, "mine", "/root/gone/bin/python"},
            Note{NoteKind::damaged, Domain::kernel, place, "bad", "kernel.json"}));
}

TEST_F(DomainsOfInventory, TakesLibrariesOfR) {
    tree.file("usr/local/lib/R/site-library/dplyr/DESCRIPTION",
              "Package: dplyr\nVersion: 1.1.4\nDescription: a\n    Version: no\n"
              "Built: R 4.2.2; x86_64; 2026\nRemoteSha: 0123\n")
        .file("root/R/x86_64-pc-linux-gnu-library/4.2/mine/DESCRIPTION", "Package: mine\n");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::r, "dplyr").version, "1.1.4");
    EXPECT_EQ(named(inventory, Domain::r, "dplyr").build, "R 4.2.2");
    EXPECT_EQ(named(inventory, Domain::r, "dplyr").commit, "0123");
    EXPECT_THAT(inventory.notes,
                Contains(Note{NoteKind::damaged,
                              Domain::r,
                              "/root/R/x86_64-pc-linux-gnu-library/4.2",
                              "mine",
                              "DESCRIPTION"}));
}

TEST_F(DomainsOfInventory, TakesExtensionsOfEditors) {
    tree.file("root/.vscode-server/extensions/extensions.json",
              R"([{"identifier": {"id": "ms-python.python"}, "version": "2026.1",
                   "metadata": {"targetPlatform": "linux-x64"}}])")
        .file("root/.local/share/code-server/extensions/a.b-1/package.json",
              R"({"publisher": "a", "name": "b", "version": "1"})");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::code, "ms-python.python").build, "linux-x64");
    EXPECT_EQ(named(inventory, Domain::code, "a.b").version, "1");
}

TEST_F(DomainsOfInventory, TakesToolsWithoutWhatTheyBring) {
    const std::string pipx = "root/.local/share/pipx/venvs/black";
    tree.file(pipx + "/pyvenv.cfg");
    distribution(pipx + "/lib/python3.11/site-packages", "black", "24.1");
    distribution(pipx + "/lib/python3.11/site-packages", "click", "8.0");
    distribution(
        "root/.local/share/uv/tools/ruff/lib/python3.11/site-packages", "ruff", "0.5", "uv");

    const Inventory inventory = taken();

    ASSERT_EQ(inventory.packages.size(), 2U);
    EXPECT_EQ(inventory.packages[0].version, "24.1");
    EXPECT_EQ(inventory.packages[0].installer, "pipx");
    EXPECT_EQ(inventory.packages[1].name, "ruff");
    EXPECT_EQ(inventory.packages[1].installer, "uv");
}

TEST_F(DomainsOfInventory, TakesProgramsOfCargo) {
    tree.file("root/.cargo/.crates.toml",
              "[v1]\n\"ripgrep 13.0.0 (registry+https://github.com/x)\" = [\"rg\"]\n"
              "\"mine 0.1.0 (git+https://u:p@host/m#abc)\" = [\"mine\"]\n\"odd\n\"x\" = []\n");

    const Inventory inventory = taken();

    ASSERT_EQ(inventory.packages.size(), 2U);
    EXPECT_EQ(named(inventory, Domain::cargo, "ripgrep").version, "13.0.0");
    EXPECT_EQ(named(inventory, Domain::cargo, "mine").url, "git+https://host/m#abc");
}

TEST_F(DomainsOfInventory, ListsModelCaches) {
    const std::string hub = "root/.cache/huggingface/hub/";
    tree.file(hub + "models--org--some-model/refs/main", "0123abc")
        .file(hub + "models--org--some-model/blobs/a", "12345")
        .file(hub + "models--org--some-model/blobs/b", "123")
        .file("root/.cache/torch/hub/checkpoints/resnet.pth", "1234");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::model, "org/some-model").size, 8U);
    EXPECT_EQ(named(inventory, Domain::model, "org/some-model").commit, "0123abc");
    EXPECT_EQ(named(inventory, Domain::model, "resnet.pth").size, 4U);
}

TEST_F(DomainsOfInventory, IsEmptyOnAnEmptyMachine) {
    const Inventory inventory = taken();

    EXPECT_THAT(inventory.packages, IsEmpty());
    EXPECT_THAT(inventory.notes, IsEmpty());
}

}  // namespace
}  // namespace envkeep::packages
