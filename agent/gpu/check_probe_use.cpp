// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/probe_findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// Who uses the cards, whom they let in, and how the probe itself ended.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using Evidence = std::vector<std::string>;

const ProbePass* libcuda_of(const Facts& facts) {
    return facts.probe && facts.probe->libcuda ? &*facts.probe->libcuda : nullptr;
}

std::optional<Finding> mps(const Facts& facts, const CompatData& data) {
    constexpr int first = 805;
    constexpr int last = 809;
    const std::string pipe = facts.notebook.variable("CUDA_MPS_PIPE_DIRECTORY");
    Evidence evidence;
    if (const int code = cuda_code(facts); code >= first && code <= last) {
        evidence = {cuda_line(facts, data),
                    pipe.empty() ? "/tmp/nvidia-mps: where the daemon is looked for"
                                 : "CUDA_MPS_PIPE_DIRECTORY=" + printable(pipe)};
    }
    return found("env-mps-pipe", Severity::error, std::move(evidence));
}

bool is_full(const ProbedCard& card) {
    constexpr std::uint64_t percent = 100;
    constexpr std::uint64_t nearly_all = 90;
    return card.memory_total.value_or(0) != 0 &&
           card.memory_used.value_or(0) >= *card.memory_total / percent * nearly_all;
}

// The memory is taken, and nobody here has it. Those outside of this container have pids that it
// does not know.
std::optional<Finding> memory_of_others(const Facts& facts, const CompatData& data) {
    constexpr int out_of_memory = 2;
    Evidence evidence;
    if (facts.probe && facts.resources.holders.empty()) {
        for (const ProbedCard& card : facts.probe->cards) {
            if (is_full(card)) {
                evidence.push_back(fmt::format("NVML, {} ({}): {} of {} used, by no process here",
                                               printable(card.name),
                                               printable(card.address),
                                               human_size(*card.memory_used),
                                               human_size(*card.memory_total)));
            }
        }
    }
    const bool is_refused = cuda_code(facts) == out_of_memory;
    if (is_refused && !evidence.empty()) {
        evidence.push_back(cuda_line(facts, data));
    }
    return found(
        "res-gpu-mem-other", is_refused ? Severity::error : Severity::warning, std::move(evidence));
}

std::optional<Finding> exclusive(const Facts& facts, const CompatData& data) {
    constexpr int device_unavailable = 46;
    constexpr std::uint64_t prohibited = 2;
    if (!facts.probe || is_proven(facts)) {
        return std::nullopt;
    }
    const bool is_refused = cuda_code(facts) == device_unavailable;
    Evidence evidence;
    for (const ProbedCard& card : facts.probe->cards) {
        const std::uint64_t mode = card.compute_mode.value_or(0);
        const bool is_taken = mode != 0 && (is_refused || !card.processes.empty() ||
                                            !facts.resources.holders.empty());
        if (mode == prohibited || is_taken) {
            evidence.push_back(fmt::format("NVML, {} ({}): compute mode {}",
                                           printable(card.name),
                                           printable(card.address),
                                           mode == prohibited ? "prohibited" : "exclusive"));
        }
    }
    const bool is_shut = !evidence.empty();
    if (is_shut && is_refused) {
        evidence.push_back(cuda_line(facts, data));
    }
    // Without CUDA's own answer the other program may be the notebook that is looked at.
    return found("res-compute-exclusive",
                 libcuda_of(facts) != nullptr ? Severity::error : Severity::warning,
                 std::move(evidence));
}

std::optional<Finding> no_instance(const Facts& facts, const CompatData& /*data*/) {
    Evidence evidence;
    if (facts.probe && !is_proven(facts)) {
        for (const ProbedCard& card : facts.probe->cards) {
            if (card.is_mig.value_or(false) && card.mig_instances == 0) {
                evidence.push_back(fmt::format("NVML, {} ({}): MIG mode is on, with no instance",
                                               printable(card.name),
                                               printable(card.address)));
            }
        }
    }
    return found("res-mig-no-instance", Severity::error, std::move(evidence));
}

// A fresh process computes while a notebook has the card: what fails there is its own affair.
Evidence of_fresh_process(const Facts& facts) {
    Evidence evidence;
    if (facts.probe && facts.probe->computes()) {
        for (const Holder& holder : facts.resources.holders) {
            if (holder.is_kernel) {
                evidence.push_back(fmt::format(
                    "/proc/{}: a notebook that has the card open, while a fresh process computes",
                    holder.pid));
            }
        }
    }
    return evidence;
}

std::optional<Finding> sticky(const Facts& facts, const CompatData& /*data*/) {
    std::optional<Finding> finding =
        found("nb-sticky-cuda-error", Severity::info, of_fresh_process(facts));
    if (finding) {
        finding->title =
            "should CUDA fail in the running notebook (700, 710, 719), its own process is broken";
    }
    return finding;
}

