// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// Which Python the notebook's kernels start, and with which variables.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::Kernel;

bool is_missing(const Facts& facts, const Kernel& kernel) {
    const std::vector<std::string>& missing = facts.python.missing_programs;
    return kernel.is_readable &&
           (kernel.program.empty() || std::ranges::find(missing, kernel.program) != missing.end());
}

// The one of that name that would count if this were gone; null if that is Jupyter's own or none.
const Kernel* hidden_by(const Facts& facts, const Kernel& kernel) {
    const auto found = std::ranges::find_if(facts.python.kernels, [&](const Kernel& other) {
        return !other.wins && other.name == kernel.name && !is_missing(facts, other);
    });
    return found == facts.python.kernels.end() ? nullptr : &*found;
}

// An image's own folders; what lies elsewhere was kept or made by the user.
bool is_of_image(const Facts& facts, const Kernel& kernel) {
    const std::string prefix =
        facts.python.server ? facts.python.server->environment.prefix : std::string("/usr");
    return kernel.is_native || is_path_within(kernel.folder, "/usr") ||
           (!prefix.empty() && is_path_within(kernel.folder, prefix));
}

std::string shown(const Kernel& kernel) {
    return fmt::format(
        "{}: argv {}",
        kernel.folder.empty() ? "Jupyter's own kernel" : kernel.folder + "/kernel.json",
        kernel.arguments.empty() ? "" : printable(kernel.arguments.front()));
}

// Out of Jupyter's sight: any folder beside it would be a kernel too.
model::Fix spec_aside(const Kernel& kernel) {
    const std::string kernels = kernel.folder.substr(0, kernel.folder.rfind('/'));
    const std::string data = kernels.substr(0, kernels.rfind('/'));
    return {
        .commands = {fmt::format("mv -nT {} {}",
                                 shell_quoted(kernel.folder),
                                 shell_quoted(fmt::format("{}/{}-kernel.old", data, kernel.name)))},
        .text = {},
        .repairs = {{.kind = model::RepairKind::move_aside, .subject = kernel.folder}}};
}

bool is_default(const Kernel& kernel) {
    return kernel.name == "python3";
}

// A kept kernelspec that takes the place of one that works.
bool is_in_the_way(const Facts& facts, const Kernel& kernel) {
    return kernel.wins && !kernel.folder.empty() && !is_of_image(facts, kernel) &&
           (hidden_by(facts, kernel) != nullptr || is_default(kernel));
}

// A dead one is an error if it is Jupyter's default; one that works may be meant.
Finding told_of(const Facts& facts, const Kernel& kernel) {
    const bool is_dead = is_missing(facts, kernel);
    Finding finding{
        .severity = is_default(kernel) ? Severity::error : Severity::warning,
        .title = fmt::format("a kept kernelspec {} {}",
                             quoted(kernel.name),
                             is_dead ? "stands before the image's, and the Python it starts is gone"
                                     : "starts another Python than the image's"),
        .evidence = {shown(kernel)},
        .fix = spec_aside(kernel)};
    if (const Kernel* const hidden = hidden_by(facts, kernel)) {
        finding.evidence.push_back(shown(*hidden) + ", hidden by it");
    }
    if (!is_dead) {
        finding.severity = Severity::info;
        finding.fix.text = "if you want the image's:";
        finding.fix.repairs.clear();
    }
    return finding;
}

std::optional<Finding> spec_shadow(const Facts& facts, const CompatData& /*data*/) {
    std::optional<Finding> worst;
    for (const Kernel& kernel : facts.python.kernels) {
        const Kernel* const hidden = hidden_by(facts, kernel);
        const bool is_other = hidden != nullptr && hidden->program != kernel.program;
        if (!is_in_the_way(facts, kernel) || (!is_missing(facts, kernel) && !is_other)) {
            continue;
        }
        Finding finding = told_of(facts, kernel);
        if (!worst || finding.severity > worst->severity) {
            worst = std::move(finding);
        }
    }
    return worst;
}

bool is_told_of_environment(const Facts& facts, const Kernel& kernel) {
    return std::ranges::any_of(
        facts.python.environments.environments, [&](const python::FoundEnvironment& one) {
            return one.environment.is_virtual() && one.environment.program == kernel.program;
        });
}

std::optional<Finding> dead_spec(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{.title = "a kernelspec starts a program that is not here", .fix = {.text = {}}};
    for (const Kernel& kernel : facts.python.kernels) {
        constexpr std::size_t most = 20;
        if (finding.evidence.size() == most || !kernel.wins || kernel.folder.empty() ||
            !is_missing(facts, kernel) || is_in_the_way(facts, kernel) ||
            is_told_of_environment(facts, kernel)) {
            continue;
        }
        finding.severity =
            std::max(finding.severity, is_default(kernel) ? Severity::error : Severity::warning);
        finding.evidence.push_back(shown(kernel));
        model::Fix fix = spec_aside(kernel);
        finding.fix.commands.push_back(std::move(fix.commands.front()));
        finding.fix.repairs.push_back(std::move(fix.repairs.front()));
    }
    return finding.evidence.empty() ? std::nullopt : std::optional(std::move(finding));
}

