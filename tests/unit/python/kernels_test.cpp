// SPDX-License-Identifier: MIT
#include "envkeep/python/kernels.hpp"

#include "envkeep/python/folders.hpp"
#include "python/jupyter_rules.hpp"
#include "unit/python/captured.hpp"
#include "unit/python/real_python.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Kernels : public Captured {
  protected:
    Kernels() {
        install("usr", "3.11", debian_site);
        launch.variables = {{"HOME", "/root"}, {"PATH", "/usr/local/bin:/usr/bin"}};
        launch.working_folder = "/";
    }

    void kernel(const std::string& folder, const std::string& text) {
        tree.file(folder + "/kernel.json", text);
    }

    static std::string starting(const std::string& program) {
        return "{\"argv\": [\"" + program + "\", \"-m\", \"ipykernel_launcher\"]}";
    }

    Server server(const std::string& program = "/usr/bin/python3") {
        return {.environment = environment(program), .launch = launch, .because = {}};
    }

    std::vector<Kernel> kernels(const std::string& program = "/usr/bin/python3") {
        const Server one = server(program);
        Folders folders(machine());
        return find_kernels(folders, one);
    }

    // "FOLDER: PROGRAM" of each, with "!" behind the winners.
    std::vector<std::string> told(const std::string& program = "/usr/bin/python3") {
        std::vector<std::string> lines;
        for (const Kernel& one : kernels(program)) {
            lines.push_back(one.folder + ": " + one.program + (one.wins ? "!" : ""));
        }
        return lines;
    }

    Launch launch;
};

TEST_F(Kernels, OfTheUserHideThoseOfTheImage) {
    kernel("usr/share/jupyter/kernels/python3", starting("python"));
    kernel("usr/local/share/jupyter/kernels/Python3", starting("/usr/bin/python3.11"));
    kernel("root/.local/share/jupyter/kernels/python3", starting("/usr/bin/python3.9"));
    kernel("root/.local/share/jupyter/kernels/ir", starting("R"));
    kernel("root/.ipython/kernels/old", starting("/opt/old/bin/python"));
    tree.folder("usr/share/jupyter/kernels/empty");

    EXPECT_THAT(told(),
                ElementsAre("/root/.local/share/jupyter/kernels/ir: !",
                            "/root/.local/share/jupyter/kernels/python3: /usr/bin/python3.9!",
                            "/usr/local/share/jupyter/kernels/Python3: /usr/bin/python3.11",
                            "/usr/share/jupyter/kernels/python3: /usr/bin/python3",
                            "/root/.ipython/kernels/old: /opt/old/bin/python!"));
}

TEST_F(Kernels, ThatNameAPythonStartTheServersOwn) {
    install("opt/conda", "3.12");
    kernel("usr/share/jupyter/kernels/a", starting("python"));
    kernel("usr/share/jupyter/kernels/b", starting("python3.12"));
    kernel("usr/share/jupyter/kernels/c", starting("python3.11"));
    kernel("usr/share/jupyter/kernels/d", starting("./bin/python"));

    EXPECT_THAT(told("/opt/conda/bin/python3"),
                ElementsAre("/usr/share/jupyter/kernels/a: /opt/conda/bin/python3!",
                            "/usr/share/jupyter/kernels/b: /opt/conda/bin/python3!",
                            "/usr/share/jupyter/kernels/c: /usr/bin/python3.11!",
                            "/usr/share/jupyter/kernels/d: /bin/python!"));
}

// jupyter_client puts in the kernelspec's own folder and the server's sys.prefix.
TEST_F(Kernels, MayNameAProgramBesideTheKernelspec) {
    kernel("usr/share/jupyter/kernels/beside", starting("{resource_dir}/start.sh"));
    kernel("usr/share/jupyter/kernels/other", starting("{prefix}/bin/python3.11"));

    EXPECT_THAT(told(),
                ElementsAre("/usr/share/jupyter/kernels/beside: "
                            "/usr/share/jupyter/kernels/beside/start.sh!",
                            "/usr/share/jupyter/kernels/other: /usr/bin/python3.11!"));
}

TEST_F(Kernels, HaveJupytersOwnWhereNoOtherIs) {
    tree.file("usr/lib/python3/dist-packages/ipykernel/__init__.py")
        .file("usr/lib/python3/dist-packages/ipykernel/kernelspec.py");

    const std::vector<Kernel> found = kernels();

    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].is_native);
    EXPECT_EQ(found[0].name, "python3");
    EXPECT_EQ(found[0].program, "/usr/bin/python3");
    EXPECT_EQ(found[0].arguments.at(2), "ipykernel_launcher");
}

TEST_F(Kernels, ThatCannotBeReadAreTold) {
    kernel("usr/share/jupyter/kernels/a", "{\"argv\": ");
    kernel("usr/share/jupyter/kernels/b", "{\"argv\": []}");

    for (const Kernel& one : kernels()) {
        EXPECT_FALSE(one.is_readable) << one.name;
    }
    EXPECT_EQ(kernels().size(), 2U);
}

TEST_F(Kernels, OfAVirtualEnvironmentThatTheUserOwnsComeFirst) {
    tree.link("root/venv/bin/python", "/usr/bin/python3")
        .file("root/venv/pyvenv.cfg",
              "home = /usr/bin\nversion = 3.11\n"
              "include-system-site-packages = false\n");
    const auto first = [&](std::uint32_t uid) {
        Server one = server("/root/venv/bin/python");
        one.uid = uid;
        return kernel_folders(machine(), one).front();
    };
    const std::uint32_t owner = machine().node("/root/venv")->uid;

    EXPECT_EQ(first(owner), "/root/venv/share/jupyter/kernels");
    EXPECT_EQ(first(owner + 1), "/root/.local/share/jupyter/kernels");
    launch.variables["JUPYTER_PREFER_ENV_PATH"] = "No";
    EXPECT_EQ(first(owner), "/root/.local/share/jupyter/kernels");
}

