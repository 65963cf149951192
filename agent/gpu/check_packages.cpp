// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// Packages that are not whole, or not for this Python.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

std::optional<Finding> leftovers(const Facts& /*facts*/,
                                 const NotebookPython& notebook,
                                 const CompatData& /*data*/) {
    if (notebook.leftovers.empty()) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::info,
                    .title = "an interrupted pip left folders behind, of which it warns each time",
                    .evidence = {some_of(notebook.leftovers)},
                    .fix = {.text = {}}};
    std::string command = "rm -rf --";
    constexpr std::size_t most = 50;
    for (std::size_t i = 0; i < std::min(notebook.leftovers.size(), most); ++i) {
        const std::string& path = notebook.leftovers[i];
        command += ' ' + shell_quoted(path);
        finding.fix.repairs.push_back({.kind = model::RepairKind::move_aside, .subject = path});
    }
    finding.fix.text = "once no pip runs:";
    finding.fix.commands.push_back(std::move(command));
    return finding;
}

// By the name of the distribution: without it no notebook starts, or torch has no numpy.
bool is_needed(std::string_view name) {
    constexpr std::array<std::string_view, 4> needed{"numpy", "ipykernel", "pyzmq", "tornado"};
    return std::ranges::find(needed, name) != needed.end();
}

// Into the folder where it is.
std::string reinstalled(const NotebookPython& notebook,
                        const std::string& folder,
                        const std::string& what,
                        const std::string& how = "--force-reinstall") {
    const Framework beside{.entry = {.kind = kind_of(notebook, folder)}};
    return pip_install(notebook, {how, "--no-deps", "--no-cache-dir", what}, &beside);
}

// Of another size may also be what somebody stripped. Without a RECORD it works.
Severity harm_of_damage(const DamagedPackage& one) {
    if (one.has_no_record) {
        return Severity::info;
    }
    return is_needed(one.distribution.name) && one.check.missing > 0 ? Severity::error
                                                                     : Severity::warning;
}

std::optional<Finding> broken_record(const Facts& /*facts*/,
                                     const NotebookPython& notebook,
                                     const CompatData& /*data*/) {
    const auto worst = std::ranges::max_element(notebook.damaged, {}, harm_of_damage);
    if (worst == notebook.damaged.end()) {
        return std::nullopt;
    }
    const python::Distribution& one = worst->distribution;
    Finding finding{.severity = harm_of_damage(*worst),
                    .title = worst->has_no_record
                                 ? one.name + " has no RECORD: pip can neither remove nor renew it"
                                 : fmt::format("{} is not whole: {} missing, {} of another size",
                                               one.name,
                                               counted(worst->check.missing, "file"),
                                               worst->check.other_size),
                    .fix = {.text = {}}};
    for (const DamagedPackage& damaged : notebook.damaged) {
        const std::string record = printable(damaged.distribution.path) + "/RECORD";
        finding.evidence.push_back(damaged.has_no_record
                                       ? record + ": not there, or empty"
                                       : printable(damaged.check.examples.front()) + ": not as " +
                                             record + " says");
        // pip refuses to remove what has none, which --force-reinstall would do first; uv goes on.
        finding.fix.commands.push_back(
            reinstalled(notebook,
                        damaged.distribution.folder,
                        damaged.distribution.name + "==" + damaged.distribution.version,
                        damaged.has_no_record && notebook.installer.kind != InstallerKind::uv
                            ? "--ignore-installed"
                            : "--force-reinstall"));
    }
    return finding;
}

std::optional<Finding> extension_abi(const Facts& /*facts*/,
                                     const NotebookPython& notebook,
                                     const CompatData& /*data*/) {
    using python::PathKind;
    Finding finding{.severity = Severity::warning, .fix = {.text = {}}};
    for (const ForeignPackage& one : notebook.foreign) {
        // A copy behind it, which a check of sys.path tells.
        if (one.hides_another &&
            (one.entry.kind == PathKind::variable || one.entry.kind == PathKind::path_file)) {
            continue;
        }
        finding.severity = is_needed(one.name) ? Severity::error : finding.severity;
        finding.evidence.push_back(
            fmt::format("{}: no module for this Python", printable(one.file.path)));
        finding.fix.commands.push_back(reinstalled(notebook, one.entry.folder, one.name));
        finding.title = fmt::format("{} was compiled for another Python ({}), the notebook's is {}",
                                    one.name,
                                    printable(one.file.tag),
                                    notebook.environment.version);
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    finding.evidence.push_back(interpreter_of(notebook));
    return finding;
}

}  // namespace

std::span<const Check> package_checks() {
    static constexpr std::array checks{
        Check{"py-extension-abi", extension_abi},
        Check{"py-record-broken", broken_record},
        Check{"py-tilde-leftover", leftovers},
    };
    return checks;
}

}  // namespace envkeep::gpu
