// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

// The environment variables of the notebook's process.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

const std::string visible = "CUDA_VISIBLE_DEVICES";

bool is_worth_a_look(const Facts& facts) {
    return has_card(facts) && has_driver(facts);
}

// Where the value stood.
std::string origin(const Facts& facts, const std::string& name) {
    const NotebookProcess& process = facts.notebook;
    return fmt::format("{}: {}={}",
                       process.pid == 0
                           ? process.what
                           : fmt::format("/proc/{}/environ ({})", process.pid, process.what),
                       name,
                       printable(process.variable(name)));
}

// A variable that goes: from this shell at once, from a notebook with its next start.
model::Fix unset(const Facts& facts, const std::string& name) {
    return {
        .commands = {"unset " + name},
        .text = facts.notebook.pid == 0
                    ? std::string()
                    : "'unset " + name +
                          "' where it is set (pre-run.sh, ~/.bashrc, kernel.json, a cell), then "
                          "restart the kernel"};
}

std::optional<Finding> cvd_empty(const Facts& facts, const CompatData& /*data*/) {
    const std::string value(trimmed(facts.notebook.variable(visible)));
    if (!is_worth_a_look(facts) || !facts.notebook.has(visible) ||
        !(value.empty() || value == "-1" || value == "NoDevFiles" || value == "none")) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "CUDA_VISIBLE_DEVICES hides every card from the notebook (error 100)",
                   .evidence = {origin(facts, visible)},
                   .fix = unset(facts, visible)};
}

