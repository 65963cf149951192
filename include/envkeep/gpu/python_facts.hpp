// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/build_tools.hpp"
#include "envkeep/gpu/loaded_libraries.hpp"
#include "envkeep/python/distributions.hpp"
#include "envkeep/python/environment.hpp"
#include "envkeep/python/find_environments.hpp"
#include "envkeep/python/kernels.hpp"
#include "envkeep/python/launch.hpp"
#include "envkeep/python/module_path.hpp"
#include "envkeep/python/modules.hpp"
#include "envkeep/python/scripts.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What notebooks import: which Python, which sys.path, which torch.
namespace envkeep::gpu {

// A package that `import NAME` takes, and how it was built.
struct Framework {
    std::string name;         // of the module: "torch"
    python::Module module;    // that wins
    python::PathEntry entry;  // of sys.path that it lies in
    // By its own words ("torch/version.py"), else by its metadata: "2.4.1+cu121". May be empty.
    std::string version;
    std::optional<bool> has_cuda;  // none: no file tells
    std::string cuda;              // that it was built with: "12.1"; may be empty
    std::string rocm;              // the same of a build for AMD's cards
    std::string cudnn;             // the least version, as TensorFlow tells it
    // For which cards: "sm_60", "compute_90". As TensorFlow tells it; of conda's torch as the data
    // has it measured; of another torch only where more is looked into and the data knows no such
    // build.
    std::vector<std::string> code;
    std::vector<std::string> cuda_libraries;        // of bitsandbytes, by their CUDA: "121"
    std::optional<python::Distribution> installed;  // its metadata, if there is any beside it
    std::vector<python::Requirement> requirements;  // of torch, what is made for one, and of jax
    // Of torch and onnxruntime: their compiled files alone.
    std::optional<python::RecordCheck> record;
    std::vector<python::ForeignExtension> unusable;  // of torch: compiled for another Python
    std::vector<Framework> other;                    // would be taken if it were gone, in order

    [[nodiscard]] bool is_of(python::PathKind kind) const { return entry.kind == kind; }

    friend bool operator==(const Framework&, const Framework&) = default;
};

// A compiled package that `import NAME` takes and that was made for another Python alone.
struct ForeignPackage {
    std::string name;  // of the distribution: "numpy"
    python::PathEntry entry;
    python::ForeignExtension file;
    bool hides_another = false;  // which lies behind it on sys.path

    friend bool operator==(const ForeignPackage&, const ForeignPackage&) = default;
};

// Whose files are not as its RECORD says.
struct DamagedPackage {
    python::Distribution distribution;
    python::RecordCheck check;
    bool has_no_record = false;  // or an empty one, though pip installed it: pip cannot remove it

    friend bool operator==(const DamagedPackage&, const DamagedPackage&) = default;
};

// A file or folder beside the notebook that `import` takes instead of what is installed.
struct LocalModule {
    std::string name;  // "random"
    python::Module local;
    python::Module hidden;
    bool is_of_project = false;  // pyproject.toml or setup.py lies beside it: it is meant
    bool is_incomplete = false;  // torch without its compiled part

    friend bool operator==(const LocalModule&, const LocalModule&) = default;
};

// What a package of the image asks for, where the user's copies hide other versions.
struct Dependent {
    python::Distribution distribution;
    std::vector<python::Requirement> requirements;

    friend bool operator==(const Dependent&, const Dependent&) = default;
};

// What installs packages for a Python.
enum class InstallerKind {
    pip,        // its own
    uv,         // from outside
    ensurepip,  // brings pip: its wheel is here
    other_pip,  // another Python's: since 22.3 it installs for others too
    apt,        // brings pip to Debian's own Python
    download,   // nothing that is here
};

[[nodiscard]] std::string_view word_of(InstallerKind kind);

struct Installer {
    InstallerKind kind = InstallerKind::pip;
    std::string program;  // of uv, and of another Python's pip
    // Of conda's environments: "/opt/conda/bin/conda", or mamba; empty where none is found.
    std::string conda;

