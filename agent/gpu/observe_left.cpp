// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/copies.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

// What earlier images left in the home, and what a terminal starts instead of the notebook's.
namespace envkeep::gpu {
namespace {

using python::Environment;

constexpr std::size_t most_left = 5;
constexpr std::size_t most_packages = 300;  // whose metadata is read
constexpr std::size_t most_scripts = 300;
constexpr std::size_t most_wanted = 1000;

std::string above(const std::string& path, int levels) {
    std::string folder = path;
    for (int i = 0; i < levels; ++i) {
        folder.erase(std::min(folder.rfind('/'), folder.size()));
    }
    return folder;
}

// "3.9" of "python3.9".
std::string version_of_python(std::string_view name) {
    constexpr std::string_view start = "python";
    const std::string_view rest =
        name.starts_with(start) ? name.substr(start.size()) : std::string_view();
    const bool is_version =
        rest.starts_with("3.") && rest.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_version ? std::string(rest) : std::string();
}

// A name that pip takes for a package, and for no option.
bool is_package_name(std::string_view name) {
    return !name.empty() && name.front() != '-' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
               std::string_view::npos;
}

std::vector<std::string> wanted_of(const system::Inspector& machine,
                                   const std::vector<python::Distribution>& all) {
    std::set<std::string> needed;
    for (std::size_t i = 0; i < std::min(all.size(), most_packages); ++i) {
        const auto requirements = python::requirements_of(machine, all[i]);
        for (const python::Requirement& one :
             requirements ? *requirements : std::vector<python::Requirement>()) {
            if (!one.is_of_extra() && one.name != all[i].name) {
                needed.insert(one.name);
            }
        }
    }
    constexpr std::array<std::string_view, 4> tools{"pip", "setuptools", "wheel", "distribute"};
    // Whoever asked for them: which build is right hangs on the driver and the card.
    constexpr std::array<std::string_view, 3> of_torch{"torch", "torchvision", "torchaudio"};
    std::vector<std::string> wanted;
    for (const python::Distribution& one : all) {
        const bool is_tool = std::ranges::find(tools, one.name) != tools.end();
        const bool is_asked_for = !needed.contains(one.name) ||
                                  std::ranges::find(of_torch, one.name) != of_torch.end() ||
                                  is_there(machine, one.path + "/REQUESTED");
        if (wanted.size() < most_wanted && is_package_name(one.name) && !is_tool &&
            std::ranges::find(wanted, one.name) == wanted.end() && is_asked_for) {
            wanted.push_back(one.name);
        }
    }
    return wanted;
}

bool is_pythons(const python::Shebang& shebang) {
    const std::string_view program = shebang.interpreter;
    return program.substr(program.rfind('/') + 1).starts_with("python");
}

class Collector {
  public:
    Collector(python::Folders& folders,
              const NotebookProcess& notebook,
              const std::string& home,
              PythonFacts& facts)
        : folders_(folders), notebook_(notebook), home_(home), facts_(facts) {}

    void collect() {
        find_bases();
        for (const std::string& base : bases_) {
            add_users_sites(base + "/lib");
            add_scripts(base + "/bin");
        }
        for (const python::FoundEnvironment& found : facts_.environments.environments) {
            if (found.environment.is_virtual()) {
                add_virtual(found.environment);
            }
        }
        for (const python::Kernel& kernel : facts_.kernels) {
            if (!kernel.program.empty() && !is_there(folders_.machine(), kernel.program)) {
                facts_.missing_programs.push_back(kernel.program);
            }
        }
        look_at_pip();
    }

  private:
    // Of the user's site folders.
    void find_bases() {
        if (home_.starts_with('/')) {
            bases_.push_back(home_ + "/.local");
        }
        if (!facts_.notebooks.empty()) {
            const NotebookPython& first = facts_.notebooks.front();
            // BASE/lib/pythonX.Y/site-packages
            const std::string base =
                above(python::user_site_of(first.environment, first.launch), 3);
            if (base.starts_with('/') && std::ranges::find(bases_, base) == bases_.end()) {
                bases_.push_back(base);
            }
        }
    }

