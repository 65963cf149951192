// SPDX-License-Identifier: MIT
#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

#include <ctime>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* site = "usr/local/lib/python3.11/dist-packages";

class PythonInventory : public Captured {
  protected:
    [[nodiscard]] WallTime changed(const std::string& path) const {
        auto files = posix::Files::captured(tree.path()).value();
        const system::RootId root = files.open_root("/").value();
        return files.status({.root = root, .path = RelPath::parse(path).value()}).value().changed;
    }

    static std::vector<std::string> names(const Inventory& inventory) {
        std::vector<std::string> out;
        for (const Package& package : inventory.packages) {
            out.push_back(package.place + " " + package.name + " " + package.version);
        }
        return out;
    }
};

TEST_F(PythonInventory, HoldsWhatPipInstalled) {
    distribution(site, "Foo_Bar", "1.0");
    tree.file(std::string(site) + "/Foo_Bar-1.0.dist-info/REQUESTED");

    const Inventory inventory = taken();

    EXPECT_THAT(inventory.notes, IsEmpty());
    ASSERT_EQ(inventory.packages.size(), 1U);
    const Package& package = inventory.packages[0];
    EXPECT_EQ(package.place, "/usr/local/lib/python3.11/dist-packages");
    EXPECT_EQ(package.name, "foo-bar");
    EXPECT_EQ(package.version, "1.0");
    EXPECT_EQ(package.installer, "pip");
    EXPECT_EQ(package.asked, Asked::asked_for);
    EXPECT_EQ(package.origin, Origin::unknown);
    EXPECT_EQ(package.record.size(), 16U);
}

TEST_F(PythonInventory, TellsWhatWasBroughtAlong) {
    distribution(site, "foo", "1.0");

    EXPECT_EQ(taken().packages.at(0).asked, Asked::brought_along);
}

TEST_F(PythonInventory, LooksIntoEveryPrefix) {
    distribution("usr/lib/python3/dist-packages", "a", "1", "debian");
    distribution("root/.local/lib/python3.11/site-packages", "b", "1");
    tree.folder("opt/conda/conda-meta");
    distribution("opt/conda/lib/python3.12/site-packages", "c", "1", "conda");
    tree.folder("opt/conda/envs/two/conda-meta");
    distribution("opt/conda/envs/two/lib/python3.9/site-packages", "d", "1", "conda");
    tree.file("root/.venv/pyvenv.cfg", "version = 3.11.2\n");
    distribution("root/.venv/lib/python3.11/site-packages", "e", "1", "uv");
    tree.link("root/.venv/lib64", "lib");
    tree.file("notebooks/project/env/pyvenv.cfg");
    distribution("notebooks/project/env/lib/python3.11/site-packages", "f", "1");
    tree.file("notebooks/a/b/too-deep/pyvenv.cfg");
    distribution("notebooks/a/b/too-deep/lib/python3.11/site-packages", "g", "1");
    distribution("root/.pyenv/versions/3.10.13/lib/python3.10/site-packages", "h", "1");

    EXPECT_THAT(names(taken({.home = "/root", .work_folders = {"/notebooks"}})),
                ElementsAre("/notebooks/project/env/lib/python3.11/site-packages f 1",
                            "/opt/conda/envs/two/lib/python3.9/site-packages d 1",
                            "/opt/conda/lib/python3.12/site-packages c 1",
                            "/root/.local/lib/python3.11/site-packages b 1",
                            "/root/.pyenv/versions/3.10.13/lib/python3.10/site-packages h 1",
                            "/root/.venv/lib/python3.11/site-packages e 1",
                            "/usr/lib/python3/dist-packages a 1"));
}

TEST_F(PythonInventory, FollowsALocalFolderThatIsLinkedAway) {
    distribution("storage/local/lib/python3.11/site-packages", "b", "1");
    tree.folder("root").link("root/.local", "/storage/local");

    EXPECT_THAT(names(taken()), ElementsAre("/root/.local/lib/python3.11/site-packages b 1"));
}

TEST_F(PythonInventory, KnowsDebiansByTheirFolder) {
    tree.file("usr/lib/python3/dist-packages/six-1.16.0.egg-info",
              "Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n");
    tree.file("usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/PKG-INFO",
              "Name: PyYAML\nVersion: 6.0\n");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::python, "six").installer, "debian");
    EXPECT_EQ(named(inventory, Domain::python, "pyyaml").version, "6.0");
    EXPECT_THAT(inventory.notes, IsEmpty());
}

