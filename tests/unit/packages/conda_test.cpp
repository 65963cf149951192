// SPDX-License-Identifier: MIT
#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CondaInventory : public Captured {
  protected:
    void package(const std::string& prefix, const std::string& file, std::string_view json) {
        tree.file(prefix + "/conda-meta/" + file + ".json", json);
    }
};

TEST_F(CondaInventory, TakesTheOutermostFields) {
    package("opt/conda",
            "numpy-1.26.0-py311h_0",
            R"({"build": "py311h_0", "channel": "https://conda.anaconda.org/conda-forge/linux-64",
                "files": ["\"name\": \"no", "{"], "link": {"name": "no", "version": "no"},
                "md5": "0123abcd", "name": "numpy", "requested_spec": "numpy",
                "url": "https://u:p@conda.anaconda.org/t/tk-1/conda-forge/linux-64/numpy.conda",
                "version": "1.26.0"})");
    package("opt/conda",
            "zlib-1.3-0",
            R"({"name": "zlib", "version": "1.3", "build": "0", "requested_spec": "None?",
                "requested_spec": "", "subdir": "linux-64", "fn": "zlib-1.3-0.conda",
                "channel": "https://host/main"})");
    tree.file("opt/conda/conda-meta/history", "==> 2026 <==\n")
        .file("opt/conda/conda-meta/pinned", "# kept\nnumpy 1.26.*\n");

    const Inventory inventory = taken();

    EXPECT_THAT(inventory.notes, IsEmpty());
    const Package numpy = named(inventory, Domain::conda, "numpy");
    EXPECT_EQ(numpy.place, "/opt/conda");
    EXPECT_EQ(numpy.version, "1.26.0");
    EXPECT_EQ(numpy.build, "py311h_0");
    EXPECT_EQ(numpy.asked, Asked::asked_for);
    EXPECT_EQ(numpy.url, "https://conda.anaconda.org/conda-forge/linux-64/numpy.conda");
    EXPECT_EQ(numpy.record, "0123abcd");
    EXPECT_TRUE(numpy.is_held);
    const Package zlib = named(inventory, Domain::conda, "zlib");
    EXPECT_EQ(zlib.url, "https://host/main/linux-64/zlib-1.3-0.conda");
    EXPECT_FALSE(zlib.is_held);
}

TEST_F(CondaInventory, NotesWhatAnInterruptedCondaLeft) {
    package("opt/conda", "a", R"({"name": "a", "version": "1"})");
    tree.file("opt/conda/conda-meta/b-1-0.json.c~").folder("opt/conda/.condatmp");

    EXPECT_THAT(
        taken().notes,
        ElementsAre(Note{NoteKind::interrupted_conda, Domain::conda, "/opt/conda", "", ".condatmp"},
                    Note{NoteKind::interrupted_conda,
                         Domain::conda,
                         "/opt/conda",
                         "",
                         "conda-meta/b-1-0.json.c~"}));
}

TEST_F(CondaInventory, FindsPrefixesByNameListAndVariable) {
    const std::string_view json = R"({"name": "a", "version": "1"})";
    package("root/miniforge3", "a", json);
    package("root/miniforge3/envs/one", "a", json);
    package("root/.conda/envs/two", "a", json);
    package("srv/listed", "a", json);
    package("srv/active", "a", json);
    tree.file("root/.conda/environments.txt", "/srv/listed\n/srv/gone\nrelative\n");
    variable("CONDA_PREFIX", "/srv/active");

    std::vector<std::string> places;
    for (const Package& package : taken().packages) {
        places.push_back(package.place);
    }
    EXPECT_THAT(places,
                ElementsAre("/root/.conda/envs/two",
                            "/root/miniforge3",
                            "/root/miniforge3/envs/one",
                            "/srv/active",
                            "/srv/listed"));
}

TEST_F(CondaInventory, NotesWhatIsDamaged) {
    package("opt/conda", "cut-1.0-0", R"({"name": "cut", "version": "1.0", "files": ["a)");
    package("opt/conda", "empty-1.0-0", "");
    package("opt/conda", "nameless-1.0-0", R"({"version": "1.0"})");

    EXPECT_THAT(
        taken().notes,
        ElementsAre(
            Note{NoteKind::damaged, Domain::conda, "/opt/conda", "cut", "cut-1.0-0.json"},
            Note{NoteKind::damaged, Domain::conda, "/opt/conda", "empty-1.0-0", "empty-1.0-0.json"},
            Note{NoteKind::damaged,
                 Domain::conda,
                 "/opt/conda",
                 "nameless-1.0-0",
                 "nameless-1.0-0.json"}));
}

TEST_F(CondaInventory, NotesPipsCopyOverCondas) {
    package("opt/conda", "numpy-1.26.0-0", R"({"name": "numpy", "version": "1.26.0"})");
    package("opt/conda", "six-1-0", R"({"name": "six", "version": "1"})");
    const std::string site = "opt/conda/lib/python3.11/site-packages";
    distribution(site, "numpy", "2.0", "pip");
    distribution(site, "six", "1", "conda");

    EXPECT_THAT(taken().notes,
                ElementsAre(Note{
                    NoteKind::shadowed, Domain::conda, "/opt/conda", "numpy", "2.0 over 1.26.0"}));
}

TEST_F(CondaInventory, SaysThatDistributionsAreCondas) {
    tree.folder("opt/conda/conda-meta");
    const std::string site = "opt/conda/lib/python3.11/site-packages";
    distribution(site, "six", "1", "conda");
    tree.file(site + "/six-1.dist-info/direct_url.json",
              R"({"url": "file:///home/conda/feedstock_root/build_artifacts/six"})");
    tree.file(site + "/old-1.egg-info/PKG-INFO", "Name: old\nVersion: 1\n");

    const Inventory inventory = taken();

    EXPECT_EQ(named(inventory, Domain::python, "six").installer, "conda");
    EXPECT_EQ(named(inventory, Domain::python, "six").url, "");
    EXPECT_EQ(named(inventory, Domain::python, "old").installer, "conda");
}

}  // namespace
}  // namespace envkeep::packages
