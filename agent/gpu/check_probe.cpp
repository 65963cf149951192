// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/probe_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// What the driver itself says of the cards, and of its own state.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using Evidence = std::vector<std::string>;

constexpr int reset_required = 16;
constexpr int ecc_uncorrectable = 214;
constexpr int link_uncorrectable = 220;
constexpr int system_not_ready = 802;

std::string line(const ProbedCard& card, std::string_view what) {
    return fmt::format("NVML, {} ({}): {}", printable(card.name), printable(card.address), what);
}

// A line of each card of which there is something to say.
template <typename Say>
Evidence lines(const Facts& facts, const Say& say) {
    Evidence evidence;
    if (facts.probe) {
        for (const ProbedCard& card : facts.probe->cards) {
            if (const std::string what = say(card); !what.empty()) {
                evidence.push_back(line(card, what));
            }
        }
    }
    return evidence;
}

Evidence with_cuda(const Facts& facts, const CompatData& data, int code, Evidence evidence) {
    if (cuda_code(facts) == code) {
        evidence.push_back(cuda_line(facts, data));
    }
    return evidence;
}

std::optional<Finding> ecc(const Facts& facts, const CompatData& data) {
    Evidence evidence = lines(facts, [](const ProbedCard& card) {
        return card.uncorrected_errors.value_or(0) == 0
                   ? std::string()
                   : fmt::format("{} that could not be corrected",
                                 counted(*card.uncorrected_errors, "memory error"));
    });
    return found("hw-ecc-uncorrectable",
                 severity_beside(facts),
                 with_cuda(facts, data, ecc_uncorrectable, std::move(evidence)));
}

std::optional<Finding> rows(const Facts& facts, const CompatData& /*data*/) {
    return found("hw-row-remap-pending",
                 Severity::warning,
                 lines(facts, [](const ProbedCard& card) -> std::string {
                     return card.has_remap_failed        ? "replacing bad memory rows failed"
                            : card.is_remap_pending      ? "bad memory rows wait for a reset"
                            : card.is_retirement_pending ? "bad memory pages wait for a reset"
                                                         : "";
                 }));
}

// Links that are not connected are down too, but not where switches join all cards.
std::optional<Finding> links(const Facts& facts, const CompatData& data) {
    const bool has_switches = !facts.pci.switches.empty();
    Evidence evidence = lines(facts, [&](const ProbedCard& card) {
        return card.link_recoveries > 0
                   ? fmt::format("links had to be set up again {} times", card.link_recoveries)
               : has_switches && card.links_active > 0 && card.links_down > 0
                   ? fmt::format("{} of {} links are down",
                                 card.links_down,
                                 card.links_down + card.links_active)
                   : std::string();
    });
    const bool is_broken = cuda_code(facts) == link_uncorrectable;
    return found("hw-nvlink-error",
                 is_broken ? Severity::error : Severity::warning,
                 with_cuda(facts, data, link_uncorrectable, std::move(evidence)));
}

std::optional<Finding> throttled(const Facts& facts, const CompatData& /*data*/) {
    return found("hw-throttled", Severity::warning, lines(facts, [](const ProbedCard& card) {
                     constexpr std::array<std::pair<unsigned, std::string_view>, 4> reasons{
                         {{0x08, "slowed down by the hardware"},
                          {0x40, "too hot, says the hardware"},
                          {0x80, "power brake"},
                          {0x20, "too hot, says the driver"}}};
                     std::string all;
                     for (const auto& [bit, reason] : reasons) {
                         if ((card.clock_reasons.value_or(0) & bit) != 0) {
                             all += (all.empty() ? "" : ", ") + std::string(reason);
                         }
                     }
                     return all;
                 }));
}

// Either library hangs at its start in the same place: the card's own processor does not answer.
bool hangs_at_start(const std::optional<ProbePass>& pass) {
    return pass && pass->has_hung() && !pass->has_culprit() &&
           (pass->last == "nvmlInit_v2" || pass->last == "cuInit");
}

// NVML alone may only be slow, as where several cards are initialised anew: no fault where CUDA
// works, and no proof where it was not tried.
std::optional<Finding> gsp_timeout(const Facts& facts, const CompatData& /*data*/) {
    Evidence evidence;
    Severity severity = Severity::warning;
    if (!facts.probe || is_proven(facts)) {
        return std::nullopt;
    }
    for (const std::optional<ProbePass>& pass : {facts.probe->nvml, facts.probe->libcuda}) {
        if (!hangs_at_start(pass)) {
            continue;
        }
        evidence.push_back(fmt::format("probe: {} did not come back{}",
                                       pass->last,
                                       pass->is_stuck ? ", nor did it end when it was killed: it "
                                                        "hangs in the kernel"
                                                      : ""));
        if (pass->is_stuck || pass->last == "cuInit") {
            severity = Severity::error;
        }
    }
    return found("hw-gsp-timeout", severity, std::move(evidence));
}

// The driver opened the node and took no card.
std::optional<Finding> adapter_init(const Facts& facts, const CompatData& /*data*/) {
    const bool has_node = std::ranges::any_of(
        facts.nodes.cards, [](const DeviceNode& node) { return node.access_error == 0; });
    const bool is_none = facts.probe && facts.probe->nvml && facts.probe->nvml->is_well() &&
                         facts.probe->nvml->cards == 0U;
    Evidence evidence;
    if (is_none && has_node && !is_proven(facts)) {
        evidence = {"NVML: no card", facts.nodes.cards.front().path + ": there, and may be opened"};
    }
    return found("hw-adapter-init-failed", Severity::error, std::move(evidence));
}

