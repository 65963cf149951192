// SPDX-License-Identifier: MIT
#include "gpu/observations.hpp"

#include <fmt/format.h>

#include <array>

// What installs packages for a Python, which need not have a pip of its own.
namespace envkeep::gpu {
namespace {

bool has_pip(python::Folders& folders, const NotebookPython& notebook) {
    if (notebook.distribution("pip") != nullptr) {
        return true;
    }
    std::vector<std::string> path;
    for (const python::PathEntry& entry : notebook.path.entries) {
        if (entry.kind != python::PathKind::working_folder) {
            path.push_back(entry.folder);
        }
    }
    python::ModuleSearch search(folders, notebook.environment);
    const std::vector<python::Module> found = search.find(path, "pip");
    return !found.empty() && found.front().kind == python::ModuleKind::package;
}

// Also where its own installer and cargo put it, which a server's PATH need not have.
std::string uv_of(const system::Inspector& machine,
                  const std::string& path,
                  const std::string& home) {
    return first_on_path(machine, path + ':' + home + "/.local/bin:" + home + "/.cargo/bin", "uv");
}

// Whether the Python that runs such a script has a pip that knows --python.
bool installs_for_others(python::Folders& folders,
                         const python::Script& script,
                         const python::Launch& launch) {
    const python::Environment& environment = folders.environment_of(script.shebang.interpreter);
    for (const python::PathEntry& entry :
         python::module_path(folders, environment, launch).entries) {
        for (const python::Distribution& one : python::distributions_in(folders, entry.folder)) {
            if (one.name == "pip") {
                return Version::parse(one.version).value_or(Version()) >= *Version::parse("22.3");
            }
        }
    }
    return false;
}

std::string other_pip(python::Folders& folders,
                      const std::string& path,
                      const python::Launch& launch) {
    constexpr std::array<std::string_view, 2> names{"pip", "pip3"};
    for (const std::string_view name : names) {
        std::string program = first_on_path(folders.machine(), path, name);
        const auto script =
            program.empty() ? std::nullopt : python::script_at(folders.machine(), program);
        if (script && script->shebang.interpreter.starts_with('/') &&
            installs_for_others(folders, *script, launch)) {
            return program;
        }
    }
    return {};
}

std::string variable(const python::Launch& launch, const std::string& name) {
    const auto found = launch.variables.find(name);
    return found == launch.variables.end() ? std::string() : found->second;
}

// Beside the base environment, which of ".../envs/NAME" is the one above, or as the shell has it.
std::string conda_of(const system::Inspector& machine, const NotebookPython& notebook) {
    const std::string& prefix = notebook.environment.prefix;
    const python::Launch& launch = notebook.launch;
    const std::string path = fmt::format("{}/bin:{}:{}/.local/bin",
                                         prefix.substr(0, prefix.rfind("/envs/")),
                                         variable(launch, "PATH"),
                                         launch.passwd_home);
    for (const std::string_view name : {"conda", "mamba", "micromamba"}) {
        if (std::string program = first_on_path(machine, path, name); !program.empty()) {
            return program;
        }
    }
    return {};
}

Installer pip_or_other(python::Folders& folders, const NotebookPython& notebook) {
    if (notebook.path.entries.empty() || has_pip(folders, notebook)) {
        return {};
    }
    const python::Environment& environment = notebook.environment;
    const python::Launch& launch = notebook.launch;
    const std::string path = variable(launch, "PATH");
    const std::string uv = uv_of(folders.machine(), path, launch.passwd_home);
    if (!uv.empty() && environment.is_virtual() && environment.virtual_config->is_of_uv) {
        return {.kind = InstallerKind::uv, .program = uv};
    }
    // Debian's refuses to work outside of virtual environments, and all do where PEP 668 counts.
    const bool is_debians = !environment.is_virtual() && environment.build == python::Build::debian;
    if (!is_debians && !notebook.is_externally_managed &&
        folders.has_file(environment.library() + "/ensurepip", "__init__.py")) {
        return {.kind = InstallerKind::ensurepip, .program = {}};
    }
    if (!uv.empty()) {
        return {.kind = InstallerKind::uv, .program = uv};
    }
    if (std::string pip = other_pip(folders, path, launch); !pip.empty()) {
        return {.kind = InstallerKind::other_pip, .program = std::move(pip)};
    }
    return {.kind = is_debians ? InstallerKind::apt : InstallerKind::download, .program = {}};
}

}  // namespace

std::string_view word_of(InstallerKind kind) {
    constexpr std::array<std::string_view, 6> words{
        "pip", "uv", "ensurepip", "another pip", "apt", "download"};
    return words.at(static_cast<std::size_t>(kind));
}

Installer observe_installer(python::Folders& folders, const NotebookPython& notebook) {
    Installer installer = pip_or_other(folders, notebook);
    const python::Environment& environment = notebook.environment;
    if (environment.build == python::Build::conda && !environment.is_virtual()) {
        installer.conda = conda_of(folders.machine(), notebook);
    }
    return installer;
}

}  // namespace envkeep::gpu
