// SPDX-License-Identifier: MIT
#include "envkeep/python/interpreter.hpp"

#include "envkeep/posix/machine.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace envkeep::python {
namespace {

// A captured machine: what stands below `tree` is its root.
class DefaultInterpreter : public ::testing::Test {
  protected:
    void variable(const std::string& name, const std::string& value) {
        variables_.push_back(name + "=" + value);
    }

    // An interpreter as Debian installs it: python3 is a link to python3.11.
    void install(const std::string& prefix, const std::string& version) {
        tree.file(prefix + "/bin/python" + version, "ELF", 0755)
            .link(prefix + "/bin/python3", "python" + version)
            .file(prefix + "/lib/python" + version + "/os.py");
    }

    void kernel(const std::string& folder, const std::string& program) {
        tree.file(folder + "/kernels/python3/kernel.json",
                  "{\"argv\": [\"" + program +
                      "\", \"-m\", \"ipykernel_launcher\", \"-f\", \"{connection_file}\"], "
                      "\"display_name\": \"Python 3\", \"language\": \"python\"}");
    }

    std::optional<Interpreter> found(const std::string& kept_home = {}) {
        std::vector<const char*> pointers;
        for (const std::string& one : variables_) {
            pointers.push_back(one.c_str());
        }
        pointers.push_back(nullptr);
        const auto machine = posix::Machine::captured(tree.path(), pointers.data());
        return default_interpreter(machine.value(), "/root", kept_home);
    }

    void expect(const std::string& path, const std::string& version, const std::string& because) {
        const auto interpreter = found();
        ASSERT_TRUE(interpreter.has_value());
        EXPECT_EQ(interpreter->path, path);
        EXPECT_EQ(interpreter->version, version);
        EXPECT_EQ(interpreter->because, because);
    }

    testing::TempTree tree;

