// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/environment.hpp"
#include "envkeep/python/folders.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

// Where the installers of Anaconda, Miniconda, Miniforge and Mambaforge put themselves, in /opt or
// the home.
inline constexpr std::array<std::string_view, 6> conda_folders{
    "mambaforge", "miniforge3", "miniconda3", "anaconda3", "conda", "micromamba"};

// A program that something names, whether it is there or not.
struct NamedProgram {
    std::string path;     // absolute
    std::string because;  // "kernel python3"

    friend bool operator==(const NamedProgram&, const NamedProgram&) = default;
};

// Where to look. What is empty is not looked at.
struct EnvironmentSearch {
    std::vector<NamedProgram> programs;  // of the server and its kernels; they come first
    std::string path;                    // PATH
    std::string home;
    std::vector<std::string> roots;  // of conda and pyenv: MAMBA_ROOT_PREFIX, PYENV_ROOT, ...
    std::vector<std::string> work_folders;  // `levels` deep
    std::vector<std::string> more;          // the same, as the user wishes
    int levels = 2;
    std::size_t most_folders = 2000;      // that are looked into on the way
    std::size_t most_environments = 500;  // that are told
};

struct FoundEnvironment {
    Environment environment;
    std::string because;  // "kernel python3", "PATH", "/root/.conda/environments.txt", a folder

    friend bool operator==(const FoundEnvironment&, const FoundEnvironment&) = default;
};

struct FoundEnvironments {
    std::vector<FoundEnvironment> environments;
    // What was given up, in whole or in part: `most_folders` or `most_environments` was reached
    // before or in it. Of work folders and `more` those that were given, else as `because` says.
    std::vector<std::string> not_searched;

    friend bool operator==(const FoundEnvironments&, const FoundEnvironments&) = default;
};

// In this order: the named programs, PATH, /usr, /usr/local, those in /opt, HOME/.local, conda's
// and pyenv's, HOME/{.venv,venv,.virtualenvs/*}, work folders, more. Each environment once (by its
// real program and prefix), as the first place names it. Broken virtual environments are told too;
// links to folders are not followed on the way down.
[[nodiscard]] FoundEnvironments find_environments(Folders& folders,
                                                  const EnvironmentSearch& search);

}  // namespace envkeep::python
