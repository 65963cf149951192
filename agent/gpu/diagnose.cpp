// SPDX-License-Identifier: MIT
#include "envkeep/gpu/diagnose.hpp"

#include "gpu/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::gpu {

std::string_view word_of(Stage stage) {
    constexpr std::array<std::string_view, 11> words{"graphics card",
                                                     "kernel driver",
                                                     "device nodes",
                                                     "container",
                                                     "driver library",
                                                     "environment variables",
                                                     "framework",
                                                     "build of the framework",
                                                     "libraries",
                                                     "companions",
                                                     "resources"};
    return words.at(static_cast<std::size_t>(stage));
}

std::span<const Check> all_checks() {
    static const std::vector<Check> checks = [] {
        std::vector<Check> all;
        for (const std::span<const Check> some : {card_checks(),
                                                  module_checks(),
                                                  node_checks(),
                                                  container_checks(),
                                                  libcuda_checks(),
                                                  variable_checks(),
                                                  resource_checks()}) {
            all.insert(all.end(), some.begin(), some.end());
        }
        std::ranges::stable_sort(all, {}, &Check::stage);
        return all;
    }();
    return checks;
}

Diagnosis diagnose(const Facts& facts, const CompatData& data) {
    Diagnosis diagnosis;
    bool has_cause = false;
    for (const Check& check : all_checks()) {
        std::optional<model::Finding> finding = check.find(facts, data);
        if (!finding) {
            continue;
        }
        finding->id = check.id;
        if (finding->subject.empty()) {
            finding->subject = word_of(check.stage);
        }
        if (finding->severity == model::Severity::error) {
            finding->is_cause = !std::exchange(has_cause, true);
            if (diagnosis.broken.empty() || diagnosis.broken.back() != check.stage) {
                diagnosis.broken.push_back(check.stage);
            }
        }
        diagnosis.findings.push_back(*std::move(finding));
    }
    std::stable_partition(diagnosis.findings.begin(),
                          diagnosis.findings.end(),
                          [](const model::Finding& finding) { return finding.is_cause; });
    return diagnosis;
}

bool has_driver(const Facts& facts) {
    return facts.driver.is_module_present || facts.driver.version().has_value();
}

bool has_card(const Facts& facts) {
    return !facts.pci.cards.empty() || facts.nodes.has_any() || facts.nodes.has_dxg;
}

std::string name_of(const PciCard& card, const CompatData& data) {
    const std::optional<CardModel> model = data.card(card.device);
    return fmt::format(
        "{} ({})",
        model && !model->name.empty() ? model->name : fmt::format("card 10de:{:04x}", card.device),
        card.address);
}

}  // namespace envkeep::gpu