// A child that was forked after the notebook had the card cannot use CUDA; others of its children,
// which only load data, need not.
Evidence of_forked(const Facts& facts) {
    Evidence evidence;
    if (facts.probe && facts.probe->computes()) {
        for (const Holder& holder : facts.resources.holders) {
            if (holder.forked_from != 0) {
                evidence.push_back(fmt::format(
                    "/proc/{}: forked by the notebook {}, from which it has the card open",
                    holder.pid,
                    holder.forked_from));
            }
        }
    }
    return evidence;
}

std::optional<Finding> has_forked(const Facts& facts, const CompatData& /*data*/) {
    std::optional<Finding> finding = found("nb-fork-reinit", Severity::info, of_forked(facts));
    if (finding) {
        finding->title =
            "should CUDA fail in workers of the notebook: they were forked when it had the card "
            "open";
    }
    return finding;
}

std::optional<Finding> may_fork(const Facts& facts, const CompatData& /*data*/) {
    std::optional<Finding> finding =
        of_forked(facts).empty() ? found("nb-fork-reinit", Severity::info, of_fresh_process(facts))
                                 : std::nullopt;
    if (finding) {
        finding->title =
            "should CUDA fail in workers of the notebook, they were forked after it "
            "began";
    }
    return finding;
}

std::optional<Finding> variable_breaks(const Facts& facts, const CompatData& data) {
    if (!facts.probe) {
        return std::nullopt;
    }
    const std::optional<ProbePass>& cuda = facts.probe->libcuda;
    const std::optional<ProbePass>& pass = cuda ? cuda : facts.probe->nvml;
    if (!pass || !pass->has_culprit()) {
        return std::nullopt;
    }
    const std::string names = fmt::format("{}", fmt::join(pass->trial->culprits, " "));
    Evidence evidence{cuda ? cuda_line(facts, data) : nvml_line(facts, data),
                      fmt::format("probe: without {} it works", names)};
    std::optional<Finding> finding = found("env-breaks-cuda", Severity::error, std::move(evidence));
    finding->title = fmt::format("{} keeps CUDA from working", names);
    finding->fix.commands = {"unset " + names};
    return finding;
}

template <typename Ended>
Evidence passes_that(const Facts& facts, const Ended& ended) {
    Evidence evidence;
    if (facts.probe) {
        for (const std::optional<ProbePass>& pass : {facts.probe->nvml, facts.probe->libcuda}) {
            const std::string how = pass ? ended(*pass) : std::string();
            if (!how.empty() && !pass->has_culprit()) {
                evidence.push_back("probe: " + how);
            }
        }
    }
    return evidence;
}

std::optional<Finding> crashed(const Facts& facts, const CompatData& /*data*/) {
    return found(
        "probe-crashed", severity_beside(facts), passes_that(facts, [](const ProbePass& pass) {
            return pass.has_crashed()
                       ? fmt::format("ended by signal {} in {}", pass.signal, pass.last)
                       : std::string();
        }));
}

std::optional<Finding> hung(const Facts& facts, const CompatData& /*data*/) {
    return found(
        "probe-hung", severity_beside(facts), passes_that(facts, [](const ProbePass& pass) {
            const bool is_other = pass.last != "nvmlInit_v2" && pass.last != "cuInit";
            return pass.has_hung() && is_other
                       ? fmt::format("{} did not come back{}",
                                     pass.last,
                                     pass.is_stuck ? ", and hangs in the kernel" : "")
                       : std::string();
        }));
}

std::optional<Finding> not_started(const Facts& facts, const CompatData& /*data*/) {
    const bool is_without_loader = !facts.has_glibc_loader;  // told as drv-musl-image
    return found(
        "probe-not-started", Severity::warning, passes_that(facts, [&](const ProbePass& pass) {
            return is_without_loader ? std::string() : pass.not_started;
        }));
}

// Told where nothing else explains it: see weigh_probe.
std::optional<Finding> unknown(const Facts& facts, const CompatData& data) {
    const ProbePass* const pass = libcuda_of(facts);
    if (pass == nullptr || pass->failed.empty() || !pass->missing.empty() || is_proven(facts)) {
        return std::nullopt;
    }
    std::optional<Finding> finding =
        found("cuda-error-unknown", Severity::error, {cuda_line(facts, data)});
    const bool is_wrong = std::ranges::any_of(facts.probe->computed, &ComputedCard::is_wrong);
    if (is_wrong) {
        finding->title = "the card computes wrongly";
    }
    return finding;
}

}  // namespace

std::span<const Check> probe_use_checks() {
    static constexpr std::array checks{
        Check{"env-mps-pipe", mps},
        Check{"env-breaks-cuda", variable_breaks},
        Check{"res-gpu-mem-other", memory_of_others},
        Check{"res-compute-exclusive", exclusive},
        Check{"res-mig-no-instance", no_instance},
        Check{"nb-fork-reinit", has_forked},
        Check{"nb-sticky-cuda-error", sticky},
        Check{"nb-fork-reinit", may_fork},
        Check{"probe-crashed", crashed},
        Check{"probe-hung", hung},
        Check{"probe-not-started", not_started},
        Check{"cuda-error-unknown", unknown},
    };
    return checks;
}

}  // namespace envkeep::gpu
