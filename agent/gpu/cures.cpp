// SPDX-License-Identifier: MIT
#include "gpu/cures.hpp"

#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace envkeep::gpu {
namespace {

bool is_uvs(const NotebookPython& notebook) {
    return notebook.installer.kind == InstallerKind::uv;
}

// What brings pip comes before it: each command works by itself.
std::string pip(const NotebookPython& notebook, std::string_view verb) {
    const std::string python = shell_quoted(notebook.environment.program);
    const std::string other = shell_quoted(notebook.installer.program);
    const std::string_view yes = verb == "uninstall" ? " -y" : "";
    std::string first;
    switch (notebook.installer.kind) {
        case InstallerKind::pip:
            break;
        case InstallerKind::uv:
            return fmt::format("{} pip {} --python {}", other, verb, python);
        case InstallerKind::other_pip:
            return fmt::format("{} --python {} {}{}", other, python, verb, yes);
        case InstallerKind::ensurepip:
            first = python + " -m ensurepip && ";
            break;
        case InstallerKind::apt:
            first = "sudo apt-get install -y python3-pip && ";
            break;
        case InstallerKind::download:
            first = notebook.installer.conda.empty()
                        ? fmt::format("curl -fsSL https://bootstrap.pypa.io/get-pip.py | {} - && ",
                                      python)
                        : conda(notebook, "install") + " pip && ";
            break;
    }
    return fmt::format("{}{} -m pip {}{}", first, python, verb, yes);
}

std::string quoted_all(const std::vector<std::string>& what) {
    std::string all;
    for (const std::string& one : what) {
        all += ' ' + shell_quoted(one);
    }
    return all;
}

// A kernelspec that starts that notebook and sets the variable; null if none does.
const python::Kernel* spec_that_sets(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const std::string& variable) {
    const auto found = std::ranges::find_if(facts.python.kernels, [&](const python::Kernel& one) {
        const auto set = one.variables.find(variable);
        return one.wins && set != one.variables.end() &&
               is_set_by_kernel(facts, variable, set->second) &&
               std::ranges::find(notebook.kernels, one.name) != notebook.kernels.end();
    });
    return found == facts.python.kernels.end() ? nullptr : &*found;
}

}  // namespace

std::string paths_without_record(const NotebookPython& notebook, std::string_view name) {
    for (const DamagedPackage& one : notebook.damaged) {
        const Framework* const module = notebook.framework(name);
        if (one.has_no_record && one.distribution.name == name && module != nullptr &&
            module->installed == one.distribution) {
            return ' ' + shell_quoted(module->module.path) + ' ' +
                   shell_quoted(one.distribution.path);
        }
    }
    return {};
}

std::string pip_install(const NotebookPython& notebook,
                        const std::vector<std::string>& what,
                        const Framework* beside,
                        std::string_view index) {
    // uv knows no --user.
    const bool is_users =
        beside != nullptr && beside->is_of(python::PathKind::user_site) && !is_uvs(notebook);
    return fmt::format("{}{}{}{}{}",
                       pip(notebook, "install"),
                       is_users ? " --user" : "",
                       notebook.is_externally_managed ? " --break-system-packages" : "",
                       quoted_all(what),
                       index.empty() ? std::string() : fmt::format(" --index-url {}", index));
}

std::string index_of(std::string_view torch_version) {
    const std::size_t plus = torch_version.find('+');
    const std::string_view build =
        plus == std::string_view::npos ? std::string_view() : torch_version.substr(plus + 1);
    if (!build.starts_with("cu") && !build.starts_with("rocm") && build != "cpu") {
        return {};
    }
    return fmt::format("https://download.pytorch.org/whl/{}{}",
                       torch_version.find(".dev") == std::string_view::npos ? "" : "nightly/",
                       build);
}

std::string nvidia_package(std::string_view component, unsigned cuda) {
    const bool has_suffix = cuda < 13 || component == "cudnn" || component == "nccl";
    return has_suffix ? fmt::format("nvidia-{}-cu{}", component, cuda)
                      : fmt::format("nvidia-{}", component);
}

