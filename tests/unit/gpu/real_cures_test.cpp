// SPDX-License-Identifier: MIT
#include "captured_machine.hpp"
#include "envkeep/posix/processes.hpp"
#include "gpu/cures.hpp"
#include "gpu/observations.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <filesystem>

// Commands that are told, run as they are with this machine's own Python and pip.
namespace envkeep::gpu {
namespace {

using ::testing::HasSubstr;

// Debian's, of the packages python3-venv and python3-pip.
const std::string base = "/usr/bin/python3";

class ARealEnvironment : public ::testing::Test {
  protected:
    ARealEnvironment() {
        EXPECT_TRUE(run("mkdir home wheels && " + base + " -m venv --without-pip env").is_well());
        for (const std::string version : {"2.4.1+cpu", "2.4.1+cu124"}) {
            make_torch(version);
        }
    }

    // In a shell, with a folder of wheels in place of every index.
    [[nodiscard]] system::CommandEnd run(const std::string& command) const {
        return posix::Processes()
            .run({.words = {"/bin/sh", "-c", "cd " + tree.path() + " && " + command},
                  .environment = {"PATH=/usr/bin:/bin",
                                  "HOME=" + tree / "home",
                                  "PIP_NO_INDEX=1",
                                  "PIP_FIND_LINKS=" + tree / "wheels"},
                  .limit = std::chrono::minutes(2)})
            .value();
    }

    void make_torch(const std::string& version) {
        tree.file(
            "make.py",
            "import sys, zipfile\n"
            "info = f'torch-{sys.argv[1]}.dist-info/'\n"
            "files = {'torch/__init__.py': '',\n"
            "         'torch/version.py': f\"__version__ = '{sys.argv[1]}'\\ncuda = None\\n\",\n"
            "         info + 'METADATA': 'Metadata-Version: 2.1\\nName: torch\\n'\n"
            "                            f'Version: {sys.argv[1]}\\n',\n"
            "         info + 'WHEEL': 'Wheel-Version: 1.0\\nGenerator: x\\n'\n"
            "                         'Root-Is-Purelib: true\\nTag: py3-none-any\\n'}\n"
            "files[info + 'RECORD'] = ''.join(f'{name},,\\n' for name in files)\n"
            "name = f'wheels/torch-{sys.argv[1]}-py3-none-any.whl'\n"
            "with zipfile.ZipFile(name, 'w') as wheel:\n"
            "    for name, text in files.items():\n"
            "        wheel.writestr(name, text)\n");
        const system::CommandEnd end = run(base + " make.py " + version);
        EXPECT_TRUE(end.is_well()) << end.output;
    }

    void runs_well(const std::string& command) const {
        const system::CommandEnd end = run(command);
        EXPECT_TRUE(end.is_well()) << command << '\n' << end.output;
    }

    // As a kernel of that environment is looked at.
    [[nodiscard]] NotebookPython notebook() const {
        python::Folders folders(machine);
        NotebookPython all{.environment = folders.environment_of(tree / "env/bin/python"),
                           .launch = {.variables = {{"PATH", "/usr/bin:/bin"}},
                                      .working_folder = tree.path(),
                                      .passwd_home = tree / "home"}};
        all.path = python::module_path(folders, all.environment, all.launch);
        for (const python::PathEntry& entry : all.path.entries) {
            for (python::Distribution& one : python::distributions_in(folders, entry.folder)) {
                all.distributions.push_back(std::move(one));
            }
        }
        all.installer = observe_installer(folders, all);
        all.frameworks = frameworks_of(folders, all);
        look_into_modules(folders, all, true);
        return all;
    }

    [[nodiscard]] std::vector<std::string> torches() const {
        std::vector<std::string> found;
        for (const python::Distribution& one : notebook().distributions) {
            if (one.name == "torch") {
                found.push_back(one.version);
            }
        }
        return found;
    }

    testing::TempTree tree;
    posix::Inspector machine;
};

TEST_F(ARealEnvironment, WithoutPipIsInstalledIntoByThePipThatIsHere) {
    ASSERT_EQ(notebook().installer.kind, InstallerKind::ensurepip);
    runs_well(pip_install(notebook(), {"torch==2.4.1+cpu"}));
    EXPECT_THAT(torches(), ::testing::ElementsAre("2.4.1+cpu"));
    EXPECT_EQ(notebook().installer.kind, InstallerKind::pip);

    // Which pip itself can neither remove nor renew then.
    const std::string metadata = notebook().framework("torch")->installed->path;
    std::filesystem::remove(metadata + "/RECORD");
    const system::CommandEnd refused =
        run(tree / "env/bin/python" + " -m pip install torch==2.4.1+cu124");
    EXPECT_FALSE(refused.is_well());
    EXPECT_THAT(refused.output, HasSubstr("RECORD"));

    const Facts facts = testing::CapturedMachine().facts();
    const model::Fix fix = right_torch(facts, notebook(), built_in_compat_data());
    ASSERT_EQ(fix.commands.size(), 2U);
    for (const std::string& command : fix.commands) {
        runs_well(command);
    }
    EXPECT_THAT(torches(), ::testing::ElementsAre("2.4.1+cu124"));

    std::filesystem::remove(notebook().framework("torch")->installed->path + "/RECORD");
    runs_well(pip_uninstall(notebook(), {"torch"}));
    EXPECT_EQ(notebook().framework("torch"), nullptr);
    EXPECT_THAT(torches(), ::testing::IsEmpty());
}

TEST_F(ARealEnvironment, WithoutPipIsInstalledIntoByThePipOfAnother) {
    NotebookPython without = notebook();
    without.installer = {.kind = InstallerKind::other_pip, .program = "/usr/bin/pip3"};
    runs_well(pip_install(without, {"torch==2.4.1+cpu"}));
    EXPECT_THAT(torches(), ::testing::ElementsAre("2.4.1+cpu"));

    without = notebook();
    without.installer = {.kind = InstallerKind::other_pip, .program = "/usr/bin/pip3"};
    runs_well(pip_uninstall(without, {"torch"}));
    EXPECT_THAT(torches(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
