// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

// What earlier images left to the notebook's Python, and which Python is meant.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::Environment;

bool is_of_torch(std::string_view name) {
    return name == "torch" || name == "torchvision" || name == "torchaudio";
}

// torch of the index for this driver and card, or what was made for the torch that is here.
std::vector<std::string> install_torch(const Facts& facts,
                                       const NotebookPython& notebook,
                                       const std::vector<Framework>& of_torch,
                                       const CompatData& data) {
    NotebookPython wanted = notebook;
    wanted.frameworks = of_torch;
    if (wanted.framework("torch") != nullptr) {
        return has_card(facts) ? right_torch(facts, wanted, data).commands
                               : std::vector<std::string>();
    }
    const Framework* const here = notebook.framework("torch");
    if (here == nullptr) {
        return {};
    }
    std::vector<std::string> what{"--no-deps"};
    for (const Framework& one : of_torch) {
        std::string fitting = companion_of(*here, one.name, data);
        if (fitting.empty()) {
            return {};
        }
        what.push_back(std::move(fitting));
    }
    return {pip_install(notebook, what, &of_torch.front(), index_of(here->version))};
}

// What others need of torch too: pip would take the build of PyPI for it.
std::vector<std::string> install_all(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const std::vector<std::string>& names,
                                     python::PathKind kind,
                                     const CompatData& data) {
    const python::PathEntry entry{.kind = kind};
    std::vector<Framework> of_torch;
    std::vector<std::string> others;
    for (const std::string& name : names) {
        if (is_of_torch(name)) {
            of_torch.push_back({.name = name, .entry = entry});
        } else {
            others.push_back(name);
        }
    }
    std::vector<std::string> commands;
    if (!of_torch.empty()) {
        commands = install_torch(facts, notebook, of_torch, data);
    }
    if (commands.empty()) {
        others = names;
    }
    if (!others.empty()) {
        const Framework beside{.entry = entry};
        commands.push_back(pip_install(notebook, others, &beside));
    }
    return commands;
}

// A Python of that version that a terminal starts, whose packages they are.
bool is_terminals(const Facts& facts, const std::string& version) {
    const Terminal& terminal = facts.python.terminal;
    return (terminal.python && terminal.python->version == version) ||
           (terminal.pips && terminal.pips->version == version);
}

bool is_here(const Facts& facts, const std::string& version) {
    return std::ranges::any_of(
        facts.python.environments.environments, [&](const python::FoundEnvironment& found) {
            return found.environment.version == version && !found.environment.is_virtual() &&
                   found.environment.faults.empty();
        });
}

bool has_users_packages(const NotebookPython& notebook) {
    return std::ranges::any_of(notebook.distributions, [&](const python::Distribution& one) {
        return kind_of(notebook, one.folder) == python::PathKind::user_site && one.name != "pip";
    });
}

// Of the user's site folder of another minor version, what the notebook does not have.
std::vector<std::string> missing_of(const LeftPackages& left, const NotebookPython& notebook) {
    std::vector<std::string> names;
    std::ranges::copy_if(left.wanted, std::back_inserter(names), [&](const std::string& name) {
        return notebook.distribution(name) == nullptr;
    });
    return names;
}

std::optional<Finding> other_minor(const Facts& facts, const CompatData& data) {
    if (facts.python.notebooks.empty() || facts.python.notebooks.front().environment.is_virtual() ||
        facts.python.notebooks.front().environment.version.empty()) {
        return std::nullopt;
    }
    const NotebookPython& notebook = facts.python.notebooks.front();
    Finding finding;
    std::set<std::string> missing;
    bool is_any_gone = false;
    for (const LeftPackages& left : facts.python.left) {
        const std::vector<std::string> names = missing_of(left, notebook);
        if (names.empty() || !left.environment.empty() || is_terminals(facts, left.version)) {
            continue;
        }
        is_any_gone = is_any_gone || !is_here(facts, left.version);
        finding.evidence.push_back(fmt::format("{}: {}", printable(left.folder), some_of(names)));
        missing.insert(names.begin(), names.end());
    }
    if (missing.empty()) {
        return std::nullopt;
    }
    // Who has packages for this Python too has moved on.
    finding.severity =
        has_users_packages(notebook) || !is_any_gone ? Severity::info : Severity::warning;
    finding.title = fmt::format("{} in ~/.local {} for another Python than the notebook's {}",
                                counted(missing.size(), "package"),
                                missing.size() == 1 ? "is" : "are",
                                notebook.environment.version);
    finding.evidence.push_back(interpreter_of(notebook));
    finding.fix.commands = install_all(
        facts, notebook, {missing.begin(), missing.end()}, python::PathKind::user_site, data);
    finding.fix.text = finding.severity == Severity::info
                           ? "if you miss them:"
                           : "install them for this Python, or go back to the image before";
    return finding;
}

// Of those that start it: an error for the notebook's own.
Severity harm_of(const Facts& facts, const Environment& environment) {
    Severity harm = Severity::info;
    for (const NotebookPython& notebook : facts.python.notebooks) {
        if (notebook.environment.program == environment.program) {
            harm = std::max(
                harm,
                &notebook == &facts.python.notebooks.front() ? Severity::error : Severity::warning);
        }
    }
    return harm;
}

// To make a virtual environment anew: the same version if that is here, else the first.
const Environment* base_for(const Facts& facts, const Environment& environment) {
    const Environment* best = nullptr;
    for (const python::FoundEnvironment& found : facts.python.environments.environments) {
        const Environment& one = found.environment;
        if (one.is_virtual() || !one.faults.empty()) {
            continue;
        }
        const bool is_same = one.version == environment.version;
        if (best == nullptr || (is_same && best->version != environment.version)) {
            best = &one;
        }
    }
    return best;
}

