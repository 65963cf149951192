// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// Which folder of sys.path a notebook's packages come from.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::PathKind;

// What takes another's place by way of such a folder. An error where only the hidden one works.
struct Shadow {
    Severity severity = Severity::info;
    std::string name;
    std::string folder;  // of sys.path
    python::PathEntry entry;
    std::vector<std::string> evidence;
};

std::optional<Shadow> foreign_shadow(const NotebookPython& notebook, PathKind kind) {
    for (const ForeignPackage& one : notebook.foreign) {
        if (one.entry.kind == kind && one.hides_another) {
            return Shadow{.severity = Severity::error,
                          .name = one.name,
                          .folder = one.entry.folder,
                          .entry = one.entry,
                          .evidence = {one.file.path + ": compiled for another Python",
                                       interpreter_of(notebook)}};
        }
    }
    return std::nullopt;
}

// Another version of a framework than the environment's own, or a torch that does not work.
std::optional<Shadow> shadow_of(const Framework& one, const Facts& facts, const CompatData& data) {
    const Framework* const better =
        one.name == "torch" && has_card(facts) ? hidden_torch(one, facts, data) : nullptr;
    const Framework& hidden = better == nullptr ? one.other.front() : *better;
    const bool is_other_version =
        !one.version.empty() && !hidden.version.empty() && one.version != hidden.version;
    if (better == nullptr && !is_other_version) {
        return std::nullopt;
    }
    return Shadow{.severity = better == nullptr ? Severity::info : Severity::error,
                  .name = one.name,
                  .folder = one.entry.folder,
                  .entry = one.entry,
                  .evidence = {shown(one), shown(hidden)}};
}

std::optional<Shadow> framework_shadow(const NotebookPython& notebook,
                                       PathKind kind,
                                       const Facts& facts,
                                       const CompatData& data) {
    std::optional<Shadow> worst;
    for (const Framework& one : notebook.frameworks) {
        auto found =
            one.is_of(kind) && !one.other.empty() ? shadow_of(one, facts, data) : std::nullopt;
        if (found && (!worst || found->severity > worst->severity)) {
            worst = std::move(found);
        }
    }
    return worst;
}

std::optional<Shadow> shadow_by(const NotebookPython& notebook,
                                PathKind kind,
                                const Facts& facts,
                                const CompatData& data) {
    auto found = framework_shadow(notebook, kind, facts, data);
    return found && found->severity == Severity::error
               ? std::move(found)
               : (foreign_shadow(notebook, kind) ? foreign_shadow(notebook, kind)
                                                 : std::move(found));
}

// PYTHONPATH without that folder.
model::Fix without_folder(const Facts& facts,
                          const NotebookPython& notebook,
                          const std::string& folder) {
    const auto found = notebook.launch.variables.find("PYTHONPATH");
    std::vector<std::string> rest;
    if (found != notebook.launch.variables.end()) {
        for (const std::string_view one : split(found->second, ':')) {
            if (one != folder && one != folder + '/') {
                rest.emplace_back(one);
            }
        }
    }
    // Written otherwise than the folder is called: then all of it goes.
    const bool is_in_it =
        found != notebook.launch.variables.end() && rest.size() < split(found->second, ':').size();
    if (rest.empty() || !is_in_it) {
        return unset(facts, "PYTHONPATH");
    }
    const std::string command =
        "export PYTHONPATH=" + shell_quoted(fmt::format("{}", fmt::join(rest, ":")));
    return {.commands = {command},
            .text = "'" + command + "' where it is set, then restart the kernel"};
}

std::optional<Finding> pythonpath_shadow(const Facts& facts,
                                         const NotebookPython& notebook,
                                         const CompatData& data) {
    auto found = shadow_by(notebook, PathKind::variable, facts, data);
    if (!found) {
        return std::nullopt;
    }
    const auto variable = notebook.launch.variables.find("PYTHONPATH");
    found->evidence.push_back("PYTHONPATH=" + (variable == notebook.launch.variables.end()
                                                   ? ""
                                                   : printable(variable->second)));
    model::Fix fix = without_folder(facts, notebook, found->folder);
    if (found->severity == Severity::info) {
        fix = {.text = "nothing, if you mean it"};
    }
    return Finding{.severity = found->severity,
                   .title = fmt::format(
                       "PYTHONPATH puts another {} before the installed one{}",
                       found->name,
                       found->severity == Severity::error ? ", and it does not work here" : ""),
                   .evidence = std::move(found->evidence),
                   .fix = std::move(fix)};
}