std::optional<Finding> reset(const Facts& facts, const CompatData& data) {
    return found(
        "hw-reset-required", severity_beside(facts), lines(facts, [&](const ProbedCard& card) {
            return card.code == reset_required ? data.name_of_nvml_code(reset_required)
                   : card.recovery.value_or(0) != 0
                       ? fmt::format("recovery action {} is needed", *card.recovery)
                       : std::string();
        }));
}

std::optional<Finding> hmm(const Facts& facts, const CompatData& data) {
    constexpr int not_initialized = 3;
    Evidence evidence = with_cuda(facts, data, not_initialized, {});
    if (!evidence.empty() && facts.driver.is_open && facts.driver.disables_hmm == "N") {
        evidence.emplace_back("/sys/module/nvidia_uvm/parameters/uvm_disable_hmm: N");
    }
    return found("kmod-uvm-hmm-init3", Severity::error, std::move(evidence));
}

// The first of the steps in which the driver may have to initialise a card, where it took long.
std::string slow_start(const std::optional<ProbePass>& pass) {
    constexpr std::uint32_t long_start = 1'000'000;
    for (const ProbeStep& step : pass ? pass->steps : std::vector<ProbeStep>()) {
        const bool is_start = step.name == "nvmlInit_v2" || step.name == "cuInit" ||
                              step.name == "cuDevicePrimaryCtxRetain";
        if (is_start && step.microseconds > long_start) {
            return fmt::format("probe: {} took {} ms", step.name, step.microseconds / 1000);
        }
    }
    return {};
}

std::optional<Finding> persistence(const Facts& facts, const CompatData& /*data*/) {
    if (!facts.probe || !facts.resources.holders.empty()) {
        return std::nullopt;
    }
    Evidence evidence = lines(facts, [](const ProbedCard& card) -> std::string {
        return card.is_persistent.value_or(true) ? "" : "persistence mode is off";
    });
    const std::string nvml = slow_start(facts.probe->nvml);
    const std::string slow = nvml.empty() ? slow_start(facts.probe->libcuda) : nvml;
    if (evidence.empty() || slow.empty()) {
        return std::nullopt;
    }
    evidence.push_back(slow);
    return found("kmod-persistence-off", Severity::warning, std::move(evidence));
}

bool is_confidential_and_not_ready(const Facts& facts) {
    return facts.probe && facts.probe->is_confidential.value_or(false) &&
           !facts.probe->accepts_work;
}

std::optional<Finding> confidential(const Facts& facts, const CompatData& data) {
    Evidence evidence;
    if (is_confidential_and_not_ready(facts)) {
        evidence =
            with_cuda(facts,
                      data,
                      system_not_ready,
                      {"NVML: confidential computing is on, and the cards do not accept work"});
    }
    return found("kmod-cc-not-ready", severity_beside(facts), std::move(evidence));
}

// One card of a board of several: this machine has neither the others nor their switches.
bool is_slice(const Facts& facts) {
    return facts.probe->cards.size() == 1 && facts.pci.cards.size() <= 1 &&
           facts.pci.switches.empty();
}

// What NVML says of the fabric is enough where the card is not said to work; error 802 alone, where
// an older NVML says nothing.
Evidence of_fabric(const Facts& facts, const CompatData& data) {
    if (!facts.probe || is_proven(facts) || is_confidential_and_not_ready(facts)) {
        return {};
    }
    return with_cuda(facts, data, system_not_ready, lines(facts, [](const ProbedCard& card) {
                         constexpr std::uint64_t not_started = 1;
                         constexpr std::uint64_t in_progress = 2;
                         const std::uint64_t state = card.fabric_state.value_or(0);
                         return state == not_started   ? "the fabric is not started"
                                : state == in_progress ? "the fabric is being set up"
                                : card.fabric_status != 0
                                    ? fmt::format("the fabric has status {}", card.fabric_status)
                                    : std::string();
                     }));
}

std::optional<Finding> fabric_manager(const Facts& facts, const CompatData& data) {
    Evidence evidence = of_fabric(facts, data);
    if (evidence.empty() || is_slice(facts)) {
        return std::nullopt;
    }
    for (const std::string& address : facts.pci.switches) {
        evidence.push_back(fmt::format("/sys/bus/pci/devices/{}: an NVSwitch", address));
    }
    return found("fabric-manager-down", Severity::error, std::move(evidence));
}

std::optional<Finding> fabric_slice(const Facts& facts, const CompatData& data) {
    Evidence evidence = of_fabric(facts, data);
    return evidence.empty() || !is_slice(facts)
               ? std::nullopt
               : found("fabric-single-gpu-slice", Severity::error, std::move(evidence));
}

std::optional<Finding> unlicensed(const Facts& facts, const CompatData& /*data*/) {
    return found("vgpu-unlicensed",
                 severity_beside(facts),
                 lines(facts, [](const ProbedCard& card) -> std::string {
                     return card.is_virtual && !card.is_licensed.value_or(true)
                                ? "a vGPU without a licence"
                                : "";
                 }));
}

}  // namespace

std::span<const Check> probe_checks() {
    static constexpr std::array checks{
        Check{"hw-ecc-uncorrectable", ecc},
        Check{"hw-row-remap-pending", rows},
        Check{"hw-nvlink-error", links},
        Check{"hw-throttled", throttled},
        Check{"hw-gsp-timeout", gsp_timeout},
        Check{"hw-adapter-init-failed", adapter_init},
        Check{"hw-reset-required", reset},
        Check{"kmod-uvm-hmm-init3", hmm},
        Check{"kmod-persistence-off", persistence},
        Check{"kmod-cc-not-ready", confidential},
        Check{"fabric-manager-down", fabric_manager},
        Check{"fabric-single-gpu-slice", fabric_slice},
        Check{"vgpu-unlicensed", unlicensed},
    };
    return checks;
}

}  // namespace envkeep::gpu
