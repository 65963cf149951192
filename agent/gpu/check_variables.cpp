// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <set>

// The environment variables of the notebook's process.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

const std::string visible = "CUDA_VISIBLE_DEVICES";

std::optional<Finding> cvd_empty(const Facts& facts, const CompatData& /*data*/) {
    const std::string value = facts.notebook.variable(visible);
    if (!is_worth_a_look(facts) || !facts.notebook.has(visible) || !hides_cards(value) ||
        is_set_by_kernel(facts, visible, value)) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "CUDA_VISIBLE_DEVICES hides every card from the notebook (error 100)",
                   .evidence = {origin_of(facts, visible)},
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

// The first entry that is wrong cuts the list (CUDA C++ programming guide, environment variables):
// with others before it CUDA works, on fewer cards.
Severity harm_of(bool is_first) {
    return is_first ? Severity::error : Severity::warning;
}

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
            .severity = harm_of(entry.data() == value.data()),
            .title = fmt::format("CUDA_VISIBLE_DEVICES names card {}, and there {} {}",
                                 quoted(word),
                                 cards == 1 ? "is only" : "are only",
                                 cards == 1 ? "card 0" : fmt::format("0 to {}", cards - 1)),
            .evidence = {origin_of(facts, visible)},
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
                .severity = harm_of(entry.data() == value.data()),
                .title = fmt::format("CUDA_VISIBLE_DEVICES names the card of another machine{}",
                                     entry.data() == value.data() ? " (error 100)" : ""),
                .evidence = {origin_of(facts, visible),
                             fmt::format("/proc/driver/nvidia/gpus/*/information: {}",
                                         fmt::format("{}", known.front()))},
                .fix = unset(facts, visible)};
        }
    }
    return std::nullopt;
}

// By their numbers; of a list of all of them each is meant.
bool names_some_cards(const Facts& facts) {
    const std::string value = facts.notebook.variable(visible);
    std::set<unsigned> numbers;
    for (const std::string_view entry : split(value, ',')) {
        if (const std::optional<unsigned> number = index_in(trimmed(entry))) {
            numbers.insert(*number);
        }
    }
    return !numbers.empty() && numbers.size() < facts.nodes.cards.size();
}

std::optional<Finding> device_order(const Facts& facts, const CompatData& /*data*/) {
    std::vector<PciCard> cards;
    std::ranges::copy_if(facts.pci.cards, std::back_inserter(cards), [&](const PciCard& card) {
        return is_own_card(facts, card);
    });
    const bool is_mixed =
        facts.nodes.cards.size() > 1 && std::ranges::any_of(cards, [&](const PciCard& card) {
            return card.device != cards.front().device;
        });
    if (!is_mixed || !names_some_cards(facts) ||
        facts.notebook.variable("CUDA_DEVICE_ORDER") == "PCI_BUS_ID") {
        return std::nullopt;
    }
    return Finding{.severity = Severity::warning,
                   .title = "CUDA numbers these different cards otherwise than nvidia-smi does",
                   .evidence = {origin_of(facts, visible), "CUDA_DEVICE_ORDER: not PCI_BUS_ID"},
                   .fix = exported(facts, "CUDA_DEVICE_ORDER=PCI_BUS_ID")};
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
            finding.evidence.push_back(origin_of(facts, std::string(name)));
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

// TensorFlow has no such variable but CUDA_VISIBLE_DEVICES. Without jax nobody reads it.
std::optional<Finding> platform_forced(const Facts& facts, const CompatData& /*data*/) {
    const bool has_jax = std::ranges::any_of(
        facts.python.notebooks,
        [](const NotebookPython& notebook) { return notebook.framework("jax") != nullptr; });
    if (!has_jax) {
        return std::nullopt;
    }
    for (const std::string name : {"JAX_PLATFORMS", "JAX_PLATFORM_NAME"}) {
        const std::string value = facts.notebook.variable(name);
        if (is_worth_a_look(facts) && keeps_from_card(value) &&
            !is_set_by_kernel(facts, name, value)) {
            return Finding{.severity = Severity::warning,
                           .title = "a variable keeps jax on the processor",
                           .evidence = {origin_of(facts, name)},
                           .fix = unset(facts, name)};
        }
    }
    return std::nullopt;
}

}  // namespace

bool hides_cards(std::string_view value) {
    // Behind such a word nothing counts.
    const std::string_view word = trimmed(value.substr(0, value.find(',')));
    return trimmed(value).empty() || word == "-1" || word == "NoDevFiles" || word == "none";
}

// "cpu", "CPU", "cpu,tpu".
bool keeps_from_card(std::string_view value) {
    std::string lower(trimmed(value));
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower.find("cpu") != std::string::npos && lower.find("cuda") == std::string::npos &&
           lower.find("gpu") == std::string::npos;
}

std::span<const Check> variable_checks() {
    static constexpr std::array checks{
        Check{"env-cvd-empty", cvd_empty},
        Check{"env-cvd-bad-uuid", cvd_bad_uuid},
        Check{"env-cvd-bad-index", cvd_bad_index},
        Check{"env-device-order", device_order},
        Check{"env-ptx-jit", ptx_jit},
        Check{"env-debug-injection", debug_injection},
        Check{"env-launch-blocking", launch_blocking},
        Check{"env-platform-forced", platform_forced},
    };
    return checks;
}

}  // namespace envkeep::gpu
