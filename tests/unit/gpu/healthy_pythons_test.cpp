// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

// Pythons as people's tools set them up, each on a machine made from nothing: nothing is wrong.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::IsEmpty;
using testing::kernel_spec;
using testing::pins_of_cuda_126;
using testing::pins_of_cuda_128;
using testing::PlatformMachine;
using testing::virtual_environment;
using testing::words;

void make_programs(PlatformMachine& machine, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        std::filesystem::permissions(machine.root() + path, std::filesystem::perms(0755));
    }
}

// pypa/pipx and jupyter_client: JupyterLab is a tool of its own, the kernels are conda's and the
// one called python3 was put beside it by `ipykernel install --user`.
TEST(HealthyPython, JupyterByPipxWithAKernelOfConda) {
    PlatformMachine machine;
    const std::string home = "/home/ada";
    const std::string tool = home + "/.local/share/pipx/venvs/jupyterlab";
    const std::string conda = home + "/miniforge3/envs/dl";
    const std::string site = conda + "/lib/python3.12/site-packages";
    machine
        .drives({.version = "565.57.01",
                 .folder = debians_libraries,
                 .is_open = true,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:01:00.0", "0x2204", "NVIDIA GeForce RTX 3090", 0, "0x030000"}})
        .has({.site = site, .version = "2.6.0", .cuda = "12.6", .pins = {}, .made = "torch_conda"})
        .cuda_in(conda + "/lib")
        .put({{conda + "/lib/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries});
    machine.python("/usr", "3.10", debians_site_py)
        .python(home + "/miniforge3", "3.12")
        .file(home + "/miniforge3/conda-meta/history", "")
        .python(conda, "3.12")
        .file(conda + "/conda-meta/history", "")
        .file(home + "/.conda/environments.txt", conda + '\n');
    virtual_environment(machine, tool, "/usr/bin/python3.10", "3.10")
        .package(tool + "/lib/python3.10/site-packages",
                 "ipykernel",
                 "6.29.5",
                 {{"ipykernel/__init__.py", ""}, {"ipykernel/kernelspec.py", ""}})
        .package(site, "numpy", "2.1.3", {{"numpy/__init__.py", ""}})
        .package(home + "/.local/lib/python3.10/site-packages", "yt-dlp", "2025.1.1")
        .file("/proc/100/cmdline", words({tool + "/bin/python", home + "/.local/bin/jupyter-lab"}))
        .file("/proc/100/environ", words({"PATH=/usr/bin:/bin", "HOME=" + home}))
        .user(1000, home);
    kernel_spec(machine, home + "/.local/share/jupyter/kernels/python3", conda + "/bin/python3");
    kernel_spec(machine, home + "/.local/share/jupyter/kernels/dl", conda + "/bin/python3");

    EXPECT_THAT(alarms(machine,
                       {"nb-kernelspec-shadow",
                        "nb-kernel-other-python",
                        "py-other-minor",
                        "torch-conda-cpu-build"}),
                IsEmpty());
}

// pyenv's and poetry's documents: shims on PATH, an environment in poetry's cache with a hash in
// its name, and packages of another minor version of Python's that a Python which is here uses.
TEST(HealthyPython, PyenvAndPoetry) {
    PlatformMachine machine;
    const std::string home = "/home/ada";
    const std::string base = home + "/.pyenv/versions/3.11.9";
    const std::string environment = home + "/.cache/pypoetry/virtualenvs/work-Jx9bKq3T-py3.11";
    const std::string site = environment + "/lib/python3.11/site-packages";
    machine
        .drives({.version = "550.120",
                 .folder = debians_libraries,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:01:00.0", "0x1b06", "NVIDIA GeForce GTX 1080 Ti", 0, "0x030000"}})
        .has({.site = site,
              .version = "2.8.0+cu126",
              .cuda = "12.6",
              .pins = pins_of_cuda_126,
              .python = "311"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({environment + "/bin/python", "-Xfrozen_modules=off", "-m", "ipykernel_launcher"});
    machine.python("/usr", "3.12", debians_site_py)
        .python(base, "3.11")
        .file(home + "/.pyenv/version", "3.11.9\n")
        .file(home + "/.pyenv/shims/python3", "#!/usr/bin/env bash\nexec pyenv exec python3\n")
        .file(home + "/.pyenv/shims/pip", "#!/usr/bin/env bash\nexec pyenv exec pip\n")
        .package(home + "/.local/lib/python3.12/site-packages", "httpie", "3.2.4");
    make_programs(machine, {home + "/.pyenv/shims/python3", home + "/.pyenv/shims/pip"});
    virtual_environment(machine, environment, base + "/bin/python3.11", "3.11")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .link("/proc/200/cwd", home + "/work")
        .file(home + "/work/pyproject.toml", "[tool.poetry]\nname = \"work\"\n")
        .file(home + "/work/work/__init__.py", "")
        .file(site + "/work.pth", home + "/work\n")
        .kernel_variable("HOME", home)
        .kernel_variable("PYENV_ROOT", home + "/.pyenv")
        .kernel_variable("VIRTUAL_ENV", environment)
        .kernel_variable("PATH", environment + "/bin:" + home + "/.pyenv/shims:/usr/bin:/bin")
        .user(1000, home);

    EXPECT_THAT(alarms(machine, {"py-venv-broken", "py-pth-inject", "py-other-minor"}), IsEmpty());
}

// pixi's documents: conda's packages without conda, in a folder of the project, whose CUDA is
// conda-forge's; the interpreter's own shells know nothing of it.
TEST(HealthyPython, PixiInTheProject) {
    PlatformMachine machine;
    const std::string environment = "/work/project/.pixi/envs/default";
    const std::string site = environment + "/lib/python3.13/site-packages";
    machine
        .drives({.version = "575.57.08", .folder = debians_libraries, .is_open = true},
                {{"0000:c1:00.0", "0x26b9", "NVIDIA L40S"}})
        .has({.site = site,
              .version = "2.7.1",
              .cuda = "12.8",
              .pins = {},
              .python = "313",
              .made = "torch_conda"})
        .cuda_in(environment + "/lib")
        .put({{environment + "/lib/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {debians_libraries + "/libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({environment + "/bin/python", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.python(environment, "3.13")
        .link(environment + "/bin/python", "python3.13")
        .file(environment + "/conda-meta/history", "")
        .file(
            environment + "/conda-meta/pytorch-2.7.1-cuda128_mkl_py313_h1234567_301.json",
            R"({"name": "pytorch", "version": "2.7.1", "build": "cuda128_mkl_py313_h1234567_301"})")
        .package(site, "numpy", "2.3.0", {{"numpy/__init__.py", ""}})
        .file("/work/project/pixi.toml", "[workspace]\n")
        .link("/proc/200/cwd", "/work/project")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .kernel_variable("HOME", "/root")
        .kernel_variable("CONDA_PREFIX", environment)
        .kernel_variable("PATH", environment + "/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"ld-libstdcxx-old", "torch-conda-cpu-build", "py-venv-broken"}),
                IsEmpty());
}

// Docker's own image of Python in a devcontainer: two Pythons, the distribution's without anything,
// and pip's programs of both on PATH.
TEST(HealthyPython, TheImageOfPythonBesideDebians) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.133.20", .folder = debians_libraries, .is_open = true},
                {{"0000:06:00.0", "0x2236", "NVIDIA A10"}})
        .has({site, "2.8.0+cu128", "12.8", pins_of_cuda_128})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries, "/usr/local/lib"})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "--f=/tmp/k.json"});
    machine.python("/usr/local", "3.12")
        .python("/usr", "3.11", debians_site_py)
        .file("/usr/lib/python3.11/EXTERNALLY-MANAGED", "[externally-managed]\n")
        .file("/usr/local/bin/pip", "#!/usr/local/bin/python3.12\n")
        .file("/usr/bin/pip", "#!/usr/bin/python3\n")
        .package(site, "numpy", "2.3.1", {{"numpy/__init__.py", ""}})
        .package("/home/vscode/.local/lib/python3.12/site-packages", "ruff", "0.12.1")
        .file("/home/vscode/.bashrc", "export CUDA_HOME=/usr/local/cuda\n")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "all")
        .space("/dev/shm", std::uint64_t{8} << 30U, std::uint64_t{8} << 30U)
        .kernel_variable("HOME", "/home/vscode")
        .kernel_variable("PATH", "/home/vscode/.local/bin:/usr/local/bin:/usr/bin:/bin")
        .user(1000, "/home/vscode");
    make_programs(machine, {"/usr/local/bin/pip", "/usr/bin/pip"});

    EXPECT_THAT(
        alarms(machine, {"py-pip-other-python", "nb-env-only-in-shell", "nb-kernel-other-python"}),
        IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu
