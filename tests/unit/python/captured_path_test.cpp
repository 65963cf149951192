// SPDX-License-Identifier: MIT
#include "envkeep/python/module_path.hpp"
#include "unit/python/captured.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CapturedModulePath : public Captured {
  protected:
    static Launch notebook() {
        return {.arguments = {"-m", "ipykernel_launcher", "-f", "kernel.json"},
                .variables = {{"HOME", "/root"}},
                .working_folder = "/notebooks",
                .passwd_home = "/root"};
    }

    ModulePath path_of(const std::string& program, const Launch& launch) {
        const Environment found = environment(program);
        Folders folders(machine());
        return module_path(folders, found, launch);
    }

    std::vector<std::string> texts(const std::string& program, const Launch& launch) {
        std::vector<std::string> texts;
        for (const PathEntry& entry : path_of(program, launch).entries) {
            texts.push_back(entry.text);
        }
        return texts;
    }
};

TEST_F(CapturedModulePath, OfANotebookOnDeadsnakes) {
    install("usr", "3.11", debian_site);
    tree.folder("usr/local/lib/python3.11/dist-packages")
        .folder("usr/lib/python3/dist-packages")
        .folder("usr/lib/python3.11/dist-packages")
        .folder("root/.local/lib/python3.11/site-packages");

    const ModulePath path = path_of("/usr/bin/python3", notebook());

    const auto entry = [](std::string text, std::string folder, PathKind kind) {
        return PathEntry{
            .text = std::move(text), .folder = std::move(folder), .kind = kind, .path_file = {}};
    };
    const auto same = [&](const std::string& folder, PathKind kind) {
        return entry(folder, folder, kind);
    };
    EXPECT_THAT(path.entries,
                ElementsAre(same("/usr/lib/python311.zip", PathKind::standard_library),
                            same("/usr/lib/python3.11", PathKind::standard_library),
                            same("/usr/lib/python3.11/lib-dynload", PathKind::standard_library),
                            entry("", "/notebooks", PathKind::working_folder),
                            same("/root/.local/lib/python3.11/site-packages", PathKind::user_site),
                            same("/usr/local/lib/python3.11/dist-packages", PathKind::site),
                            same("/usr/lib/python3/dist-packages", PathKind::site),
                            same("/usr/lib/python3.11/dist-packages", PathKind::site)));
}

// Where its pip installs as root; not where the user's own packages are switched off.
TEST_F(CapturedModulePath, OnFedoraHasThoseOfUsrLocalFirst) {
    tree.file("usr/bin/python3.13", "ELF", 0755)
        .link("usr/bin/python3", "python3.13")
        .file("usr/lib64/python3.13/os.py")
        .file("usr/lib64/python3.13/site.py",
              "    if ENABLE_USER_SITE and 'RPM_BUILD_ROOT' not in os.environ:\n"
              "        PREFIXES.insert(0, \"/usr/local\")\n")
        .folder("usr/lib64/python3.13/lib-dynload")
        .folder("usr/lib64/python3.13/site-packages")
        .folder("usr/lib/python3.13/site-packages")
        .folder("usr/local/lib64/python3.13/site-packages")
        .folder("usr/local/lib/python3.13/site-packages");
    Launch launch = notebook();
    const std::vector<std::string> standard{
        "/usr/lib64/python313.zip", "/usr/lib64/python3.13", "/usr/lib64/python3.13/lib-dynload"};
    const auto with = [&](std::vector<std::string> sites) {
        sites.insert(sites.begin(), "");
        sites.insert(sites.begin(), standard.begin(), standard.end());
        return sites;
    };

    EXPECT_EQ(texts("/usr/bin/python3", launch),
              with({"/usr/local/lib64/python3.13/site-packages",
                    "/usr/local/lib/python3.13/site-packages",
                    "/usr/lib64/python3.13/site-packages",
                    "/usr/lib/python3.13/site-packages"}));
    launch.variables["PYTHONNOUSERSITE"] = "1";
    EXPECT_EQ(texts("/usr/bin/python3", launch),
              with({"/usr/lib64/python3.13/site-packages", "/usr/lib/python3.13/site-packages"}));
}

TEST_F(CapturedModulePath, OfANotebookInCondaHasTheUsersPackagesFirst) {
    install("opt/conda", "3.12");
    tree.folder("opt/conda/conda-meta")
        .folder("opt/conda/lib/python3.12/site-packages")
        .folder("root/.local/lib/python3.12/site-packages");
    Launch launch = notebook();

    EXPECT_THAT(texts("/opt/conda/bin/python3", launch),
                ElementsAre("/opt/conda/lib/python312.zip",
                            "/opt/conda/lib/python3.12",
                            "/opt/conda/lib/python3.12/lib-dynload",
                            "",
                            "/root/.local/lib/python3.12/site-packages",
                            "/opt/conda/lib/python3.12/site-packages"));

    launch.has_one_identity = false;
    EXPECT_THAT(texts("/opt/conda/bin/python3", launch),
                ElementsAre("/opt/conda/lib/python312.zip",
                            "/opt/conda/lib/python3.12",
                            "/opt/conda/lib/python3.12/lib-dynload",
                            "",
                            "/opt/conda/lib/python3.12/site-packages"));
}

