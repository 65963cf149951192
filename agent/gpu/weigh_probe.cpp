// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/gpu/faults.hpp"
#include "gpu/checks.hpp"
#include "gpu/probe_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using model::Who;

enum class Library { cuda, nvml };

// Beside the driver's codes: the loader took no library; there is no loader.
constexpr int missing = -101;
constexpr int no_loader = -102;

// What a code makes one suspect, the likeliest first. `proves` is told where none of them was found
// otherwise; empty where the code alone says too little.
struct Suspects {
    Library library;
    int code;
    std::string_view proves;
    std::string_view ids;
};

constexpr std::array table{
    Suspects{Library::cuda,
             100,
             "",
             "env-cvd-empty env-cvd-bad-uuid env-cvd-bad-index ctr-visible-none ctr-cgroup-lost "
             "kmod-gpu-legacy res-compute-exclusive res-mig-no-instance hw-off-bus "
             "hw-adapter-init-failed "
             "kmod-not-loaded dev-nodes-missing dev-node-permission dev-mig-caps-missing"},
    Suspects{Library::cuda, 101, "env-cvd-bad-index", "env-cvd-bad-index nb-cvd-set-late"},
    Suspects{Library::cuda,
             2,
             "",
             "res-rlimit-as res-gpu-mem-other res-gpu-mem-zombie res-gpu-mem-own-kernel "
             "res-jax-prealloc res-cgroup-mem"},
    Suspects{Library::cuda, 3, "", "kmod-uvm-hmm-init3"},
    Suspects{Library::cuda, 34, "drv-stub-on-path", "drv-stub-on-path"},
    Suspects{Library::cuda,
             46,
             "",
             "res-compute-exclusive vgpu-unlicensed env-mps-pipe hw-off-bus res-mig-no-instance"},
    Suspects{Library::cuda, 200, "", "env-ptx-jit"},
    Suspects{Library::cuda, 209, "", "env-ptx-jit"},
    Suspects{Library::cuda, 214, "", "hw-ecc-uncorrectable"},
    Suspects{Library::cuda, 220, "", "hw-nvlink-error"},
    Suspects{Library::cuda, 221, "drv-ptxjit-missing", "drv-ptxjit-missing"},
    Suspects{Library::cuda, 222, "tk-ptx-newer-than-driver", "tk-ptx-newer-than-driver"},
    Suspects{Library::cuda, 223, "env-ptx-jit", "env-ptx-jit"},
    Suspects{Library::cuda,
             304,
             "",
             "res-pids-limit res-rlimit-as dev-uvm-node-missing kmod-uvm-missing ctr-cgroup-lost"},
    Suspects{
        Library::cuda, 802, "", "fabric-manager-down fabric-single-gpu-slice kmod-cc-not-ready"},
    Suspects{Library::cuda,
             803,
             "kmod-user-version-mismatch",
             "drv-compat-not-needed drv-libcuda-in-image ctr-stale-proc kmod-user-version-mismatch "
             "drv-compat-wrong-branch"},
    Suspects{Library::cuda,
             804,
             "drv-compat-unsupported-hw",
             "drv-compat-unsupported-hw kmod-user-version-mismatch drv-compat-not-needed"},
    Suspects{Library::cuda, 805, "", "env-mps-pipe"},
    Suspects{Library::cuda, 806, "", "env-mps-pipe"},
    Suspects{Library::cuda, 807, "", "env-mps-pipe"},
    Suspects{Library::cuda, 808, "", "env-mps-pipe"},
    Suspects{Library::cuda, 809, "", "env-mps-pipe"},
    Suspects{Library::cuda,
             999,
             "",
             "dev-uvm-stale-major dev-uvm-node-missing kmod-uvm-missing ctr-cgroup-lost "
             "hw-off-bus hw-reset-required"},
    Suspects{Library::cuda,
             missing,
             "drv-libcuda-missing",
             "drv-libcuda-missing drv-ldcache-stale drv-musl-image ctr-caps-no-compute "
             "ctr-no-nvidia-runtime ctr-visible-void ctr-wsl"},
    Suspects{Library::nvml, 9, "kmod-not-loaded", "kmod-not-loaded dev-nodes-missing"},
    Suspects{Library::nvml, 15, "hw-off-bus", "hw-off-bus"},
    Suspects{Library::nvml, 16, "", "hw-reset-required"},
    Suspects{Library::nvml, 17, "ctr-cgroup-lost", "ctr-cgroup-lost dev-node-permission"},
    Suspects{Library::nvml,
             18,
             "kmod-user-version-mismatch",
             "ctr-stale-proc kmod-user-version-mismatch drv-libcuda-in-image"},
    Suspects{Library::nvml, 999, "ctr-cgroup-lost", "ctr-cgroup-lost hw-off-bus"},
    Suspects{Library::nvml,
             missing,
             "drv-nvml-missing",
             "drv-nvml-missing drv-libcuda-missing drv-ldcache-stale drv-musl-image "
             "ctr-no-nvidia-runtime ctr-visible-void ctr-wsl"},
    Suspects{Library::nvml, no_loader, "drv-musl-image", "drv-musl-image"},
};