TEST_F(PythonInventory, NamesEditableAndRepositoryInstalls) {
    distribution(site, "mine", "0.1");
    tree.file(std::string(site) + "/mine-0.1.dist-info/direct_url.json",
              R"({"url": "file:///notebooks/mine", "dir_info": {"editable": true}})");
    distribution(site, "theirs", "2.0");
    tree.file(std::string(site) + "/theirs-2.0.dist-info/direct_url.json",
              R"({"url": "https://me:secret@host/x.git", "subdirectory": "py",
                  "vcs_info": {"vcs": "git", "commit_id": "0123abc", "requested_revision": "v2"}})");
    tree.file(std::string(site) + "/old.egg-link", "/notebooks/old\n.")
        .file("notebooks/old/old.egg-info/PKG-INFO", "Name: old\nVersion: 0.3\n");

    const Inventory inventory = taken();

    const Package mine = named(inventory, Domain::python, "mine");
    EXPECT_TRUE(mine.is_editable);
    EXPECT_EQ(mine.url, "file:///notebooks/mine");
    const Package theirs = named(inventory, Domain::python, "theirs");
    EXPECT_FALSE(theirs.is_editable);
    EXPECT_EQ(theirs.url, "git+https://host/x.git#subdirectory=py");
    EXPECT_EQ(theirs.commit, "0123abc");
    const Package old = named(inventory, Domain::python, "old");
    EXPECT_TRUE(old.is_editable);
    EXPECT_EQ(old.version, "0.3");
    EXPECT_EQ(old.url, "file:///notebooks/old");
}

TEST_F(PythonInventory, NotesWhatPipLeftBehind) {
    distribution(site, "foo", "1.0");
    distribution(site, "foo", "2.0");
    tree.folder(std::string(site) + "/~oo-1.0.dist-info");

    const std::string place = "/usr/local/lib/python3.11/dist-packages";
    EXPECT_THAT(
        taken().notes,
        ElementsAre(
            Note{NoteKind::duplicate, Domain::python, place, "foo", "1.0 and 2.0"},
            Note{NoteKind::interrupted_pip, Domain::python, place, "~oo-1.0.dist-info", ""}));
}

TEST_F(PythonInventory, TakesTheFoldersNameWhereMetadataAreDamaged) {
    tree.file(std::string(site) + "/foo-1.5.dist-info/METADATA", "Name: Foo\r\nSummary: x\r\n");
    tree.file(std::string(site) + "/bar-2.5.dist-info/METADATA");
    tree.file(std::string(site) + "/baz-1.dist-info/METADATA", "Name: baz\nVersion: 1\n");
    tree.file(std::string(site) + "/baz-1.dist-info/direct_url.json", "{\"url\": ");

    const Inventory inventory = taken();

    const std::string place = "/usr/local/lib/python3.11/dist-packages";
    EXPECT_EQ(named(inventory, Domain::python, "foo").version, "1.5");
    EXPECT_EQ(named(inventory, Domain::python, "bar").version, "2.5");
    EXPECT_THAT(
        inventory.notes,
        ElementsAre(
            Note{NoteKind::damaged, Domain::python, place, "bar", "bar-2.5.dist-info/METADATA"},
            Note{NoteKind::damaged, Domain::python, place, "baz", "direct_url.json"},
            Note{NoteKind::damaged, Domain::python, place, "foo", "foo-1.5.dist-info/METADATA"}));
}

TEST_F(PythonInventory, TakesNoFolderWithoutMetadataForADistribution) {
    tree.file(std::string(site) + "/foo-1.5.dist-info/RECORD", "foo.py,,\n");
    tree.folder(std::string(site) + "/bar-2.5.dist-info");

    EXPECT_THAT(taken().packages, IsEmpty());
}

TEST_F(PythonInventory, DoesNotFollowLinksInPlaceOfMetadata) {
    tree.file("elsewhere/METADATA", "Name: evil\nVersion: 6\n");
    tree.folder(site).link(std::string(site) + "/foo-1.0.dist-info", "/elsewhere");
    distribution(site, "bar", "1.0");
    tree.remove(std::string(site) + "/bar-1.0.dist-info/RECORD")
        .link(std::string(site) + "/bar-1.0.dist-info/RECORD", "/etc/passwd");

    const Inventory inventory = taken();

    const std::string place = "/usr/local/lib/python3.11/dist-packages";
    EXPECT_EQ(named(inventory, Domain::python, "foo").version, "1.0");
    EXPECT_EQ(named(inventory, Domain::python, "bar").record, "");
    EXPECT_THAT(
        inventory.notes,
        ElementsAre(Note{NoteKind::link, Domain::python, place, "bar", "RECORD"},
                    Note{NoteKind::link, Domain::python, place, "foo", "foo-1.0.dist-info"}));
}