std::string pip_uninstall(const NotebookPython& notebook, const std::vector<std::string>& what) {
    std::string removed;
    std::vector<std::string> others;
    for (const std::string& name : what) {
        const std::string paths = paths_without_record(notebook, name);
        removed += paths;
        if (paths.empty()) {
            others.push_back(name);
        }
    }
    if (!removed.empty()) {
        removed.insert(0, "rm -rf --");
    }
    if (others.empty()) {
        return removed;
    }
    return fmt::format("{}{}{}{}{}",
                       removed,
                       removed.empty() ? "" : " && ",
                       pip(notebook, "uninstall"),
                       notebook.is_externally_managed ? " --break-system-packages" : "",
                       quoted_all(others));
}

std::string pip_cache_purge(const NotebookPython& notebook) {
    return is_uvs(notebook) ? shell_quoted(notebook.installer.program) + " cache clean"
                            : pip(notebook, "cache purge");
}

model::Fix unset(const Facts& facts, const std::string& names) {
    model::Fix fix{
        .commands = {"unset " + names},
        .text = facts.notebook.pid == 0
                    ? std::string()
                    : "'unset " + names +
                          "' where it is set (pre-run.sh, ~/.bashrc, kernel.json, a cell), then "
                          "restart the kernel"};
    for (const std::string_view name : split(names, ' ')) {
        fix.repairs.push_back(
            {.kind = model::RepairKind::drop_variable, .subject = std::string(name)});
    }
    return fix;
}

model::Fix exported(const Facts& facts, const std::string& assignment) {
    return {
        .commands = {"export " + assignment},
        .text = facts.notebook.pid == 0
                    ? std::string()
                    : "a notebook does not see what a shell exports: put it into `env:` of "
                      "envkeep's manifest or \"env\" of the kernelspec, then restart the kernel"};
}

std::string origin_of(const Facts& facts, const std::string& name) {
    const NotebookProcess& process = facts.notebook;
    const std::vector<NotebookPython>& notebooks = facts.python.notebooks;
    const python::Kernel* const spec = process.what == "kernel" || notebooks.empty()
                                           ? nullptr
                                           : spec_that_sets(facts, notebooks.front(), name);
    if (spec != nullptr) {
        return fmt::format(
            "{}/kernel.json: env {}={}", spec->folder, name, printable(process.variable(name)));
    }
    return fmt::format("{}: {}={}",
                       process.pid == 0
                           ? process.what
                           : fmt::format("/proc/{}/environ ({})", process.pid, process.what),
                       name,
                       printable(process.variable(name)));
}

model::Fix move_aside(const std::string& path) {
    return {
        .commands = {fmt::format("mv -nT {} {}", shell_quoted(path), shell_quoted(path + ".old"))},
        .text = {},
        .repairs = {{.kind = model::RepairKind::move_aside, .subject = path}}};
}

std::string without_folders(const std::vector<std::string>& folders,
                            const std::vector<std::string>& dropped) {
    std::vector<std::string> kept;
    for (const std::string& folder : folders) {
        if (std::ranges::find(dropped, folder) == dropped.end()) {
            kept.push_back(folder);
        }
    }
    return kept.empty()
               ? "unset LD_LIBRARY_PATH"
               : "export LD_LIBRARY_PATH=" + shell_quoted(fmt::format("{}", fmt::join(kept, ":")));
}

std::string where_it_is_set(const Facts& facts,
                            const NotebookPython& notebook,
                            const std::string& variable) {
    if (const python::Kernel* const spec = spec_that_sets(facts, notebook, variable)) {
        return fmt::format("{}/kernel.json sets {}: change it there, then restart the kernel",
                           spec->folder,
                           variable);
    }
    return fmt::format(
        "a notebook does not see what a shell exports: change {} where it is set "
        "(`env:` in envkeep's manifest, else the image or its start command), then "
        "restart the kernel",
        variable);
}

std::vector<CardModel> known_cards(const Facts& facts, const CompatData& data) {
    std::vector<CardModel> cards;
    for (const PciCard& card : facts.pci.cards) {
        std::optional<CardModel> model = data.card(card.device);
        if (model && model->capability.is_known() && is_own_card(facts, card)) {
            cards.push_back(*std::move(model));
        }
    }
    return cards;
}

std::optional<CardModel> weakest_card(const Facts& facts, const CompatData& data) {
    const std::vector<CardModel> cards = known_cards(facts, data);
    const auto weakest = std::ranges::min_element(cards, {}, &CardModel::capability);
    return weakest == cards.end() ? std::nullopt : std::optional(*weakest);
}

}  // namespace envkeep::gpu