// Harmful for the one whose notebook counts is an error; a second one without the card is meant.
Severity harm_of(const Facts& facts,
                 const Kernel& kernel,
                 const std::string& name,
                 const std::string& value) {
    const std::vector<NotebookPython>& notebooks = facts.python.notebooks;
    const bool has_jax = !notebooks.empty() && notebooks.front().framework("jax") != nullptr;
    const bool is_harmful =
        has_card(facts) &&
        ((name == "CUDA_VISIBLE_DEVICES" && hides_cards(value)) ||
         (name.starts_with("JAX_PLATFORM") && keeps_from_card(value) && has_jax));
    if (!is_harmful) {
        return Severity::info;
    }
    const bool is_first = !notebooks.empty() &&
                          (std::ranges::find(notebooks.front().kernels, kernel.name) !=
                               notebooks.front().kernels.end() ||
                           (facts.notebook.pid != 0 && facts.notebook.what == "kernel" &&
                            facts.notebook.has(name) && facts.notebook.variable(name) == value));
    if (!is_first) {
        return Severity::info;
    }
    return name == "CUDA_VISIBLE_DEVICES" ? Severity::error : Severity::warning;
}

std::optional<Finding> spec_variables(const Facts& facts, const CompatData& /*data*/) {
    constexpr std::array<std::string_view, 7> names{"CUDA_VISIBLE_DEVICES",
                                                    "LD_LIBRARY_PATH",
                                                    "LD_PRELOAD",
                                                    "PYTHONPATH",
                                                    "PYTHONHOME",
                                                    "JAX_PLATFORMS",
                                                    "JAX_PLATFORM_NAME"};
    Finding finding{.fix = {.text = {}}};
    std::string file;
    for (const Kernel& kernel : facts.python.kernels) {
        for (const auto& [name, value] : kernel.variables) {
            const Severity harm = harm_of(facts, kernel, name, value);
            const bool may_matter = std::ranges::find(names, name) != names.end() &&
                                    (name != "CUDA_VISIBLE_DEVICES" || harm > Severity::info);
            if (!kernel.wins || !may_matter || harm < finding.severity ||
                !is_set_by_kernel(facts, name, value)) {
                continue;
            }
            if (harm > finding.severity) {
                finding.evidence.clear();
            }
            finding.severity = harm;
            file = kernel.folder + "/kernel.json";
            finding.evidence.push_back(fmt::format("{}: env {}={}", file, name, printable(value)));
        }
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    finding.title = finding.severity == Severity::info
                        ? "a kernelspec gives its notebooks other variables than the server's"
                        : "a kernelspec keeps its notebooks from the card by a variable";
    finding.fix.text = finding.severity == Severity::info
                           ? "nothing, if you mean it"
                           : "take it out of \"env\" in " + file + ", then restart the kernel";
    return finding;
}

std::optional<Finding> other_python(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<python::Environment>& terminal = facts.python.terminal.python;
    if (!terminal || facts.python.notebooks.empty() || facts.notebook.pid == 0) {
        return std::nullopt;
    }
    const NotebookPython& notebook = facts.python.notebooks.front();
    if (is_same(*terminal, notebook.environment) || notebook.environment.real_program.empty()) {
        return std::nullopt;
    }
    std::string name = "python" + terminal->version;
    std::erase(name, '.');
    Finding finding{
        .severity = Severity::info,
        .title = "the notebook's Python is another one than the terminal's",
        .evidence = {interpreter_of(notebook),
                     fmt::format(
                         "PATH: {}, Python {}", printable(terminal->program), terminal->version)},
        .fix = {.text = {}}};
    for (const NotebookPython& other : facts.python.notebooks) {
        if (is_same(*terminal, other.environment) && !other.kernels.empty()) {
            finding.fix.text =
                fmt::format("if you want the terminal's: choose the kernel {} in the notebook",
                            quoted(other.kernels.front()));
            return finding;
        }
    }
    finding.fix.commands = {fmt::format(
        "{} -m ipykernel install --user --name {}", shell_quoted(terminal->program), name)};
    finding.fix.text = "if you want the terminal's as a kernel (it needs the package ipykernel):";
    return finding;
}

// With that value: a kernelspec that sets it changes nothing.
bool is_of_server(const Facts& facts, const std::string& name, const std::string& value) {
    if (!facts.python.server) {
        return false;
    }
    const std::map<std::string, std::string>& variables = facts.python.server->launch.variables;
    const auto found = variables.find(name);
    return found != variables.end() && found->second == value;
}

}  // namespace

bool is_set_by_kernel(const Facts& facts, const std::string& name, const std::string& value) {
    return !is_of_server(facts, name, value) &&
           std::ranges::any_of(facts.python.kernels, [&](const Kernel& kernel) {
               const auto found = kernel.variables.find(name);
               return kernel.wins && found != kernel.variables.end() && found->second == value;
           });
}

std::span<const Check> kernel_checks() {
    static constexpr std::array checks{
        Check{"nb-kernel-env-override", spec_variables},
        Check{"nb-kernelspec-shadow", spec_shadow},
        Check{"nb-kernelspec-dead", dead_spec},
        Check{"nb-kernel-other-python", other_python},
    };
    return checks;
}

}  // namespace envkeep::gpu
