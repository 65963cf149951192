// SPDX-License-Identifier: MIT
#include "envkeep/gpu/diagnose.hpp"

#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/copies.hpp"
#include "gpu/probe_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

Stage stage_of(std::string_view id) {
    const Fault* const fault = find_fault(id);
    return fault == nullptr ? Stage::resources : fault->stage;
}

void add(const Check& check, std::optional<Finding> finding, Diagnosis& diagnosis) {
    if (!finding) {
        return;
    }
    const Stage stage = stage_of(check.id);
    finding->id = check.id;
    if (finding->subject.empty()) {
        finding->subject = word_of(stage);
    }
    // What two notebooks have in common is told once.
    const bool is_told = std::ranges::any_of(diagnosis.findings, [&](const Finding& other) {
        return other.id == finding->id && other.title == finding->title &&
               other.evidence == finding->evidence;
    });
    if (is_told) {
        return;
    }
    diagnosis.findings.push_back(*std::move(finding));
}

// Where a command begins.
void drop_sudo(std::string& text) {
    constexpr std::string_view word = "sudo ";
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
        const std::string_view before = std::string_view(text).substr(0, at);
        if (before.empty() || before.ends_with("&& ") || before.ends_with("| ") ||
            before.ends_with('\'')) {
            text.erase(at, word.size());
        } else {
            at += word.size();
        }
    }
}

// How a notebook comes to a torch that uses no card, whatever else is mended.
constexpr std::array<std::string_view, 6> of_a_torch_without_cuda{"torch-user-site-shadow",
                                                                  "torch-conda-cpu-build",
                                                                  "torch-cpu-only",
                                                                  "torch-rocm-wheel",
                                                                  "py-pythonpath-shadow",
                                                                  "py-pth-inject"};

bool is_torch_without_cuda(const Facts& facts) {
    const Framework* const torch = facts.python.notebooks.empty()
                                       ? nullptr
                                       : facts.python.notebooks.front().framework("torch");
    return torch != nullptr && torch->has_cuda == false;
}

// The first error; what follows comes of it, or stands beside it. A torch without CUDA is a cause
// by itself and goes before what is broken below it, since to mend one is not enough.
void name_cause(const Facts& facts, Diagnosis& diagnosis) {
    for (Finding& finding : diagnosis.findings) {
        const Stage stage = stage_of(finding.id);
        if (finding.severity != Severity::error) {
            continue;
        }
        finding.is_cause = diagnosis.broken.empty();
        if (diagnosis.broken.empty() || diagnosis.broken.back() != stage) {
            diagnosis.broken.push_back(stage);
        }
    }
    const auto begin = diagnosis.findings.begin();
    const auto end = diagnosis.findings.end();
    const auto torch =
        !is_torch_without_cuda(facts) ? end : std::find_if(begin, end, [](const Finding& finding) {
            return finding.severity == Severity::error &&
                   std::ranges::find(of_a_torch_without_cuda, finding.id) !=
                       of_a_torch_without_cuda.end();
        });
    if (torch != end) {
        torch->is_cause = true;
        std::rotate(begin, torch, torch + 1);
    }
    std::stable_partition(begin, end, [](const Finding& finding) { return finding.is_cause; });
}

}  // namespace

std::span<const Check> all_checks() {
    static const std::vector<Check> checks = [] {
        std::vector<std::pair<Stage, Check>> all;
        for (const std::span<const Check> some :
             {card_checks(),           module_checks(),     node_checks(),
              container_checks(),      libcuda_checks(),    variable_checks(),
              setting_checks(),        kernel_checks(),     environment_checks(),
              python_path_checks(),    torch_checks(),      torch_build_checks(),
              framework_checks(),      jax_checks(),        package_checks(),
              users_site_checks(),     loader_checks(),     cuda_library_checks(),
              opened_library_checks(), build_tool_checks(), resource_checks(),
              probe_checks(),          probe_use_checks()}) {
            for (const Check& check : some) {
                all.emplace_back(stage_of(check.id), check);
            }
        }
        std::ranges::stable_sort(all, {}, &std::pair<Stage, Check>::first);
        std::vector<Check> sorted;
        for (const auto& [stage, check] : all) {
            sorted.push_back(check);
        }
        return sorted;
    }();
    return checks;
}

