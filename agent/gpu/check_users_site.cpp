// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

// The user's own packages in ~/.local: before the environment's, or not looked at.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::Distribution;
using python::PathKind;

bool is_conda_environment(const NotebookPython& notebook) {
    return notebook.environment.build == python::Build::conda &&
           !notebook.environment.is_virtual() &&
           notebook.environment.prefix.find("/envs/") != std::string::npos;
}

// Of one name in the user's site folder and behind it.
struct Pair {
    const Distribution* users = nullptr;
    const Distribution* own = nullptr;
};

std::vector<Pair> hidden_by_users(const NotebookPython& notebook) {
    constexpr std::size_t most = 500;
    std::map<std::string_view, const Distribution*> users;
    std::vector<Pair> pairs;
    // In the order of sys.path, where the user's folder comes before the others.
    for (const Distribution& one : notebook.distributions) {
        const PathKind kind = kind_of(notebook, one.folder);
        if (kind == PathKind::user_site) {
            users.emplace(one.name, &one);
            continue;
        }
        const auto found = users.find(one.name);
        if (kind == PathKind::site && one.kind != python::DistributionKind::conda &&
            found != users.end() && pairs.size() < most) {
            if (found->second->version != one.version) {
                pairs.push_back({.users = found->second, .own = &one});
            }
            users.erase(found);
        }
    }
    return pairs;
}

bool is_framework(const NotebookPython& notebook, const std::string& name) {
    return std::ranges::any_of(notebook.frameworks, [&](const Framework& one) {
        return one.installed && one.installed->name == name;
    });
}

// conda itself keeps variables in an environment; micromamba does not, and newer mamba neither.
model::Fix conda_variable(const Facts& facts,
                          const NotebookPython& notebook,
                          const std::string& assignment) {
    const std::string& conda = notebook.installer.conda;
    if (!conda.ends_with("/conda")) {
        return exported(facts, assignment);
    }
    return {.commands = {fmt::format("{} env config vars set -p {} {}",
                                     shell_quoted(conda),
                                     shell_quoted(notebook.environment.prefix),
                                     assignment)},
            .text = {}};
}

std::optional<Finding> conda_user_leak(const Facts& facts,
                                       const NotebookPython& notebook,
                                       const CompatData& /*data*/) {
    const std::vector<Pair> pairs = hidden_by_users(notebook);
    if (!is_conda_environment(notebook) || pairs.empty()) {
        return std::nullopt;
    }
    Finding finding{.title = "the conda environment takes packages from ~/.local before its own",
                    .fix = conda_variable(facts, notebook, "PYTHONNOUSERSITE=1")};
    constexpr std::size_t most = 10;
    for (const Pair& pair : pairs) {
        const bool is_important = is_framework(notebook, pair.users->name);
        finding.severity = is_important ? Severity::warning : finding.severity;
        if (finding.evidence.size() < most || is_important) {
            finding.evidence.push_back(fmt::format("{} {}: {} hides {}",
                                                   pair.users->name,
                                                   pair.users->version,
                                                   printable(pair.users->path),
                                                   pair.own->version));
        }
    }
    for (const python::Kernel& kernel : facts.python.kernels) {
        if (kernel.wins && !kernel.folder.empty() &&
            kernel.program == notebook.environment.program) {
            finding.fix.text = fmt::format(
                "for shells the command; for the notebook \"env\": {{\"PYTHONNOUSERSITE\": \"1\"}} "
                "in {}/kernel.json",
                kernel.folder);
        }
    }
    return finding;
}

// What one that depends on it asks for instead; null if it asks for nothing else.
const python::Requirement* unmet_by(const Dependent& dependent, const Distribution& users) {
    const auto version = Version::parse(users.version);
    const auto found =
        std::ranges::find_if(dependent.requirements, [&](const python::Requirement& one) {
            return one.name == users.name && one.marker.empty() && version && breaks(one, *version);
        });
    return found == dependent.requirements.end() ? nullptr : &*found;
}

