// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"
#include "notebook_machine.hpp"

#include <array>

// Which Python a notebook runs in, and from where it imports.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

const std::string users_kernels_of_gradient = "/root/.local/share/jupyter/kernels";

void add_conda(Machine& m, const std::string& prefix) {
    m.python(prefix, "3.11").file(prefix + "/conda-meta/history", "");
    m.file(prefix + "/lib/libstdc++.so.6", made("cpp_3.4.30/libstdc++.so.6"));
}

const std::array faults{
    // What an image with Python 3.9 left in the home.
    AtlasFault{"py-other-minor",
               Step::framework,
               warning,
               [](Machine& m) {
                   const std::string site = "/root/.local/lib/python3.9/site-packages";
                   m.package(site, "fastai", "2.7.12", {{"fastai/__init__.py", ""}})
                       .package(site, "transformers", "4.30.2", {{"transformers/__init__.py", ""}});
               }},
    AtlasFault{"py-pythonpath-shadow",
               Step::framework,
               error,
               [](Machine& m) {
                   m.torch("/storage/libs", "2.1.0+cpu", "");
                   m.first_in("PYTHONPATH", "/storage/libs");
               },
               "torch-companion-mismatch"},
    AtlasFault{"py-nousersite",
               Step::framework,
               warning,
               [](Machine& m) {
                   m.package(user_site, "einops", "0.7.0", {{"einops/__init__.py", ""}});
                   m.variable("PYTHONNOUSERSITE", "1");
               }},
    AtlasFault{"py-pth-inject",
               Step::framework,
               error,
               [](Machine& m) {
                   m.torch("/storage/pytorch/build", "2.2.0a0+cpu", "")
                       .file(user_site + "/easy-install.pth", "/storage/pytorch/build\n");
               },
               "torch-companion-mismatch"},
    AtlasFault{"py-conda-user-leak",
               Step::framework,
               warning,
               [](Machine& m) {
                   const std::string prefix = "/opt/conda/envs/ml";
                   const std::string site = prefix + "/lib/python3.11/site-packages";
                   add_conda(m, prefix);
                   m.torch(site, "2.1.1+cu121", "12.1")
                       .package(site, "numpy", "1.26.2", {{"numpy/__init__.py", ""}})
                       .package(user_site, "numpy", "1.24.4", {{"numpy/__init__.py", ""}});
                   m.first_in("PATH", prefix + "/bin");
                   runs(m, prefix + "/bin/python3");
               }},
    // Made by the image before, whose Python is gone.
    AtlasFault{"py-venv-broken",
               Step::framework,
               warning,
               [](Machine& m) {
                   virtual_environment(m, "/notebooks/venv", "/usr/bin/python3.9", "3.9");
                   kernel_spec(
                       m, users_kernels_of_gradient + "/venv", "/notebooks/venv/bin/python", "{}");
               }},
    AtlasFault{"py-pip-other-python",
               Step::framework,
               info,
               [](Machine& m) {
                   m.file("/root/.local/bin/pip", "#!/usr/bin/python3.10\n")
                       .file("/usr/lib/python3/dist-packages/pip/__init__.py", "");
               }},
    // A clone of its sources, beside the notebook.
    AtlasFault{"py-cwd-shadow",
               Step::framework,
               error,
               [](Machine& m) {
                   m.file("/notebooks/torch/__init__.py", "from torch._C import *\n")
                       .file("/notebooks/torch/version.py.in", "");
               }},
    AtlasFault{"py-tilde-leftover",
               Step::framework,
               info,
               [](Machine& m) {
                   m.file(image_site + "/~orch/__init__.py", "")
                       .file(image_site + "/~orch-2.1.1+cu121.dist-info/METADATA", "");
               }},
    AtlasFault{"nb-kernel-other-python",
               Step::framework,
               info,
               [](Machine& m) {
                   add_conda(m, "/root/mambaforge");
                   m.first_in("PATH", "/root/mambaforge/bin");
               }},
    // Of the image before, in a home that stayed: it hides the image's kernel, and none starts.
    AtlasFault{"nb-kernelspec-shadow",
               Step::framework,
               error,
               [](Machine& m) {
                   kernel_spec(
                       m, users_kernels_of_gradient + "/python3", "/usr/local/bin/python3.9", "{}");
                   m.without_running_kernel();
               }},
    AtlasFault{"nb-env-only-in-shell",
               Step::framework,
               info,
               [](Machine& m) {
                   m.file("/root/.bashrc", "# mine\nexport CUDA_CACHE_PATH=/storage/cuda-cache\n");
               }},
};

}  // namespace

std::span<const AtlasFault> atlas_python_faults() {
    return faults;
}

}  // namespace envkeep::testing
