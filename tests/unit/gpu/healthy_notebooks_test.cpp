// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

// Unusual machines on which nothing is wrong.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::CapturedMachine;
using testing::image_site;
using ::testing::IsEmpty;
using testing::kernel_spec;
using testing::runs;
using testing::user_site;
using testing::virtual_environment;
using testing::with_server;
using testing::without_kernel;

class Healthy : public ::testing::Test {
  protected:
    // What any environment of one's own may have.
    void fill(const std::string& site) {
        machine.torch(site, "2.4.1+cu121", "12.1")
            .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
            .package(site, "ipykernel", "6.29.0", {{"ipykernel/__init__.py", ""}});
    }

    CapturedMachine machine;
};

TEST_F(Healthy, AKernelInAVirtualEnvironment) {
    virtual_environment(machine, "/notebooks/venv", "/usr/bin/python3.11", "3.11");
    fill("/notebooks/venv/lib/python3.11/site-packages");
    machine.package(user_site, "einops", "0.8.0")
        .file("/usr/bin/pip", "#!/usr/bin/python3\n")
        .file("/notebooks/venv/bin/pip", "#!/notebooks/venv/bin/python\n");
    with_server(machine);
    kernel_spec(machine, "/root/.local/share/jupyter/kernels/venv", "/notebooks/venv/bin/python");
    runs(machine, "/notebooks/venv/bin/python");

    EXPECT_THAT(alarms(machine, {"nb-kernel-other-python", "py-nousersite", "py-pip-other-python"}),
                IsEmpty());
}

TEST_F(Healthy, CondasBase) {
    machine.python("/opt/conda", "3.11").file("/opt/conda/conda-meta/history", "");
    fill("/opt/conda/lib/python3.11/site-packages");
    machine.package(user_site, "einops", "0.8.0", {{"einops/__init__.py", ""}})
        .kernel_variable("PATH", "/opt/conda/bin:/usr/bin:/bin")
        .kernel_variable("CONDA_PREFIX", "/opt/conda");
    runs(machine, "/opt/conda/bin/python3");

    EXPECT_THAT(alarms(machine, {"py-conda-user-leak"}), IsEmpty());
}

TEST_F(Healthy, AKernelInAnEnvironmentOfConda) {
    machine.python("/opt/conda", "3.12")
        .file("/opt/conda/conda-meta/history", "")
        .python("/opt/conda/envs/ml", "3.11")
        .file("/opt/conda/envs/ml/conda-meta/history", "")
        .file("/opt/conda/bin/pip", "#!/opt/conda/bin/python3\n");
    fill("/opt/conda/envs/ml/lib/python3.11/site-packages");
    machine.package("/root/.local/lib/python3.12/site-packages", "black", "24.0");
    with_server(machine, "/opt/conda/bin/python3");
    kernel_spec(machine, "/root/.local/share/jupyter/kernels/ml", "/opt/conda/envs/ml/bin/python3");
    machine.kernel_variable("PATH", "/opt/conda/bin:/usr/bin");
    runs(machine, "/opt/conda/envs/ml/bin/python3");

    EXPECT_THAT(alarms(machine, {"nb-kernel-other-python", "py-other-minor"}), IsEmpty());
}

TEST_F(Healthy, AnEnvironmentOfUv) {
    const std::string base = "/root/.local/share/uv/python/cpython-3.12.4-linux-x86_64-gnu";
    machine.python(base, "3.12");
    virtual_environment(machine, "/notebooks/.venv", base + "/bin/python3.12", "3.12")
        .file("/notebooks/.venv/lib/python3.12/site-packages/_virtualenv.pth", "import _virtualenv")
        .link("/notebooks/.venv/lib64", "lib");
    machine
        .torch("/notebooks/.venv/lib/python3.12/site-packages",
               "2.4.1+cu121",
               "12.1",
               "cpython-312-x86_64-linux-gnu")
        .package("/notebooks/.venv/lib/python3.12/site-packages",
                 "numpy",
                 "2.0.0",
                 {{"numpy/_core/_multiarray_umath.cpython-312-x86_64-linux-gnu.so", ""},
                  {"numpy/__init__.py", ""}});
    runs(machine, "/notebooks/.venv/bin/python");

    EXPECT_THAT(alarms(machine, {"py-venv-broken", "torch-numpy2"}), IsEmpty());
}

TEST_F(Healthy, PackagesOfTheUsersOwn) {
    machine.package(user_site, "einops", "0.8.0", {{"einops/__init__.py", ""}})
        .package(user_site, "tqdm", "4.66.0", {{"tqdm/__init__.py", ""}})
        .package(image_site, "tqdm", "4.60.0", {{"tqdm/__init__.py", ""}})
        .file("/root/.local/bin/tqdm", "#!/usr/bin/python3.11\n")
        .kernel_variable("PATH", "/root/.local/bin:/usr/bin:/bin");

    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"torch-user-site-shadow"}), IsEmpty());
}

TEST_F(Healthy, SeveralKernelsOfWhichOneIsR) {
    with_server(machine);
    machine.python("/opt/python", "3.10").file("/usr/bin/R", "ELF");
    std::filesystem::permissions(machine.root() + "/usr/bin/R", std::filesystem::perms(0755));
    machine.file("/usr/local/share/jupyter/kernels/ir/kernel.json",
                 R"x({"argv": ["R", "-e", "IRkernel::main()"], "language": "R"})x");
    kernel_spec(machine, "/usr/local/share/jupyter/kernels/python3", "/usr/bin/python3");
    kernel_spec(machine, "/root/.local/share/jupyter/kernels/py310", "/opt/python/bin/python3.10");

    EXPECT_THAT(alarms(machine), IsEmpty());
}

TEST_F(Healthy, AnEditableInstallOfTheUsersProject) {
    machine.link("/proc/200/cwd", "/notebooks/project")
        .file("/notebooks/project/pyproject.toml", "")
        .file("/notebooks/project/mine/__init__.py", "")
        .file(user_site + "/__editable__.mine-1.0.pth", "/notebooks/project\n")
        .package(user_site, "mine", "1.0")
        .file(user_site + "/easy-install.pth", "/notebooks/other/src\n")
        .file("/notebooks/other/src/other/__init__.py", "");

    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"py-pth-inject"}), IsEmpty());
}

TEST_F(Healthy, KernelsOfJupyterPath) {
    with_server(machine).file(
        "/proc/100/environ",
        testing::words({"PATH=/usr/bin:/bin", "HOME=/root", "JUPYTER_PATH=/storage/jupyter"}));
    machine.python("/opt/python", "3.10");
    kernel_spec(machine, "/storage/jupyter/kernels/shared", "/opt/python/bin/python3.10");
    without_kernel(machine);

    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"nb-kernelspec-shadow"}), IsEmpty());
}

TEST_F(Healthy, NoJupyterAtAll) {
    without_kernel(machine).file("/proc/self/environ",
                                 testing::words({"PATH=/usr/bin:/bin", "HOME=/root"}));
    machine.file("/root/.bashrc", "export CUDA_HOME=/usr/local/cuda\n");

    ASSERT_EQ(machine.facts().python.notebooks.size(), 1);
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine, {"nb-env-only-in-shell"}), IsEmpty());
}

// A shell happens to be somewhere; folders have many names.
TEST_F(Healthy, AShellBesideFoldersThatAreCalledLikePackages) {
    without_kernel(machine)
        .file("/proc/self/environ", testing::words({"PATH=/usr/bin:/bin", "HOME=/root"}))
        .link("/proc/self/cwd", "/work")
        .package(image_site, "datasets", "2.14.0", {{"datasets/__init__.py", ""}})
        .file("/work/datasets/__init__.py", "");

    EXPECT_THAT(alarms(machine, {"py-cwd-shadow"}), IsEmpty());
    EXPECT_TRUE(testing::finding_of(machine, "py-cwd-shadow").has_value());
}

TEST_F(Healthy, BeforeTheServerStarts) {
    without_kernel(machine)
        .file("/proc/self/environ", testing::words({"PATH=/usr/bin:/bin", "HOME=/root"}))
        .file("/usr/bin/jupyter-lab", "#!/usr/bin/python3\n")
        .file("/usr/lib/python3/dist-packages/ipykernel/__init__.py", "")
        .file("/usr/lib/python3/dist-packages/ipykernel/kernelspec.py", "");
    std::filesystem::permissions(machine.root() + "/usr/bin/jupyter-lab",
                                 std::filesystem::perms(0755));

    ASSERT_TRUE(machine.facts().python.server.has_value());
    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine), IsEmpty());
}

TEST_F(Healthy, AMachineWithoutPython) {
    without_kernel(machine);
    machine.remove("/usr/bin/python3").remove("/usr/bin/python3.11");

    EXPECT_THAT(machine.ids(), IsEmpty());
    EXPECT_THAT(alarms(machine), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