TEST_F(CapturedModulePath, OfANotebookOfOldKeepsItsFolderFirst) {
    install("usr", "3.11", debian_site);
    tree.file("usr/lib/python3/dist-packages/ipykernel_launcher.py",
              "    if sys.path[0] == \"\":\n        del sys.path[0]\n");
    const std::string library = "/usr/lib/python3.11";

    // As ipykernel 6.17 of Debian 12 prints it.
    EXPECT_THAT(texts("/usr/bin/python3", notebook()),
                ElementsAre("/notebooks",
                            "/usr/lib/python311.zip",
                            library,
                            library + "/lib-dynload",
                            "",
                            "/usr/lib/python3/dist-packages"));
}

TEST_F(CapturedModulePath, OfANotebookWithoutSitesBeginsWithItsFolder) {
    install("opt/conda", "3.12");
    Launch launch = notebook();
    launch.arguments = {"-P", "-S", "-m", "ipykernel_launcher"};

    EXPECT_EQ(texts("/opt/conda/bin/python3", launch).front(), "");
}

TEST_F(CapturedModulePath, OfDebiansOldPythonsAsksForVirtualEnv) {
    install("usr", "3.8", "\"dist-packages\" if 'VIRTUAL_ENV' in os.environ or");
    tree.folder("usr/lib/python3.8/site-packages").folder("usr/lib/python3/dist-packages");
    Launch launch = notebook();
    launch.arguments = {"-I", "run.py"};
    const std::string library = "/usr/lib/python3.8";

    EXPECT_THAT(texts("/usr/bin/python3", launch),
                ElementsAre("/usr/lib/python38.zip",
                            library,
                            library + "/lib-dynload",
                            "/usr/lib/python3/dist-packages"));
    launch.variables["VIRTUAL_ENV"] = "/root/venv";
    EXPECT_THAT(texts("/usr/bin/python3", launch),
                ElementsAre("/usr/lib/python38.zip",
                            library,
                            library + "/lib-dynload",
                            library + "/site-packages",
                            "/usr/lib/python3/dist-packages"));
}

TEST_F(CapturedModulePath, SaysWhichLineBroughtAFolderAndWhichIsCode) {
    install("opt/conda", "3.12");
    const std::string site = "/opt/conda/lib/python3.12/site-packages";
    tree.folder("notebooks/mine")
        .file(site.substr(1) + "/easy-install.pth", "# \n/notebooks/mine\nimport sys; x = 1\n")
        .file(site.substr(1) + "/huge.pth", std::string((1U << 20U) + 1, '#'))
        .link(site.substr(1) + "/loop.pth", "loop.pth");

    const ModulePath path = path_of("/opt/conda/bin/python3", notebook());

    EXPECT_EQ(path.entries.back(),
              (PathEntry{.text = "/notebooks/mine",
                         .folder = "/notebooks/mine",
                         .kind = PathKind::path_file,
                         .path_file = site + "/easy-install.pth",
                         .line = 2}));
    EXPECT_THAT(
        path.code,
        ElementsAre(CodeLine{
            .path_file = site + "/easy-install.pth", .line = 3, .text = "import sys; x = 1"}));
    EXPECT_THAT(path.unread, ElementsAre(site + "/huge.pth", site + "/loop.pth"));
}

TEST_F(CapturedModulePath, IsEmptyWhereTheVersionIsUnknown) {
    EXPECT_THAT(path_of("/none", notebook()).entries, IsEmpty());
    EXPECT_EQ(user_site_of(environment("/none"), notebook()), "");
}

TEST_F(CapturedModulePath, HasAnEnd) {
    install("opt/conda", "3.12");
    std::string lines;
    for (int i = 0; i < 30000; ++i) {
        lines += "/opt/" + std::string(static_cast<std::size_t>(i % 50), '/') + "conda\n";
    }
    Launch launch = notebook();
    launch.variables["PYTHONPATH"] = std::string(30000, ':');
    tree.file("opt/conda/lib/python3.12/site-packages/many.pth", lines);

    EXPECT_LT(path_of("/opt/conda/bin/python3", launch).entries.size(), 20U);
}

}  // namespace
}  // namespace envkeep::python