Diagnosis diagnose(const Facts& facts, const CompatData& data) {
    Diagnosis diagnosis;
    for (const Check& check : all_checks()) {
        if (const auto* const of_machine = std::get_if<Check::OfMachine>(&check.find)) {
            add(check, (*of_machine)(facts, data), diagnosis);
            continue;
        }
        bool is_first = true;
        for (const NotebookPython& notebook : facts.python.notebooks) {
            auto finding = std::get<Check::OfNotebook>(check.find)(facts, notebook, data);
            if (finding && !is_first) {
                finding->severity = std::min(finding->severity, Severity::warning);
                finding->subject = notebook.title();
            }
            if (finding) {
                mind_who_has_the_environment(notebook, finding->fix);
            }
            add(check, std::move(finding), diagnosis);
            is_first = false;
        }
    }
    if (facts.probe) {
        weigh_probe(facts, data, diagnosis.findings);
        std::ranges::stable_sort(
            diagnosis.findings, {}, [](const Finding& finding) { return stage_of(finding.id); });
    }
    // Many images have no sudo, and their user is root.
    if (facts.is_root) {
        for (Finding& finding : diagnosis.findings) {
            std::ranges::for_each(finding.fix.commands, drop_sudo);
            drop_sudo(finding.fix.text);
        }
    }
    name_cause(facts, diagnosis);
    return diagnosis;
}

bool has_driver(const Facts& facts) {
    return facts.driver.is_module_present || facts.driver.version().has_value();
}

bool has_card(const Facts& facts) {
    return !facts.pci.cards.empty() || facts.nodes.has_any() || facts.nodes.has_dxg;
}

bool is_worth_a_look(const Facts& facts) {
    return has_card(facts) && (has_driver(facts) || facts.nodes.has_any() || facts.nodes.has_dxg);
}

bool is_own_card(const Facts& facts, const PciCard& card) {
    const std::vector<PciCard>& all = facts.pci.cards;
    // For a display, or for a virtual machine, beside one that NVIDIA's driver has.
    if (card.driver != "nvidia" &&
        std::ranges::find(all, "nvidia", &PciCard::driver) != all.end()) {
        return false;
    }
    const std::vector<CardInformation>& known = facts.driver.cards;
    const auto found = std::ranges::find(known, card.address, &CardInformation::address);
    if (found == known.end()) {
        // Of the container's own folder only its cards are part.
        return known.empty() || !facts.driver.is_proc_a_copy;
    }
    const std::vector<DeviceNode>& nodes = facts.nodes.cards;
    const auto is_open = [](const DeviceNode& node) { return node.access_error == 0; };
    return !found->minor || std::ranges::none_of(nodes, is_open) ||
           std::ranges::any_of(nodes, [&](const DeviceNode& node) {
               return is_open(node) && node.minor == *found->minor;
           });
}

const Framework* torch_for_cuda(const Facts& facts, const NotebookPython& notebook) {
    const Framework* const torch = has_card(facts) ? notebook.framework("torch") : nullptr;
    return torch != nullptr && torch->has_cuda == true ? torch : nullptr;
}

model::Severity harm_beside_torch(const Facts& facts,
                                  const NotebookPython& notebook,
                                  const CompatData& data) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    const FrameworkLibraries* const libraries = notebook.libraries.of("torch");
    const bool works =
        torch != nullptr && is_usable(*torch, facts, data) &&
        (libraries == nullptr || (libraries->missing.empty() && libraries->undefined.empty()));
    return works ? model::Severity::warning : model::Severity::error;
}

std::string shown(const LoadedLibrary& library) {
    const FoundLibrary& found = library.found;
    const bool has_folder = found.how == FoundBy::variable;
    return fmt::format("{}: {} by {}{}{}",
                       library.soname,
                       found.real,
                       word_of(found.how),
                       has_folder ? " " + found.because : std::string(),
                       library.version.empty() ? std::string() : ", version " + library.version);
}

std::string name_of(const PciCard& card, const CompatData& data) {
    const std::optional<CardModel> model = data.card(card.device);
    return fmt::format(
        "{} ({})",
        model && !model->name.empty() ? model->name : fmt::format("card 10de:{:04x}", card.device),
        card.address);
}

}  // namespace envkeep::gpu
