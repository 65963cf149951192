// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/distributions.hpp"
#include "envkeep/python/environment.hpp"
#include "envkeep/python/find_environments.hpp"
#include "envkeep/python/kernels.hpp"
#include "envkeep/python/launch.hpp"
#include "envkeep/python/module_path.hpp"
#include "envkeep/python/modules.hpp"

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
    std::vector<std::string>
        code;  // for which cards, as TensorFlow tells it: "sm_60", "compute_90"
    std::optional<python::Distribution> installed;   // its metadata, if there is any beside it
    std::vector<python::Requirement> requirements;   // of torch and what is made for one torch
    std::optional<python::RecordCheck> record;       // of torch: its compiled files alone
    std::vector<python::ForeignExtension> unusable;  // of torch: compiled for another Python
    std::vector<Framework> other;                    // would be taken if it were gone, in order

    [[nodiscard]] bool is_of(python::PathKind kind) const { return entry.kind == kind; }

    friend bool operator==(const Framework&, const Framework&) = default;
};

// What a notebook's process is, or will be when its kernel starts.
struct NotebookPython {
    std::vector<std::string> kernels;  // names of the kernelspecs that start it; may be empty
    std::int32_t pid = 0;              // of a kernel that runs; 0: none does
    python::Environment environment;
    python::Launch launch;
    python::ModulePath path;
    bool is_externally_managed = false;  // pip refuses to install without a word (PEP 668)
    std::vector<python::Distribution> distributions;  // on sys.path, in its order; then conda's
    std::vector<std::string> leftovers;               // of an interrupted pip: "~orch"
    std::vector<Framework> frameworks;

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

struct PythonFacts {
    std::optional<python::Server> server;  // that runs, or that PATH would start
    std::vector<python::Kernel> kernels;   // the winners and those they hide
    // The one whose environment counts first: the kernel that runs, else Jupyter's default, else
    // the python3 on PATH. Kernels that become the same process share one.
    std::vector<NotebookPython> notebooks;
    python::FoundEnvironments environments;

    friend bool operator==(const PythonFacts&, const PythonFacts&) = default;
};

}  // namespace envkeep::gpu
