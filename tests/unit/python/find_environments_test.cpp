// SPDX-License-Identifier: MIT
#include "envkeep/python/find_environments.hpp"

#include "unit/python/captured.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class FoundPythons : public Captured {
  protected:
    FoundPythons() {
        install("usr", "3.11", debian_site);
        search.home = "/root";
        search.path = "/root/.pyenv/shims:relative:/usr/local/bin:/usr/bin";
    }

    void virtual_environment(const std::string& folder, const std::string& base = "/usr/bin") {
        tree.link(folder + "/bin/python", "python3")
            .link(folder + "/bin/python3", base + "/python3")
            .file(folder + "/pyvenv.cfg", "home = " + base + "\nversion = 3.11.2\n");
    }

    FoundEnvironments found() {
        Folders folders(machine());
        return find_environments(folders, search);
    }

    // "PROGRAM (BECAUSE)" of each.
    std::vector<std::string> told() {
        std::vector<std::string> lines;
        for (const FoundEnvironment& one : found().environments) {
            lines.push_back(one.environment.program + " (" + one.because + ')');
        }
        return lines;
    }

    EnvironmentSearch search;
};

TEST_F(FoundPythons, AreEachToldOnceInTheirOrder) {
    tree.file("usr/bin/python3.10", "ELF", 0755)
        .file("usr/lib/python3.10/os.py")
        .link("usr/local/bin/python3", "/usr/bin/python3.11")
        .file("root/.pyenv/shims/python3", "#!/bin/sh\n", 0755)
        .file("root/.pyenv/shims/python3.12", "#!/bin/sh\n", 0755)
        .folder("opt/conda/conda-meta")
        .file("root/.conda/environments.txt", "/opt/conda\n/storage/env\nrelative\n\n");
    install("opt/conda", "3.12");
    install("opt/conda/envs/train", "3.9");
    install("storage/env", "3.8");
    install("root/.pyenv/versions/3.13.0", "3.13");
    virtual_environment("root/.venv");
    virtual_environment("root/.virtualenvs/one");
    search.programs = {{.path = "/opt/conda/bin/python3", .because = "kernel python3"},
                       {.path = "/opt/gone/bin/python", .because = "kernel old"}};

    EXPECT_THAT(told(),
                ElementsAre("/opt/conda/bin/python3 (kernel python3)",
                            "/opt/gone/bin/python (kernel old)",
                            "/usr/local/bin/python3 (PATH)",
                            "/usr/bin/python3.10 (PATH)",
                            "/opt/conda/envs/train/bin/python3 (/opt/conda/envs/train)",
                            "/root/.pyenv/versions/3.13.0/bin/python3 "
                            "(/root/.pyenv/versions/3.13.0)",
                            "/storage/env/bin/python3 (/root/.conda/environments.txt)",
                            "/root/.venv/bin/python3 (/root/.venv)",
                            "/root/.virtualenvs/one/bin/python3 (/root/.virtualenvs/one)"));
}

TEST_F(FoundPythons, AreLookedForTwoLevelsBelowWorkFolders) {
    virtual_environment("notebooks/.venv");
    virtual_environment("notebooks/project/venv");
    virtual_environment("notebooks/a/b/too-deep");
    virtual_environment("notebooks/node_modules/venv");
    virtual_environment("data/here");
    tree.link("notebooks/linked", "/data").link("notebooks/loop", ".");
    search.work_folders = {"/notebooks"};
    search.more = {"/data/here", "relative", "/none"};

    EXPECT_THAT(told(),
                ElementsAre("/usr/bin/python3 (PATH)",
                            "/notebooks/.venv/bin/python3 (/notebooks/.venv)",
                            "/notebooks/project/venv/bin/python3 (/notebooks/project/venv)",
                            "/data/here/bin/python3 (/data/here)"));
}

TEST_F(FoundPythons, AreLookedForDeeperWhereThatIsWished) {
    virtual_environment("notebooks/a/b/deep");
    search.work_folders = {"/notebooks"};
    EXPECT_THAT(told(), Not(Contains("/notebooks/a/b/deep/bin/python3 (/notebooks/a/b/deep)")));

    search.levels = 5;
    EXPECT_THAT(told(), Contains("/notebooks/a/b/deep/bin/python3 (/notebooks/a/b/deep)"));
}

TEST_F(FoundPythons, ThatAreBrokenAreToldToo) {
    virtual_environment("root/venv", "/opt/gone/bin");

    const FoundEnvironment last = found().environments.back();

    EXPECT_EQ(last.because, "/root/venv");
    EXPECT_THAT(last.environment.faults,
                ElementsAre(Fault::program_missing, Fault::library_missing, Fault::home_missing));
}

TEST_F(FoundPythons, HaveAnEndThatIsSaid) {
    for (int i = 0; i < 30; ++i) {
        tree.folder("notebooks/" + std::to_string(i));
    }
    search.work_folders = {"/notebooks", "/usr"};
    search.most_folders = 10;

    // Each place once, however many folders are left below it.
    EXPECT_THAT(found().not_searched, ElementsAre("/notebooks", "/usr"));
    search.most_folders = 2000;
    EXPECT_THAT(found().not_searched, IsEmpty());
}

TEST_F(FoundPythons, BeyondTheMostThatAreToldAreSaidToBeLeftOut) {
    virtual_environment("notebooks/a");
    virtual_environment("notebooks/b");
    search.work_folders = {"/notebooks"};
    search.most_environments = 2;

    EXPECT_EQ(told().size(), 2);
    EXPECT_THAT(found().not_searched, ElementsAre("/notebooks/b"));
}

TEST_F(FoundPythons, AreTheSameUnderEachNameInAFolder) {
    tree.link("usr/local/bin/python3", "/usr/bin/python3.11").link("usr/bin/gone", "nowhere");
    virtual_environment("root/.venv");
    Folders folders(machine());

    for (const std::string program : {"/usr/bin/python3.11",
                                      "/usr/bin/python3",
                                      "/usr/bin/python",
                                      "/usr/bin/gone",
                                      "/usr/local/bin/python3",
                                      "/root/.venv/bin/python3",
                                      "/root/.venv/bin/python"}) {
        EXPECT_EQ(folders.environment_of(program), environment(program)) << program;
    }
}

}  // namespace
}  // namespace envkeep::python