const Suspects* suspects_of(Library library, const ProbePass& pass) {
    const int code = !pass.not_started.empty() ? no_loader
                     : !pass.missing.empty()   ? missing
                                               : pass.code;
    const auto* const row = std::ranges::find_if(
        table, [&](const Suspects& one) { return one.library == library && one.code == code; });
    return row == table.end() ? nullptr : &*row;
}

bool has_word(std::string_view words, std::string_view word) {
    const std::vector<std::string_view> all = split(words, ' ');
    return std::ranges::find(all, word) != all.end();
}

bool mentions(const Finding& finding, const std::vector<std::string>& names) {
    return std::ranges::any_of(finding.evidence, [&](const std::string& line) {
        return std::ranges::any_of(
            names, [&](const std::string& name) { return line.find(name) != std::string::npos; });
    });
}

// A suspicion that CUDA cannot work, between the card and the notebook's variables.
bool is_suspicion(const Finding& finding) {
    const Fault* const fault = find_fault(finding.id);
    return finding.severity == Severity::error && fault != nullptr &&
           fault->stage < Stage::framework;
}

// What a variable that is to blame is known for.
std::string_view fault_of(const std::string& variable, const Facts& facts) {
    if (variable == "CUDA_VISIBLE_DEVICES") {
        const std::string value = facts.notebook.variable(variable);
        return value.find("GPU-") == std::string::npos && value.find("MIG-") == std::string::npos
                   ? "env-cvd-bad-index"
                   : "env-cvd-bad-uuid";
    }
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> known{
        {{"JIT", "env-ptx-jit"},
         {"INJECTION", "env-debug-injection"},
         {"NSIGHT", "env-debug-injection"},
         {"PROFILE", "env-debug-injection"},
         {"COREDUMP", "env-debug-injection"},
         {"MPS", "env-mps-pipe"},
         {"LD_PRELOAD", "ld-preload-broken"},
         {"MEMORY_LIMIT", "ctr-gpu-share-hook"}}};
    const auto* const fault = std::ranges::find_if(
        known, [&](const auto& one) { return variable.find(one.first) != std::string::npos; });
    return fault == known.end() ? std::string_view() : fault->second;
}

// Where a variable is proven to be to blame, what was found of it gets the proof; the bare fact is
// told where nothing was.
void weigh_culprit(const ProbePass& pass, const Facts& facts, std::vector<Finding>& findings) {
    const auto bare = std::ranges::find(findings, "env-breaks-cuda", &Finding::id);
    if (bare == findings.end()) {
        return;
    }
    const std::string_view known = fault_of(pass.trial->culprits.front(), facts);
    bool is_explained = false;
    for (Finding& finding : findings) {
        if (finding.id != bare->id &&
            (finding.id == known ||
             (is_suspicion(finding) && mentions(finding, pass.trial->culprits)))) {
            finding.evidence.insert(
                finding.evidence.end(), bare->evidence.begin(), bare->evidence.end());
            finding.severity = Severity::error;
            is_explained = true;
        }
    }
    if (is_explained) {
        findings.erase(bare);
    } else if (!known.empty()) {
        bare->id = known;
        bare->subject = word_of(find_fault(known)->stage);
    }
}

