// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

// The card on PCI, and the driver in the kernel.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using model::Who;

// Without a list of PCI devices the host's driver says that there is one.
std::optional<Finding> no_card(const Facts& facts, const CompatData& /*data*/) {
    const bool is_hidden = has_driver(facts) && !facts.pci.is_readable;
    if (has_card(facts) || is_hidden || !facts.pci.lost.empty()) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::info,
        .title = "this machine has no NVIDIA card: programs run on the processor",
        .evidence = {facts.pci.is_readable
                         ? "/sys/bus/pci/devices: no device of vendor 0x10de with a display class"
                         : "/sys/bus/pci/devices: no device at all, as in a sandbox",
                     "/dev: no nvidia node"},
        .fix = {.text = "for a GPU, choose a machine type with one and start the notebook again; "
                        "there is nothing to install"}};
}

std::optional<Finding> off_bus(const Facts& facts, const CompatData& data) {
    Finding finding{.severity = Severity::error,
                    .title = "the card has fallen off the PCI bus",
                    .fix = {.who = Who::restart, .text = std::string(restart_elsewhere)}};
    for (const PciCard& card : facts.pci.cards) {
        if (card.is_off_bus && is_own_card(facts, card)) {
            finding.evidence.push_back(
                fmt::format("/sys/bus/pci/devices/{}/config: reads ff ff ff ff ({})",
                            card.address,
                            name_of(card, data)));
        }
    }
    for (const std::string& address : facts.pci.lost) {
        if (!is_own_card(facts, {.address = address, .driver = "nvidia"})) {
            continue;
        }
        finding.evidence.push_back(
            fmt::format("/proc/driver/nvidia/gpus/{}: the driver knows it, and "
                        "/sys/bus/pci/devices has it no more",
                        address));
    }
    return finding.evidence.empty() ? std::nullopt : std::optional(std::move(finding));
}

// Of another driver, or of none though NVIDIA's is loaded. On a host with several cards some may be
// given to other machines.
std::optional<Finding> foreign_driver(const Facts& facts, const CompatData& data) {
    const auto is_ours = [](const PciCard& card) { return card.driver == "nvidia"; };
    const auto is_foreign = [](const PciCard& card) { return !card.driver.empty(); };
    const std::vector<PciCard>& cards = facts.pci.cards;
    if (cards.empty() || std::ranges::any_of(cards, is_ours) || facts.nodes.has_any() ||
        (!facts.driver.is_module_present && std::ranges::none_of(cards, is_foreign))) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::error,
                    .title = "the card is not driven by NVIDIA's driver",
                    .fix = {.who = Who::host,
                            .text = "the host must bind the card to the driver 'nvidia'; a new "
                                    "start may give a machine where it is"}};
    for (const PciCard& card : cards) {
        finding.evidence.push_back(
            fmt::format("/sys/bus/pci/devices/{}/driver: {} ({})",
                        card.address,
                        card.driver.empty() ? "none is bound" : printable(card.driver),
                        name_of(card, data)));
    }
    return finding;
}

// How many cards the container was promised; none if it does not say.
std::optional<std::size_t> promised_cards(const Facts& facts) {
    const std::string wish = facts.container.visible_devices.value_or("");
    if (wish.empty() || wish == "void" || wish == "none" || facts.nodes.cards.empty()) {
        return std::nullopt;
    }
    // Of images for all machines: what gives cards by other means leaves it as it is.
    return wish == "all" ? std::nullopt : std::optional(split(wish, ',').size());
}

std::optional<Finding> count_short(const Facts& facts, const CompatData& /*data*/) {
    const std::optional<std::size_t> promised = promised_cards(facts);
    const std::size_t given = facts.nodes.cards.size();
    // MIG instances and several names for one card make more wishes than nodes.
    const std::string wish = facts.container.visible_devices.value_or("");
    if (!promised || given >= *promised || wish.find("MIG") != std::string::npos ||
        wish.find(':') != std::string::npos) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::warning,
                   .title = fmt::format("{} of {} cards are here", given, *promised),
                   .evidence = {fmt::format("NVIDIA_VISIBLE_DEVICES={}", printable(wish)),
                                fmt::format("/dev: {} of /dev/nvidia0, /dev/nvidia1, ...", given)},
                   .fix = {.who = Who::restart, .text = std::string(restart_elsewhere)}};
}

// Of gVisor's /proc and /sys nothing tells that a module is loaded; its nodes do. Those of others
// stay when the module goes, which their /proc/devices tells.
bool has_driver_behind_nodes(const Facts& facts) {
    const auto is_open = [](const DeviceNode& node) { return node.access_error == 0; };
    return (facts.container.is_gvisor || !facts.driver.knows_majors) && facts.nodes.control &&
           is_open(*facts.nodes.control) && std::ranges::any_of(facts.nodes.cards, is_open);
}