  private:
    std::vector<std::string> variables_;
};

TEST_F(DefaultInterpreter, IsTheOneThatTheKernelspecNames) {
    install("usr", "3.11");
    install("opt/python39", "3.9");
    kernel("usr/local/share/jupyter", "/opt/python39/bin/python3");
    variable("PATH", "/usr/bin");

    expect("/opt/python39/bin/python3.9",
           "3.9",
           "kernelspec /usr/local/share/jupyter/kernels/python3");
}

TEST_F(DefaultInterpreter, IsThatOnPathWhereThereIsNoKernelspec) {
    install("usr", "3.11");
    variable("PATH", "relative:/usr/local/bin:/usr/bin");

    expect("/usr/bin/python3.11", "3.11", "PATH");
}

TEST_F(DefaultInterpreter, IsBehindAWrapperScriptThatTellsNoVersion) {
    install("usr", "3.11");
    tree.file("opt/shims/python3", "#!/bin/sh\n", 0755);
    variable("PATH", "/opt/shims:/usr/bin");

    expect("/usr/bin/python3.11", "3.11", "PATH");
}

TEST_F(DefaultInterpreter, IsNoneWhereThereIsNoPython) {
    variable("PATH", "/usr/bin");

    EXPECT_FALSE(found().has_value());
}

TEST_F(DefaultInterpreter, OfABareNameIsTheServersOwn) {
    install("usr", "3.10");
    install("opt/conda", "3.11");
    tree.link("opt/conda/bin/python", "python3.11").file("opt/conda/bin/jupyter", "#!", 0755);
    kernel("opt/conda/share/jupyter", "python");
    variable("PATH", "/usr/bin:/opt/conda/bin");

    expect(
        "/opt/conda/bin/python3.11", "3.11", "kernelspec /opt/conda/share/jupyter/kernels/python3");
}

TEST_F(DefaultInterpreter, OfABareNameWithoutAnEnvironmentIsOnPath) {
    install("usr", "3.11");
    kernel("root/.local/share/jupyter", "python3");
    variable("PATH", "/usr/bin");

    expect("/usr/bin/python3.11", "3.11", "kernelspec /root/.local/share/jupyter/kernels/python3");
}

TEST_F(DefaultInterpreter, OfGradientsBaseImageIsDebiansThroughALocalLink) {
    install("usr", "3.11");
    tree.link("usr/local/bin/python", "/usr/bin/python3.11")
        .link("usr/local/bin/python3", "/usr/bin/python3.11");
    kernel("usr/local/share/jupyter", "python");
    variable("PATH", "/root/.local/bin:/usr/local/bin:/usr/bin");

    expect("/usr/bin/python3.11", "3.11", "kernelspec /usr/local/share/jupyter/kernels/python3");
}

TEST_F(DefaultInterpreter, OfTheFastAiImageIsThatOfMambaforge) {
    install("usr", "3.10");
    install("root/mambaforge", "3.11");
    kernel("root/mambaforge/share/jupyter", "/root/mambaforge/bin/python3");
    variable("PATH", "/usr/bin");

    expect("/root/mambaforge/bin/python3.11",
           "3.11",
           "kernelspec /root/mambaforge/share/jupyter/kernels/python3");
}

TEST_F(DefaultInterpreter, TakesJupyterPathBeforeTheUsersFolderBeforeTheMachines) {
    for (const char* const version : {"3.7", "3.8", "3.9", "3.10"}) {
        install("opt/" + std::string(version), version);
    }
    variable("PATH", "/usr/bin");
    kernel("usr/share/jupyter", "/opt/3.7/bin/python3");
    EXPECT_EQ(found()->version, "3.7");
    kernel("usr/local/share/jupyter", "/opt/3.8/bin/python3");
    EXPECT_EQ(found()->version, "3.8");
    kernel("root/.local/share/jupyter", "/opt/3.9/bin/python3");
    EXPECT_EQ(found()->version, "3.9");
    kernel("srv/jupyter", "/opt/3.10/bin/python3");
    variable("JUPYTER_PATH", "relative:/srv/jupyter");
    EXPECT_EQ(found()->version, "3.10");
}

TEST_F(DefaultInterpreter, TakesAnEnvironmentBeforeTheUsersFolderIfToldSo) {
    install("opt/conda", "3.11");
    install("usr", "3.9");
    kernel("opt/conda/share/jupyter", "/opt/conda/bin/python3");
    kernel("root/.local/share/jupyter", "/usr/bin/python3");
    variable("CONDA_PREFIX", "/opt/conda");
    EXPECT_EQ(found()->version, "3.9");
    variable("JUPYTER_PREFER_ENV_PATH", "1");

    EXPECT_EQ(found()->version, "3.11");
}

TEST_F(DefaultInterpreter, IsTheSameBeforeAndAfterTheUsersFolderIsLinked) {
    install("usr", "3.11");
    install("opt/mine", "3.9");
    kernel("storage/envkeep/home/.local/share/jupyter", "/opt/mine/bin/python3");
    variable("PATH", "/usr/bin");
    EXPECT_EQ(found("/storage/envkeep/home")->version, "3.9");
    tree.link("root/.local", "/storage/envkeep/home/.local");

    EXPECT_EQ(found("/storage/envkeep/home")->version, "3.9");
}

TEST_F(DefaultInterpreter, PassesOverAKernelspecWhoseInterpreterIsGone) {
    install("usr", "3.11");
    kernel("root/.local/share/jupyter", "/usr/bin/python3.9");
    kernel("usr/share/jupyter", "/usr/bin/python3");

    expect("/usr/bin/python3.11", "3.11", "kernelspec /usr/share/jupyter/kernels/python3");
}

TEST_F(DefaultInterpreter, PassesOverAKernelspecThatIsDamaged) {
    install("usr", "3.11");
    variable("PATH", "/usr/bin");
    for (const char* const text : {"",
                                   "{\"argv\": [",
                                   "[]",
                                   "{\"argv\": []}",
                                   "{\"argv\": [7]}",
                                   "{\"argv\": \"python\"}"}) {
        tree.file("usr/share/jupyter/kernels/python3/kernel.json", text);
        EXPECT_EQ(found()->because, "PATH") << text;
    }
}

TEST_F(DefaultInterpreter, OfAVirtualEnvironmentIsKnownByItsConfiguration) {
    tree.file("opt/odd/bin/python", "ELF", 0755)
        .link("root/venv/bin/python", "/opt/odd/bin/python")
        .file("root/venv/pyvenv.cfg", "home = /opt/odd/bin\nversion = 3.12.1\n");
    kernel("usr/share/jupyter", "/root/venv/bin/python");

    EXPECT_EQ(found()->version, "3.12");
}

TEST_F(DefaultInterpreter, IsKnownByTheLibraryBesideIt) {
    tree.file("opt/odd/bin/python", "ELF", 0755)
        .file("opt/odd/lib/python3.13/os.py")
        .folder("opt/odd/lib/python3.9/site-packages");
    kernel("usr/share/jupyter", "/opt/odd/bin/python");

    EXPECT_EQ(found()->version, "3.13");
}

TEST_F(DefaultInterpreter, IsNoneWhereItsVersionCannotBeTold) {
    tree.file("opt/odd/bin/python3", "ELF", 0755)
        .file("opt/odd/lib/python3.9/os.py")
        .file("opt/odd/lib/python3.13/os.py");
    variable("PATH", "/opt/odd/bin");

    EXPECT_FALSE(found().has_value());
}

}  // namespace
}  // namespace envkeep::python