std::optional<unsigned> index_in(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

bool is_uuid(std::string_view text) {
    return text.starts_with("GPU-") || text.starts_with("MIG-");
}

// The first entry that is wrong cuts the list (CUDA C++ programming guide, environment variables).
std::optional<Finding> cvd_bad_index(const Facts& facts, const CompatData& /*data*/) {
    const std::size_t cards = facts.nodes.cards.size();
    if (!is_worth_a_look(facts) || !facts.notebook.has(visible) || cards == 0) {
        return std::nullopt;
    }
    const std::string value = facts.notebook.variable(visible);
    for (const std::string_view entry : split(value, ',')) {
        const std::string_view word = trimmed(entry);
        const std::optional<unsigned> index = index_in(word);
        if (word.empty() || word == "-1" || word == "NoDevFiles" || word == "none" ||
            is_uuid(word) || (index && *index < cards)) {
            continue;
        }
        return Finding{
            .severity = Severity::error,
            .title = fmt::format("CUDA_VISIBLE_DEVICES names card {}, and there {} {}",
                                 quoted(word),
                                 cards == 1 ? "is only" : "are only",
                                 cards == 1 ? "card 0" : fmt::format("0 to {}", cards - 1)),
            .evidence = {origin(facts, visible)},
            .fix = unset(facts, visible)};
    }
    return std::nullopt;
}

std::optional<Finding> cvd_bad_uuid(const Facts& facts, const CompatData& /*data*/) {
    std::vector<std::string> known;
    for (const CardInformation& card : facts.driver.cards) {
        if (!card.uuid.empty()) {
            known.push_back(card.uuid);
        }
    }
    // A uuid is known once its card was initialised: if one is not, nothing can be said.
    if (!is_worth_a_look(facts) || known.empty() || known.size() != facts.driver.cards.size()) {
        return std::nullopt;
    }
    const std::string value = facts.notebook.variable(visible);
    for (const std::string_view entry : split(value, ',')) {
        const std::string_view word = trimmed(entry);
        const bool is_known = std::ranges::any_of(
            known, [&](const std::string& uuid) { return uuid.starts_with(word); });
        if (word.starts_with("GPU-") && !is_known) {
            return Finding{
                .severity = Severity::error,
                .title = "CUDA_VISIBLE_DEVICES names the card of another machine (error 100)",
                .evidence = {origin(facts, visible),
                             fmt::format("/proc/driver/nvidia/gpus/*/information: {}",
                                         fmt::format("{}", known.front()))},
                .fix = unset(facts, visible)};
        }
    }
    return std::nullopt;
}

std::optional<Finding> device_order(const Facts& facts, const CompatData& /*data*/) {
    const std::vector<PciCard>& cards = facts.pci.cards;
    const bool is_mixed =
        facts.nodes.cards.size() > 1 && std::ranges::any_of(cards, [&](const PciCard& card) {
            return card.device != cards.front().device;
        });
    const bool names_index = index_in(trimmed(facts.notebook.variable(visible))).has_value();
    if (!is_mixed || !names_index || facts.notebook.variable("CUDA_DEVICE_ORDER") == "PCI_BUS_ID") {
        return std::nullopt;
    }
    return Finding{.severity = Severity::warning,
                   .title = "CUDA numbers these different cards otherwise than nvidia-smi does",
                   .evidence = {origin(facts, visible), "CUDA_DEVICE_ORDER: not PCI_BUS_ID"},
                   .fix = {.commands = {"export CUDA_DEVICE_ORDER=PCI_BUS_ID"}, .text = {}}};
}

std::optional<Finding> set_variable(const Facts& facts,
                                    std::span<const std::string_view> names,
                                    Severity severity,
                                    std::string title) {
    Finding finding{.severity = severity, .title = std::move(title), .fix = {.text = {}}};
    std::string all;
    for (const std::string_view name : names) {
        const std::string value = facts.notebook.variable(name);
        if (!value.empty() && value != "0") {
            finding.evidence.push_back(origin(facts, std::string(name)));
            all += ' ' + std::string(name);
        }
    }
    if (finding.evidence.empty() || !is_worth_a_look(facts)) {
        return std::nullopt;
    }
    finding.fix = unset(facts, all.substr(1));
    return finding;
}

std::optional<Finding> ptx_jit(const Facts& facts, const CompatData& /*data*/) {
    constexpr std::array<std::string_view, 3> names{
        "CUDA_DISABLE_PTX_JIT", "CUDA_FORCE_PTX_JIT", "CUDA_DISABLE_JIT"};
    return set_variable(facts,
                        names,
                        Severity::warning,
                        "a variable changes how the driver compiles code: errors 200, 209 and 223 "
                        "come of it");
}

std::optional<Finding> debug_injection(const Facts& facts, const CompatData& /*data*/) {
    constexpr std::array<std::string_view, 6> names{"CUDA_INJECTION64_PATH",
                                                    "NVTX_INJECTION64_PATH",
                                                    "NSIGHT_CUDA_DEBUGGER",
                                                    "CUDA_PROFILE",
                                                    "COMPUTE_PROFILE",
                                                    "CUDA_ENABLE_COREDUMP_ON_EXCEPTION"};
    return set_variable(facts,
                        names,
                        Severity::warning,
                        "a variable left from profiling or debugging slows CUDA, or breaks it");
}

std::optional<Finding> launch_blocking(const Facts& facts, const CompatData& /*data*/) {
    constexpr std::array<std::string_view, 2> names{"CUDA_LAUNCH_BLOCKING", "TORCH_USE_CUDA_DSA"};
    return set_variable(facts,
                        names,
                        Severity::warning,
                        "a variable left from debugging makes each kernel wait for the one before");
}

std::optional<Finding> jit_cache(const Facts& facts, const CompatData& /*data*/) {
    constexpr std::array<std::string_view, 1> names{"CUDA_CACHE_DISABLE"};
    return set_variable(facts,
                        names,
                        Severity::warning,
                        "the driver's cache of compiled code is off: each start compiles anew");
}

std::optional<Finding> platform_forced(const Facts& facts, const CompatData& /*data*/) {
    for (const std::string name : {"JAX_PLATFORMS", "JAX_PLATFORM_NAME"}) {
        if (is_worth_a_look(facts) && facts.notebook.variable(name) == "cpu") {
            return Finding{.severity = Severity::warning,
                           .title = "a variable keeps jax on the processor",
                           .evidence = {origin(facts, name)},
                           .fix = unset(facts, name)};
        }
    }
    return std::nullopt;
}

constexpr std::array checks{
    Check{"env-cvd-empty", cvd_empty},
    Check{"env-cvd-bad-uuid", cvd_bad_uuid},
    Check{"env-cvd-bad-index", cvd_bad_index},
    Check{"env-device-order", device_order},
    Check{"env-ptx-jit", ptx_jit},
    Check{"env-debug-injection", debug_injection},
    Check{"env-launch-blocking", launch_blocking},
    Check{"env-jit-cache", jit_cache},
    Check{"env-platform-forced", platform_forced},
};

}  // namespace

std::span<const Check> variable_checks() {
    return checks;
}

}  // namespace envkeep::gpu