std::optional<Finding> module_not_loaded(const Facts& facts, const CompatData& data) {
    const bool is_foreign = std::ranges::any_of(
        facts.pci.cards, [](const PciCard& card) { return !card.driver.empty(); });
    if (facts.pci.cards.empty() || is_foreign || has_driver(facts) ||
        facts.driver.majors.contains("nvidia") || facts.driver.majors.contains("nvidia-frontend") ||
        facts.nodes.has_dxg || has_driver_behind_nodes(facts)) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = "the kernel has not loaded NVIDIA's driver",
        .evidence = {fmt::format("/sys/bus/pci/devices: {}", name_of(facts.pci.cards[0], data)),
                     "/sys/module/nvidia: not there",
                     "/proc/devices: no 'nvidia'"},
        .fix = {.who = Who::restart,
                .text = std::string(restart_elsewhere) +
                        ". Whoever runs the host: 'modprobe nvidia' (after a kernel update the "
                        "module must be built again; Secure Boot wants it signed)"}};
}

std::optional<Finding> legacy_card(const Facts& facts, const CompatData& data) {
    const std::optional<Version> driver = facts.driver.version();
    for (const PciCard& card : facts.pci.cards) {
        const std::optional<CardModel> model = data.card(card.device);
        const std::optional<unsigned> last = model ? data.last_branch_of(*model) : std::nullopt;
        if (driver && last && driver->major() > *last && is_own_card(facts, card)) {
            return Finding{
                .severity = Severity::error,
                .title = fmt::format("driver {} does not know this card any more: {} was its last "
                                     "branch",
                                     driver->text(),
                                     *last),
                .evidence = {fmt::format("{}: {}, compute capability {}",
                                         name_of(card, data),
                                         data.architecture_of(*model),
                                         model->capability.text()),
                             fmt::format("kernel driver: {}", driver->text())},
                .fix = {
                    .who = Who::host,
                    .text = fmt::format("choose a machine with a Turing card or a newer one; or "
                                        "the host must run a driver of branch {}",
                                        *last)}};
        }
    }
    return std::nullopt;
}

std::optional<Finding> wrong_flavour(const Facts& facts, const CompatData& data) {
    constexpr Capability turing{7, 5};
    constexpr Capability blackwell{10, 0};
    if (!facts.driver.told) {
        return std::nullopt;
    }
    for (const PciCard& card : facts.pci.cards) {
        const std::optional<CardModel> model = data.card(card.device);
        if (!model || card.driver != "nvidia" || !is_own_card(facts, card)) {
            continue;
        }
        const bool wants_closed = facts.driver.is_open && model->capability < turing;
        const bool wants_open = !facts.driver.is_open && model->capability >= blackwell;
        if (wants_closed || wants_open) {
            return Finding{
                .severity = Severity::error,
                .title = wants_closed
                             ? "the open kernel modules cannot drive this card: it is older than "
                               "Turing"
                             : "only the open kernel modules can drive this card",
                .evidence = {name_of(card, data) + ": compute capability " +
                                 model->capability.text(),
                             fmt::format("/proc/driver/nvidia/version: {}",
                                         facts.driver.is_open ? "NVIDIA UNIX Open Kernel Module"
                                                              : "NVIDIA UNIX Kernel Module")},
                .fix = {.who = Who::host,
                        .text = wants_closed ? "the host must install the proprietary modules"
                                             : "the host must install the open kernel modules"}};
        }
    }
    return std::nullopt;
}

std::optional<Finding> uvm_missing(const Facts& facts, const CompatData& /*data*/) {
    if (!facts.driver.knows_majors || !has_driver(facts) || facts.driver.is_uvm_loaded ||
        facts.driver.is_made_on_demand || facts.nodes.has_dxg) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = "the kernel has not loaded nvidia_uvm: CUDA ends with an unknown error (999)",
        .evidence = {"/proc/devices: no 'nvidia-uvm'", "/sys/module/nvidia_uvm: not there"},
        .fix = {.who = Who::host,
                .commands = {"nvidia-modprobe -u -c=0"},
                .text = "as root of the host: 'nvidia-modprobe -u -c=0'; a new start may give a "
                        "machine where it is loaded"}};
}

constexpr std::array on_pci{
    Check{"pci-no-gpu", no_card},
    Check{"hw-off-bus", off_bus},
    Check{"pci-foreign-driver", foreign_driver},
    Check{"pci-count-short", count_short},
};

constexpr std::array in_kernel{
    Check{"kmod-not-loaded", module_not_loaded},
    Check{"kmod-gpu-legacy", legacy_card},
    Check{"kmod-wrong-flavour", wrong_flavour},
    Check{"kmod-uvm-missing", uvm_missing},
};

}  // namespace

std::span<const Check> card_checks() {
    return on_pci;
}

std::span<const Check> module_checks() {
    return in_kernel;
}

}  // namespace envkeep::gpu