model::Fix made_anew(const Facts& facts, const Environment& environment, const CompatData& data) {
    const Environment* const base = base_for(facts, environment);
    const std::string folder = shell_quoted(environment.prefix);
    if (base == nullptr) {
        return {.text = "make it anew with a Python that is here"};
    }
    model::Fix fix = move_aside(environment.prefix);
    fix.repairs.clear();
    fix.commands.push_back(
        fmt::format("{} -m venv{} {}",
                    shell_quoted(base->program),
                    environment.virtual_config->has_system_site ? " --system-site-packages" : "",
                    folder));
    const auto left =
        std::ranges::find(facts.python.left, environment.prefix, &LeftPackages::environment);
    if (left != facts.python.left.end()) {
        NotebookPython made;
        made.environment = {.program = environment.prefix + "/bin/python",
                            .version = base->version};
        for (std::string& command :
             install_all(facts, made, left->wanted, python::PathKind::site, data)) {
            fix.commands.push_back(std::move(command));
        }
    }
    return fix;
}

std::string why_dead(const Environment& environment) {
    std::string why;
    for (const python::Fault fault : environment.faults) {
        why += (why.empty() ? "" : ", ") + std::string(python::word_of(fault));
    }
    return fmt::format("{}: {}; {}: home = {}, version = {}",
                       printable(environment.program),
                       why,
                       printable(environment.virtual_config->path),
                       printable(environment.virtual_config->home),
                       printable(environment.virtual_config->version));
}

std::optional<Finding> broken_venv(const Facts& facts, const CompatData& data) {
    std::vector<const Environment*> dead;
    for (const python::FoundEnvironment& found : facts.python.environments.environments) {
        if (is_broken(found.environment)) {
            dead.push_back(&found.environment);
        }
    }
    const auto worst = std::ranges::max_element(
        dead, {}, [&](const Environment* one) { return harm_of(facts, *one); });
    if (worst == dead.end()) {
        return std::nullopt;
    }
    Finding finding{.severity = harm_of(facts, **worst),
                    .title = fmt::format("the virtual environment {} does not start any more",
                                         quoted((*worst)->prefix)),
                    .evidence = {why_dead(**worst)},
                    .fix = made_anew(facts, **worst, data)};
    for (const Environment* const one : dead) {
        if (one != *worst) {
            finding.evidence.push_back(why_dead(*one));
        }
    }
    return finding;
}

// What pip says is installed, and no notebook finds.
std::optional<Finding> pip_of_other(const Facts& facts, const CompatData& /*data*/) {
    const Terminal& terminal = facts.python.terminal;
    const bool is_notebooks =
        !terminal.pips || facts.python.notebooks.empty() ||
        facts.python.notebooks.front().environment.real_program.empty() ||
        std::ranges::any_of(facts.python.notebooks, [&](const NotebookPython& notebook) {
            return is_same(notebook.environment, *terminal.pips);
        });
    if (is_notebooks) {
        return std::nullopt;
    }
    const NotebookPython& notebook = facts.python.notebooks.front();
    return Finding{.severity = Severity::info,
                   .title = "the first pip on PATH installs for another Python than the notebook's",
                   .evidence = {fmt::format("{}: #!{}, Python {}",
                                            printable(terminal.pip->path),
                                            printable(terminal.pip->shebang.interpreter),
                                            terminal.pips->version),
                                interpreter_of(notebook)},
                   .fix = {.commands = {pip_install(notebook, {"NAME"})},
                           .text = "'%pip install NAME' in a cell, or:"}};
}

std::optional<Finding> dead_scripts(const Facts& facts, const CompatData& /*data*/) {
    Finding finding{.severity = Severity::info, .fix = {.text = {}}};
    std::string command;
    std::vector<std::string> names;
    for (const DeadScript& one : facts.python.dead_scripts) {
        const std::string& path = one.script.path;
        names.push_back(path);
        const bool is_harmful = !one.hides.empty();
        if (is_harmful) {
            finding.severity = Severity::warning;
            finding.evidence.push_back(fmt::format("{}: #!{}, which is gone; it hides {}",
                                                   printable(path),
                                                   printable(one.script.shebang.interpreter),
                                                   printable(one.hides)));
            model::Fix fix = move_aside(path);
            command += (command.empty() ? "" : " && ") + fix.commands.front();
            finding.fix.repairs.push_back(std::move(fix.repairs.front()));
        }
    }
    if (names.empty()) {
        return std::nullopt;
    }
    if (!command.empty()) {
        finding.title = "commands of an earlier Python stand before those that work";
        finding.fix.commands.push_back(std::move(command));
        return finding;
    }
    const DeadScript& first = facts.python.dead_scripts.front();
    finding.title = "commands start a Python that is gone (bad interpreter)";
    finding.evidence.push_back(fmt::format(
        "{}: #!{}", printable(first.script.path), printable(first.script.shebang.interpreter)));
    finding.fix.text = "installing their packages anew mends them: " + some_of(names);
    return finding;
}

}  // namespace

std::span<const Check> environment_checks() {
    static constexpr std::array checks{
        Check{"py-venv-broken", broken_venv},
        Check{"py-other-minor", other_minor},
        Check{"py-script-dead", dead_scripts},
        Check{"py-pip-other-python", pip_of_other},
    };
    return checks;
}

}  // namespace envkeep::gpu