// Those that were found get the answer as evidence; the likeliest is what is broken, where none was
// before. False if none was found.
bool confirm(const Suspects& suspects, const std::string& line, std::vector<Finding>& findings) {
    Finding* likeliest = nullptr;
    bool has_error = suspects.library == Library::nvml;
    for (const std::string_view id : split(suspects.ids, ' ')) {
        const auto suspect = std::ranges::find(findings, id, &Finding::id);
        if (suspect == findings.end()) {
            continue;
        }
        if (std::ranges::find(suspect->evidence, line) == suspect->evidence.end()) {
            suspect->evidence.push_back(line);
        }
        likeliest = likeliest == nullptr ? &*suspect : likeliest;
        has_error = has_error || suspect->severity == Severity::error;
    }
    if (likeliest != nullptr && !has_error) {
        likeliest->severity = Severity::error;
    }
    return likeliest != nullptr;
}

// A suspect that was found is confirmed; else what the code proves is told.
void weigh_code(Library library,
                const ProbePass& pass,
                const std::string& line,
                const Facts& facts,
                std::vector<Finding>& findings) {
    const Suspects* const suspects = suspects_of(library, pass);
    if (suspects == nullptr) {
        return;
    }
    bool is_told = confirm(*suspects, line, findings);
    if (!is_told && !suspects->proves.empty()) {
        // CUDA may do without NVML, and a machine without a card without either.
        const bool is_needed = suspects->code == no_loader
                                   ? has_card(facts)
                                   : library == Library::cuda || suspects->code != missing;
        std::optional<Finding> finding =
            found(suspects->proves, is_needed ? severity_beside(facts) : Severity::warning, {line});
        findings.push_back(*std::move(finding));
        is_told = true;
    }
    if (is_told && library == Library::cuda) {
        std::erase_if(findings,
                      [](const Finding& finding) { return finding.id == "cuda-error-unknown"; });
    }
}

// A library that was loaded is there; one that started is the right one.
void disprove(const ProbePass& pass, std::vector<Finding>& findings) {
    constexpr int stub = 34;
    const bool has_started = std::ranges::any_of(
        pass.steps, [](const ProbeStep& step) { return step.name == "cuInit" && step.code == 0; });
    std::string_view wrong;
    if (!pass.library.empty()) {
        wrong = pass.code == stub || pass.failed.empty()
                    ? "drv-libcuda-missing drv-ldcache-stale drv-musl-image"
                    : "drv-libcuda-missing drv-ldcache-stale drv-musl-image drv-stub-on-path";
    }
    std::erase_if(findings, [&](const Finding& finding) {
        return has_word(wrong, finding.id) || (has_started && is_suspicion(finding) &&
                                               find_fault(finding.id)->stage == Stage::libcuda);
    });
}

// How much of the cards' memory is in use, where that is what is wrong.
void add_memory(const ProbeFacts& probe, std::vector<Finding>& findings) {
    for (Finding& finding : findings) {
        const bool is_about_it =
            has_word("res-gpu-mem-own-kernel res-gpu-mem-zombie res-jax-prealloc", finding.id);
        for (const ProbedCard& card : probe.cards) {
            if (is_about_it && card.memory_total && card.memory_used) {
                finding.evidence.push_back(fmt::format("NVML, {} ({}): {} of {} used",
                                                       printable(card.name),
                                                       printable(card.address),
                                                       human_size(*card.memory_used),
                                                       human_size(*card.memory_total)));
            }
        }
    }
}

// What the kernel's driver says without its library, where that is in question.
void add_kernel(const ProbeFacts& probe, std::vector<Finding>& findings) {
    constexpr std::string_view of_versions =
        "kmod-user-version-mismatch ctr-stale-proc drv-libcuda-in-image";
    constexpr std::string_view of_cards = "pci-count-short hw-adapter-init-failed";
    for (Finding& finding : findings) {
        if (!probe.kernel_version.empty() && has_word(of_versions, finding.id)) {
            finding.evidence.push_back("/dev/nvidiactl: the kernel's driver is " +
                                       printable(probe.kernel_version));
        }
        if (!probe.host_cards.empty() && has_word(of_cards, finding.id)) {
            finding.evidence.push_back("/dev/nvidiactl: the kernel's driver has " +
                                       counted(probe.host_cards.size(), "card"));
        }
    }
}