    [[nodiscard]] bool is_notebooks(const std::string& version) const {
        return std::ranges::any_of(facts_.notebooks, [&](const NotebookPython& one) {
            return one.environment.version == version;
        });
    }

    void add_left(const std::string& site,
                  const std::string& version,
                  const std::string& environment) {
        if (facts_.left.size() == most_left) {
            return;
        }
        std::vector<std::string> wanted =
            wanted_of(folders_.machine(), python::distributions_in(folders_, site));
        if (!wanted.empty()) {
            facts_.left.push_back({.folder = site,
                                   .version = version,
                                   .environment = environment,
                                   .wanted = std::move(wanted)});
        }
    }

    void add_users_sites(const std::string& library) {
        for (const system::Entry& entry : folders_.in(library)) {
            const std::string version = version_of_python(entry.name);
            if (!version.empty() && !is_notebooks(version)) {
                add_left(library + '/' + entry.name + "/site-packages", version, {});
            }
        }
    }

    void add_virtual(const Environment& environment) {
        if (is_broken(environment)) {
            for (const system::Entry& entry : folders_.in(environment.prefix + "/lib")) {
                if (const std::string version = version_of_python(entry.name); !version.empty()) {
                    add_left(environment.prefix + "/lib/" + entry.name + "/site-packages",
                             version,
                             environment.prefix);
                }
            }
        } else if (folders_.names(environment.prefix + "/bin", "pip")) {
            // Scripts of an environment that was moved start the Python of the old place.
            add_script(environment.prefix + "/bin", "pip");
        }
    }

    void add_script(const std::string& bin, const std::string& name) {
        auto script = python::script_at(folders_.machine(), bin + '/' + name);
        if (script && script->shebang.interpreter.starts_with('/') && is_pythons(script->shebang) &&
            !is_there(folders_.machine(), script->shebang.interpreter)) {
            facts_.dead_scripts.push_back(
                {.script = *std::move(script), .hides = hidden_behind(bin, name)});
        }
    }

    void add_scripts(const std::string& bin) {
        std::size_t looked_at = 0;
        for (const system::Entry& entry : folders_.in(bin)) {
            if (entry.kind != system::Kind::folder && ++looked_at <= most_scripts) {
                add_script(bin, entry.name);
            }
        }
    }

    [[nodiscard]] std::string hidden_behind(const std::string& bin, const std::string& name) {
        bool is_behind = false;
        const std::string path = notebook_.variable("PATH");
        for (const std::string_view folder : split(path, ':')) {
            if (is_behind && folder.starts_with('/') && folder != bin &&
                folders_.names(std::string(folder), name)) {
                return std::string(folder) + '/' + name;
            }
            is_behind = is_behind || folder == bin;
        }
        return {};
    }

    // pip as a wrapper of a shell (pyenv's) tells no Python.
    void look_at_pip() {
        const system::Inspector& machine = folders_.machine();
        const std::string path = notebook_.variable("PATH");
        const std::string pip = first_on_path(machine, path, "pip");
        auto script = pip.empty() ? std::nullopt : python::script_at(machine, pip);
        if (!script || !is_pythons(script->shebang)) {
            return;
        }
        const std::string& named = script->shebang.interpreter;
        const std::string program =
            named.starts_with('/') ? named : first_on_path(machine, path, named);
        if (is_there(machine, program)) {
            facts_.terminal.pips = folders_.environment_of(program);
            facts_.terminal.pip = std::move(script);
        }
    }

    python::Folders& folders_;
    const NotebookProcess& notebook_;
    const std::string& home_;
    PythonFacts& facts_;
    std::vector<std::string> bases_;
};

}  // namespace

std::string first_on_path(const system::Inspector& machine,
                          std::string_view path,
                          std::string_view name) {
    for (const std::string_view folder : split(path, ':')) {
        std::string program = std::string(folder) + '/' + std::string(name);
        const auto node = machine.node(program);
        if (folder.starts_with('/') && node && node->kind == system::Kind::file) {
            return program;
        }
    }
    return {};
}

void observe_left(python::Folders& folders,
                  const NotebookProcess& notebook,
                  const std::string& home,
                  PythonFacts& facts) {
    Collector(folders, notebook, home, facts).collect();
}

}  // namespace envkeep::gpu