std::optional<Finding> user_shadow(const Facts& /*facts*/,
                                   const NotebookPython& notebook,
                                   const CompatData& /*data*/) {
    Finding finding{
        .severity = Severity::info,
        .title = "packages in ~/.local are not of the versions that others here ask for",
        .fix = {.text = "without the copies in ~/.local the image's own count again:"}};
    std::set<std::string> names;
    for (const Pair& pair : hidden_by_users(notebook)) {
        for (const Dependent& dependent : notebook.dependents) {
            if (const python::Requirement* const one = unmet_by(dependent, *pair.users)) {
                finding.evidence.push_back(fmt::format("{}: version {}, and {} asks for {}",
                                                       printable(pair.users->path),
                                                       pair.users->version,
                                                       dependent.distribution.name,
                                                       printable(one->specifier)));
                names.insert(one->name);
            }
        }
    }
    if (names.empty()) {
        return std::nullopt;
    }
    finding.fix.commands.push_back(pip_uninstall(notebook, {names.begin(), names.end()}));
    return finding;
}

// Of those in the user's folder that this notebook has nowhere else.
std::vector<std::string> missing_from(const NotebookPython& notebook) {
    std::vector<std::string> names;
    for (const Distribution& one : notebook.unseen) {
        if (notebook.distribution(one.name) == nullptr && one.name != "pip" &&
            one.name != "setuptools" && one.name != "wheel") {
            names.push_back(one.name);
        }
    }
    return names;
}

// Python's own switches: what follows "-m" or "-c" may be a secret.
std::string switches_of(const python::Launch& launch) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string out;
    for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
        const std::string_view word = launch.arguments[i];
        if (word.starts_with("-X") || word.starts_with("-W")) {
            i += word.size() == 2 ? 1U : 0U;  // its value is the next word
            continue;
        }
        const std::string_view own = word.substr(0, word.find_first_of("mc"));
        if (!word.starts_with('-') || own.find_first_not_of(letters, 1) != std::string_view::npos) {
            break;
        }
        if (own.size() > 1) {
            out += (out.empty() ? "" : " ") + std::string(own);
        }
        if (own.size() < word.size()) {
            break;
        }
    }
    return out;
}

std::optional<Finding> no_user_site(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& /*data*/) {
    std::vector<std::string> names = missing_from(notebook);
    if (names.empty()) {
        return std::nullopt;
    }
    const python::Environment& environment = notebook.environment;
    const bool has_torch = std::ranges::find(names, "torch") != names.end();
    // Environments of one's own mean to be without it.
    const bool is_meant = environment.is_virtual() || is_conda_environment(notebook);
    if (is_meant && !has_torch) {
        return std::nullopt;
    }
    constexpr std::size_t most = 8;
    const std::size_t count = names.size();
    names.resize(std::min(count, most));
    Finding finding{.severity = is_meant ? Severity::info : Severity::warning,
                    .title = fmt::format("the notebook does not look into ~/.local, where {} {} it "
                                         "lacks",
                                         counted(count, "package"),
                                         count == 1 ? "is that" : "are that"),
                    .evidence = {fmt::format("{}: {}{}",
                                             notebook.unseen_folder,
                                             fmt::join(names, ", "),
                                             count > most ? ", ..." : "")}};
    python::Launch without_it = notebook.launch;
    const bool is_by_variable = without_it.variables.erase("PYTHONNOUSERSITE") > 0 &&
                                python::uses_user_site(environment, without_it);
    if (environment.is_virtual() && !environment.virtual_config->has_system_site) {
        finding.evidence.push_back(environment.virtual_config->path +
                                   ": include-system-site-packages = false");
        finding.fix.text = "install what you need into it: " + pip_install(notebook, {"NAME"});
    } else if (is_by_variable) {
        finding.evidence.push_back(
            "PYTHONNOUSERSITE=" +
            printable(notebook.launch.variables.find("PYTHONNOUSERSITE")->second));
        finding.fix = unset(facts, "PYTHONNOUSERSITE");
    } else if (python::user_site_of(environment, notebook.launch) != notebook.unseen_folder) {
        const auto home = notebook.launch.variables.find("HOME");
        finding.evidence.push_back(
            "HOME=" + (home == notebook.launch.variables.end() ? "" : printable(home->second)));
        finding.fix.text = "start the notebook with your own HOME";
    } else {
        finding.evidence.push_back(
            fmt::format("{}: started with {}", notebook.title(), switches_of(notebook.launch)));
        finding.fix.text = "start it without '-s' and '-I', or install into the environment: " +
                           pip_install(notebook, {"NAME"});
    }
    return finding;
}

}  // namespace

std::span<const Check> users_site_checks() {
    static constexpr std::array checks{
        Check{"py-conda-user-leak", conda_user_leak},
        Check{"py-nousersite", no_user_site},
        Check{"py-user-shadow", user_shadow},
    };
    return checks;
}

}  // namespace envkeep::gpu