// CUDA works: what was suspected is not so, but for the variable that is to blame.
void take_back(const ProbeFacts& probe, std::vector<Finding>& findings) {
    const std::vector<std::string> blamed =
        probe.computes() ? std::vector<std::string>() : probe.libcuda->trial->culprits;
    std::erase_if(findings, [&](const Finding& finding) {
        const bool is_blamed = finding.id == "env-breaks-cuda" || mentions(finding, blamed);
        return finding.id == "pci-no-gpu" || (is_suspicion(finding) && !is_blamed);
    });
}

// A machine without a card needs no library of the driver.
bool is_to_weigh(const std::optional<ProbePass>& pass, const Facts& facts) {
    return pass && !pass->is_well() && !pass->has_culprit() &&
           (has_card(facts) || !facts.has_glibc_loader || pass->missing.empty()) &&
           (pass->not_started.empty() || !facts.has_glibc_loader);
}

std::string without_marks(std::string_view text) {
    std::string out(text);
    std::erase(out, '`');
    return out;
}

std::string failure_of(const ProbePass& pass, const std::string& name) {
    if (!pass.not_started.empty()) {
        return "probe: " + printable(pass.not_started);
    }
    if (!pass.missing.empty()) {
        return "probe: " + printable(pass.missing);
    }
    if (pass.failed.empty()) {
        return fmt::format("probe: {} did not come back", pass.last);
    }
    constexpr int step_of_ours = -1;
    return pass.code == step_of_ours ? fmt::format("probe: {} failed", pass.failed)
                                     : fmt::format("probe: {} gave {}", pass.failed, name);
}

}  // namespace

std::optional<Finding> found(std::string_view id,
                             Severity severity,
                             std::vector<std::string> evidence) {
    const Fault* const fault = find_fault(id);
    if (evidence.empty() || fault == nullptr) {
        return std::nullopt;
    }
    return Finding{.id = std::string(id),
                   .severity = severity,
                   .subject = std::string(word_of(fault->stage)),
                   .title = without_marks(fault->cause),
                   .evidence = std::move(evidence),
                   .fix = {.who = fault->who.starts_with("you")    ? Who::user
                                  : fault->who.starts_with("host") ? Who::host
                                                                   : Who::restart,
                           .text = without_marks(fault->cure)}};
}

bool is_proven(const Facts& facts) {
    return facts.probe && facts.probe->libcuda &&
           (facts.probe->computes() || facts.probe->libcuda->has_culprit());
}

Severity severity_beside(const Facts& facts) {
    return is_proven(facts) ? Severity::warning : Severity::error;
}

int cuda_code(const Facts& facts) {
    const bool is_told = facts.probe && facts.probe->libcuda && !is_proven(facts);
    return is_told ? facts.probe->libcuda->code : 0;
}

std::string cuda_line(const Facts& facts, const CompatData& data) {
    const ProbePass& pass = *facts.probe->libcuda;
    return failure_of(pass, data.name_of_cuda_code(pass.code));
}

std::string nvml_line(const Facts& facts, const CompatData& data) {
    const ProbePass& pass = *facts.probe->nvml;
    return failure_of(pass, data.name_of_nvml_code(pass.code));
}

void weigh_probe(const Facts& facts, const CompatData& data, std::vector<Finding>& findings) {
    const ProbeFacts& probe = *facts.probe;
    add_memory(probe, findings);
    add_kernel(probe, findings);
    // Of NVML only where CUDA was not tried.
    const std::optional<ProbePass>& pass = probe.libcuda ? probe.libcuda : probe.nvml;
    if (pass && pass->has_culprit()) {
        weigh_culprit(*pass, facts, findings);
    }
    if (is_proven(facts)) {
        take_back(probe, findings);
        return;
    }
    if (is_to_weigh(probe.nvml, facts)) {
        weigh_code(Library::nvml, *probe.nvml, nvml_line(facts, data), facts, findings);
    }
    if (probe.libcuda) {
        disprove(*probe.libcuda, findings);
    }
    if (is_to_weigh(probe.libcuda, facts)) {
        weigh_code(Library::cuda, *probe.libcuda, cuda_line(facts, data), facts, findings);
    }
}

}  // namespace envkeep::gpu