// "mine" of "__editable__.mine-1.0.pth".
std::string editable_name(std::string_view file) {
    constexpr std::string_view start = "__editable__.";
    file = file.substr(file.rfind('/') + 1);
    return file.starts_with(start)
               ? python::normalised_name(file.substr(start.size(), file.find('-') - start.size()))
               : std::string();
}

std::optional<Finding> path_file_shadow(const Facts& facts,
                                        const NotebookPython& notebook,
                                        const CompatData& data) {
    auto found = shadow_by(notebook, PathKind::path_file, facts, data);
    if (!found) {
        return std::nullopt;
    }
    const std::string& file = found->entry.path_file;
    found->evidence.push_back(
        fmt::format("{}:{}: {}", printable(file), found->entry.line, printable(found->folder)));
    Finding finding{.severity = found->severity,
                    .title = fmt::format(
                        "a .pth file puts another {} before the installed one{}",
                        found->name,
                        found->severity == Severity::error ? ", and it does not work here" : ""),
                    .evidence = std::move(found->evidence)};
    if (found->severity == Severity::info) {
        finding.fix.text = "nothing, if you mean it";
    } else if (const std::string name = editable_name(file); !name.empty()) {
        finding.fix = {.commands = {pip_uninstall(notebook, {name})}, .text = {}};
    } else if (file.ends_with("/easy-install.pth")) {
        finding.fix = {
            .commands = {fmt::format("sed -i.old {}d {}", found->entry.line, shell_quoted(file))},
            .text = {}};
    } else {
        finding.fix = move_aside(file);
    }
    return finding;
}

// A file that takes the place of a part of Python or of a framework breaks what imports that.
Severity harm_of(const NotebookPython& notebook, const LocalModule& one) {
    const bool is_file = one.local.kind != python::ModuleKind::package;
    const bool is_needed = notebook.framework(one.name) != nullptr ||
                           kind_of(notebook, one.hidden.in_folder) == PathKind::standard_library;
    if (one.is_incomplete || (is_file && is_needed)) {
        return Severity::error;
    }
    return one.is_of_project ? Severity::info : Severity::warning;
}

// Where no notebook runs it is only known what the folder of this shell would do to it: a warning
// of what would break it, a note of a folder that may be meant.
Severity in_a_shell(Severity harm) {
    return harm == Severity::error ? Severity::warning : Severity::info;
}

std::optional<Finding> local_shadow(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& /*data*/) {
    const auto harm = [&](const LocalModule& one) { return harm_of(notebook, one); };
    const auto worst = std::ranges::max_element(notebook.local, {}, harm);
    if (worst == notebook.local.end()) {
        return std::nullopt;
    }
    const std::string& path = worst->local.path;
    const std::size_t name = path.rfind('/') + 1;
    Finding finding{
        .severity = facts.notebook.pid == 0 ? in_a_shell(harm(*worst)) : harm(*worst),
        .title = fmt::format("'import {}' takes {} beside the notebook, not the installed one",
                             worst->name,
                             quoted(std::string_view(path).substr(name))),
        .evidence = {printable(path), printable(worst->hidden.path) + ": hidden by it"},
        .fix = {.commands = {fmt::format(
                    "mv -nT {} {}",
                    shell_quoted(path),
                    shell_quoted(path.substr(0, name) + "my_" + path.substr(name)))},
                .text = {}}};
    for (const LocalModule& one : notebook.local) {
        if (&one != &*worst && harm(one) >= Severity::warning) {
            finding.evidence.push_back(printable(one.local.path) + ": so does this");
        }
    }
    return finding;
}

}  // namespace

std::span<const Check> python_path_checks() {
    static constexpr std::array checks{
        Check{"py-pythonpath-shadow", pythonpath_shadow},
        Check{"py-pth-inject", path_file_shadow},
        Check{"py-cwd-shadow", local_shadow},
    };
    return checks;
}

}  // namespace envkeep::gpu