TEST_F(PythonInventory, RefusesAHugeFileWithANote) {
    distribution(site, "foo", "1.0");
    tree.file(std::string(site) + "/foo-1.0.dist-info/direct_url.json",
              std::string(std::size_t{1} << 20U, ' '));

    const Inventory inventory = taken();

    ASSERT_EQ(inventory.notes.size(), 1U);
    EXPECT_EQ(inventory.notes[0].kind, NoteKind::too_large);
    EXPECT_EQ(inventory.notes[0].detail, "direct_url.json");
}

TEST_F(PythonInventory, SeesOtherBytesUnderTheSameVersion) {
    distribution(site, "foo", "1.0");
    const std::string before = taken().packages.at(0).record;
    tree.file(std::string(site) + "/foo-1.0.dist-info/RECORD", "foo/__init__.py,sha256=other,5\n");

    EXPECT_NE(taken().packages.at(0).record, before);
}

TEST_F(PythonInventory, TellsTheImagesFromTheSessionsByTheWatermark) {
    distribution(site, "foo", "1.0");
    const WallTime past{std::chrono::seconds(1'000'000'000)};
    const WallTime future{std::chrono::seconds(std::time(nullptr) + 3600)};

    EXPECT_EQ(taken({.home = "/root", .watermark = past}).packages.at(0).origin, Origin::session);
    EXPECT_EQ(taken({.home = "/root", .watermark = future}).packages.at(0).origin, Origin::image);
}

// A removal that was killed took something out of its folder.
TEST_F(PythonInventory, TellsTheImagesByTheirMetadataWhateverElseIsGone) {
    distribution(site, "foo", "1.0");
    const WallTime metadata = changed(std::string(site) + "/foo-1.0.dist-info/METADATA");
    while (changed(std::string(site) + "/foo-1.0.dist-info") <= metadata) {
        tree.file(std::string(site) + "/foo-1.0.dist-info/x")
            .remove(std::string(site) + "/foo-1.0.dist-info/x")
            .file(std::string(site) + "/x")
            .remove(std::string(site) + "/x");
    }
    const WallTime after = metadata + std::chrono::nanoseconds(1);

    EXPECT_EQ(taken({.home = "/root", .watermark = after}).packages.at(0).origin, Origin::image);
}

TEST_F(PythonInventory, AsksWhoKnowsBetterThanTheWatermark) {
    distribution(site, "foo", "1.0");
    distribution(site, "bar", "1.0");
    const Inventory inventory =
        taken({.home = "/root", .is_of_session = [](const std::string& metadata) {
                   return metadata.ends_with("/foo-1.0.dist-info");
               }});

    EXPECT_EQ(named(inventory, Domain::python, "foo").origin, Origin::session);
    EXPECT_EQ(named(inventory, Domain::python, "bar").origin, Origin::image);
}

TEST_F(PythonInventory, NamesInterpreters) {
    tree.file("usr/bin/python3.11")
        .file("usr/lib/python3.11/os.py")
        .file("usr/lib/python3.11/lib-dynload/_x.cpython-311-x86_64-linux-gnu.so")
        .folder("usr/lib/python3.9")
        .file("root/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
        .file("etc/os-release", "NAME=\"Debian\"\nID=debian\nVERSION_ID=\"12\"\n");

    const Base base = taken({.home = "/root", .fingerprint = "b3:1"}).base;

    EXPECT_EQ(base.os, "debian");
    EXPECT_EQ(base.os_version, "12");
    EXPECT_EQ(base.fingerprint, "b3:1");
    EXPECT_THAT(
        base.runtimes,
        ElementsAre(
            Runtime{"python", "/root/venv/bin/python", "3.11", ""},
            Runtime{"python", "/usr/bin/python3.11", "3.11", "cpython-311-x86_64-linux-gnu"}));
}

}  // namespace
}  // namespace envkeep::packages