    friend bool operator==(const Installer&, const Installer&) = default;
};

// What a notebook's process is, or will be when its kernel starts.
struct NotebookPython {
    std::vector<std::string> kernels;  // names of the kernelspecs that start it; may be empty
    std::int32_t pid = 0;              // of a kernel that runs; 0: none does
    python::Environment environment;
    python::Launch launch;
    python::ModulePath path;
    bool is_externally_managed = false;  // pip refuses to install without a word (PEP 668)
    Installer installer;
    std::vector<python::Distribution> distributions;  // on sys.path, in its order; then conda's
    std::vector<std::string> leftovers;               // of an interrupted pip: "~orch"
    std::vector<Framework> frameworks;
    // In the user's site folder of this Python, where sys.path does not have that folder.
    std::vector<python::Distribution> unseen;
    std::string unseen_folder;
    std::vector<ForeignPackage> foreign;
    std::vector<DamagedPackage> damaged;
    std::vector<LocalModule> local;
    std::vector<Dependent> dependents;
    LibraryFacts libraries;
    BuildTools tools;

    // "kernel python3", "process 200", "/usr/bin/python3".
    [[nodiscard]] std::string title() const;

    // Null if it would import none.
    [[nodiscard]] const Framework* framework(std::string_view name) const {
        const auto found = std::ranges::find(frameworks, name, &Framework::name);
        return found == frameworks.end() ? nullptr : &*found;
    }

    // The first on sys.path, by its normalised name; null if there is none.
    [[nodiscard]] const python::Distribution* distribution(std::string_view name) const {
        const auto found = std::ranges::find(distributions, name, &python::Distribution::name);
        return found == distributions.end() ? nullptr : &*found;
    }

    // All of a name, also those behind others, and conda's.
    [[nodiscard]] std::vector<const python::Distribution*> all_of(std::string_view name) const;

    friend bool operator==(const NotebookPython&, const NotebookPython&) = default;
};

// Packages that no Python here imports: in a user's site folder of another minor version, or in a
// virtual environment that does not start any more.
struct LeftPackages {
    std::string folder;               // "/root/.local/lib/python3.9/site-packages"
    std::string version;              // "3.9"
    std::string environment;          // prefix of the virtual one; empty: the user's site folder
    std::vector<std::string> wanted;  // names, without those that only others of them need

    friend bool operator==(const LeftPackages&, const LeftPackages&) = default;
};

// A console script whose interpreter is gone.
struct DeadScript {
    python::Script script;
    std::string hides;  // what PATH would find if it were gone; may be empty

    friend bool operator==(const DeadScript&, const DeadScript&) = default;
};

// What a terminal in the notebook's environment would start.
struct Terminal {
    std::optional<python::Environment> python;  // of the first python3 on PATH
    std::optional<python::Script> pip;
    std::optional<python::Environment> pips;  // that it installs for

    friend bool operator==(const Terminal&, const Terminal&) = default;
};

struct PythonFacts {
    std::optional<python::Server> server;  // that runs, or that PATH would start
    std::vector<python::Kernel> kernels;   // the winners and those they hide
    // The one whose environment counts first: the kernel that runs, else Jupyter's default, else
    // the python3 on PATH. Kernels that become the same process share one.
    std::vector<NotebookPython> notebooks;
    python::FoundEnvironments environments;
    bool searched_all = false;  // for them, also in what else the home and the store hold
    std::vector<std::string> not_looked_into;   // "libraries of kernel py310": there were too many
    std::vector<std::string> missing_programs;  // of kernels
    std::vector<LeftPackages> left;
    std::vector<DeadScript> dead_scripts;
    Terminal terminal;

    friend bool operator==(const PythonFacts&, const PythonFacts&) = default;
};

}  // namespace envkeep::gpu