TEST_F(Kernels, OfACondaEnvironmentComeFirstIfItIsNotTheBase) {
    install("opt/conda/envs/a", "3.12");
    launch.variables["CONDA_PREFIX"] = "/opt/conda/envs/a";
    const auto first = [&] {
        Server one = server("/opt/conda/envs/a/bin/python3");
        one.uid = machine().node("/opt")->uid;
        return kernel_folders(machine(), one).front();
    };

    EXPECT_EQ(first(), "/root/.local/share/jupyter/kernels");
    launch.variables["CONDA_DEFAULT_ENV"] = "a";
    EXPECT_EQ(first(), "/opt/conda/envs/a/share/jupyter/kernels");
}

TEST_F(Kernels, BecomeAProcessWithTheirVariablesOverTheServers) {
    kernel("usr/share/jupyter/kernels/a",
           R"({"argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
               "display_name": "A", "language": "python",
               "env": {"PATH": "/opt/bin:${PATH}", "HOME": "$NONE/$$", "N": 1}})");
    launch.variables["PYTHONEXECUTABLE"] = "/none";
    const Kernel one = kernels().at(0);

    const Launch started = launch_of(one, server(), "/notebooks");

    EXPECT_EQ(one.display_name, "A");
    EXPECT_EQ(started.working_folder, "/notebooks");
    EXPECT_THAT(started.arguments,
                ElementsAre("-m", "ipykernel_launcher", "-f", "{connection_file}"));
    EXPECT_EQ(started.variables,
              (std::map<std::string, std::string>{{"HOME", "$NONE/$"},
                                                  {"PATH", "/opt/bin:/usr/local/bin:/usr/bin"}}));
}

TEST_F(Kernels, AreOfTheServerThatPathWouldStart) {
    install("opt/conda", "3.12");
    tree.file("usr/local/bin/jupyter", "#!/opt/conda/bin/python3\n", 0755)
        .file("usr/bin/jupyter-lab", "#!/usr/bin/python3\n", 0644)
        .file("usr/bin/jupyter-notebook",
              "\x7f"
              "ELF",
              0755);
    Folders folders(machine());

    const auto found = server_on_path(folders, launch, 0);

    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->environment.program, "/opt/conda/bin/python3");
    EXPECT_EQ(found->because, "/usr/local/bin/jupyter");
    launch.variables["PATH"] = "/usr/bin";
    EXPECT_EQ(server_on_path(folders, launch, 0), std::nullopt);
}

TEST(Substitution, IsThatOfPythonsTemplates) {
    const std::map<std::string, std::string> variables{{"A", "1"}, {"A_b", "2"}};

    EXPECT_EQ(substituted("$A ${A} $A_b $$A $ ${ ${A ${B} $B $1 x$", variables),
              "1 1 2 $A $ ${ ${A ${B} $B $1 x$");
}

// What the Jupyter of this machine says: Debian's, and those of other interpreters.
class RealKernels : public ::testing::Test {
  protected:
    RealKernels() {
        launch.variables = {{"HOME", tree / "home"}, {"PATH", "/usr/bin"}};
        for (const char* const name : {"PYTHONPATH", "LD_LIBRARY_PATH"}) {
            if (const char* const value = std::getenv(name); value != nullptr) {
                launch.variables[name] = value;
            }
        }
        launch.working_folder = tree.path();
        tree.folder("home");
        for (const std::string& program : real_pythons()) {
            const auto printed = printed_by(program,
                                            launch,
                                            "try:\n from jupyter_client import kernelspec\n"
                                            " import ipykernel\n print('yes')\n"
                                            "except ImportError: print('no')");
            if (printed == std::vector<std::string>{"yes"}) {
                programs.push_back(program);
            }
        }
    }

    testing::TempTree tree;
    Launch launch;
    std::vector<std::string> programs;
};

TEST_F(RealKernels, AreLookedForWhereJupyterLooks) {
    ASSERT_FALSE(programs.empty()) << "cmake/dependencies.sh installs Debian's Jupyter";
    const posix::Inspector machine;
    for (const std::string& program : programs) {
        for (const auto& [name, value] :
             std::vector<std::pair<std::string, std::string>>{{"A", ""},
                                                              {"JUPYTER_PATH", "/a/:/b"},
                                                              {"JUPYTER_DATA_DIR", "/data"},
                                                              {"XDG_DATA_HOME", "/xdg"},
                                                              {"JUPYTER_PREFER_ENV_PATH", "1"},
                                                              {"JUPYTER_PREFER_ENV_PATH", ""},
                                                              {"JUPYTER_PREFER_ENV_PATH", "Off"},
                                                              {"PYTHONUSERBASE", "/base"},
                                                              {"PYTHONNOUSERSITE", "1"},
                                                              {"IPYTHONDIR", tree / "ipython"}}) {
            SCOPED_TRACE(program + ' ' + name + '=' + value);
            Launch one = launch;
            one.variables[name] = value;
            const std::vector<std::string> truth =
                printed_by(program,
                           one,
                           "import os\nfrom jupyter_client.kernelspec import KernelSpecManager\n"
                           "dirs = KernelSpecManager().kernel_dirs\n"
                           "for d in dict.fromkeys(map(os.path.normpath, dirs)): print(d)");
            EXPECT_EQ(kernel_folders(machine,
                                     {.environment = Folders(machine).environment_of(program),
                                      .launch = one,
                                      .because = {}}),
                      truth);
        }
    }
}

}  // namespace
}  // namespace envkeep::python
