// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

// Options of torch, MPS, the driver's cache of code, and what only shells are told.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

// Of the allocator (torch: c10/cuda/CUDAAllocatorConfig.cpp): no release before that one has it.
// Empty: this program does not know since when.
struct Option {
    std::string_view key;
    std::string_view not_before;
};

constexpr std::array<Option, 21> options{{{"max_split_size_mb", ""},
                                          {"max_non_split_rounding_mb", ""},
                                          {"roundup_bypass_threshold_mb", ""},
                                          {"garbage_collection_threshold", "1.12"},
                                          {"roundup_power2_divisions", "1.12"},
                                          {"backend", "2.0"},
                                          {"expandable_segments", "2.1"},
                                          {"release_lock_on_cudamalloc", "2.1"},
                                          {"release_lock_on_hipmalloc", ""},
                                          {"pinned_use_cuda_host_register", "2.1"},
                                          {"pinned_use_hip_host_register", ""},
                                          {"pinned_num_register_threads", "2.1"},
                                          {"pinned_use_background_threads", "2.1"},
                                          {"pinned_reserve_segment_size_mb", "2.1"},
                                          {"pinned_max_cached_size_mb", ""},
                                          {"pinned_max_power2_size_mb", ""},
                                          {"large_segment_size_mb", "2.1"},
                                          {"per_process_memory_fraction", "2.1"},
                                          {"graph_capture_record_stream_reuse", "2.1"},
                                          {"throw_on_cudamalloc_oom", "2.1"},
                                          {"expandable_segments_handle_type", ""}}};

// At commas outside of brackets: "roundup_power2_divisions:[256:1,>:4],max_split_size_mb:128".
std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '[' ? 1 : 0;
        depth -= text[i] == ']' ? 1 : 0;
        if (text[i] == ',' && depth <= 0) {
            parts.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    parts.push_back(text.substr(start));
    return parts;
}

std::string_view key_of(std::string_view part) {
    return trimmed(part.substr(0, part.find(':')));
}

enum class Verdict { fine, not_known_here, refused };

// `is_known`: this torch is no newer than the data.
Verdict verdict_on(std::string_view key, const Version& torch, bool is_known) {
    const auto option = std::ranges::find(options, key, &Option::key);
    if (option == options.end()) {
        return is_known && !key.empty() ? Verdict::not_known_here : Verdict::fine;
    }
    const auto first = Version::parse(option->not_before);
    return first && torch < *first ? Verdict::refused : Verdict::fine;
}

std::optional<Finding> wrong_options(const Facts& facts,
                                     const Framework& torch,
                                     const std::string& name,
                                     const std::string& value,
                                     bool is_known) {
    const Version version = Version::parse(torch.version).value_or(Version());
    Verdict worst = Verdict::fine;
    std::vector<std::string_view> rest;
    std::vector<std::string_view> wrong;
    for (const std::string_view part : parts_of(value)) {
        const Verdict verdict = verdict_on(key_of(part), version, is_known);
        worst = std::max(worst, verdict);
        (verdict == Verdict::fine ? rest : wrong).push_back(part);
    }
    if (wrong.empty()) {
        return std::nullopt;
    }
    Finding finding{
        .severity = worst == Verdict::refused ? Severity::error : Severity::warning,
        .title = fmt::format("{} has the option {}, which torch {} {}",
                             name,
                             quoted(key_of(wrong.front())),
                             version.text(),
                             worst == Verdict::refused ? "does not know: it refuses CUDA for it"
                                                       : "is not known to have"),
        .evidence = {fmt::format("{}={}", name, printable(value)), gpu::shown(torch)},
        .fix = unset(facts, name)};
    if (!rest.empty()) {
        const std::string command = fmt::format(
            "export {}={}", name, shell_quoted(fmt::format("{}", fmt::join(rest, ","))));
        finding.fix = {.commands = {command},
                       .text = "'" + command + "' where it is set, then restart the kernel"};
    }
    return finding;
}

std::optional<Finding> allocator(const Facts& facts,
                                 const NotebookPython& notebook,
                                 const CompatData& data) {
    const Framework* const torch = notebook.framework("torch");
    const auto version = torch == nullptr ? std::nullopt : Version::parse(torch->version);
    if (!version || !is_worth_a_look(facts)) {
        return std::nullopt;
    }
    const bool is_known = std::ranges::any_of(data.companions, [&](const TorchCompanions& one) {
        return one.torch.release() >= version->release();
    });
    const auto finding_for = [&](const std::string& name) -> std::optional<Finding> {
        const auto variable = notebook.launch.variables.find(name);
        return variable == notebook.launch.variables.end()
                   ? std::nullopt
                   : wrong_options(facts, *torch, name, variable->second, is_known);
    };
    auto finding = finding_for("PYTORCH_CUDA_ALLOC_CONF");
    // The shorter name is read by newer ones alone.
    const bool is_read = *version >= *Version::parse("2.9");
    return finding || !is_read ? std::move(finding) : finding_for("PYTORCH_ALLOC_CONF");
}

// Programs connect to what answers there; without a daemon they go on as if there were none, unless
// something is left of it.
std::optional<Finding> mps_pipe(const Facts& facts, const CompatData& /*data*/) {
    const std::string name = "CUDA_MPS_PIPE_DIRECTORY";
    const bool is_wished = facts.notebook.has(name);
    if (!is_worth_a_look(facts) || facts.mps.runs_here || facts.mps.is_mounted ||
        (!facts.mps.has_control && !is_wished)) {
        return std::nullopt;
    }
    Finding finding{
        .severity = facts.mps.has_control ? Severity::warning : Severity::info,
        .title =
            "CUDA looks for an MPS daemon, and none runs in this container (errors 805 to 809)",
        .evidence = {fmt::format(
            "{}/control: {}",
            printable(facts.mps.folder),
            facts.mps.has_control ? "is there, and no daemon of its pid file" : "is not there")},
        .fix = {.text = {}}};
    if (is_wished) {
        finding.evidence.push_back(origin_of(facts, name));
        finding.fix = unset(facts, name);
    } else {
        finding.fix = move_aside(facts.mps.folder);
    }
    if (finding.severity == Severity::info) {
        finding.fix.repairs.clear();
    }
    return finding;
}

std::optional<Finding> unwritable_cache(const Facts& facts) {
    const CodeCache& cache = facts.code_cache;
    constexpr std::uint64_t least = 16U << 20U;
    const bool is_wished = facts.notebook.has("CUDA_CACHE_PATH");
    const bool is_full =
        is_wished && cache.disk && cache.disk->total > 0 && cache.disk->free < least;
    if (cache.folder.empty() || (cache.access_error == 0 && !is_full)) {
        return std::nullopt;
    }
    Finding finding{
        .severity = is_wished ? Severity::warning : Severity::info,
        .title = "the driver cannot keep the code it compiles: each start compiles anew",
        .evidence = {fmt::format(
            "{}: {}",
            printable(cache.standing),
            is_full ? human_size(cache.disk->free) + " free" : std::string("not writable"))},
        .fix = {.commands = {"export CUDA_CACHE_PATH=/tmp/cuda-cache"},
                .text = "set CUDA_CACHE_PATH to a folder that can be written and is kept, before "
                        "the notebook starts"}};
    if (cache.open_mode != 0) {
        finding.fix = {.commands = {"chmod u+rwx " + shell_quoted(cache.standing)},
                       .text = {},
                       .repairs = {{.kind = model::RepairKind::set_mode,
                                    .subject = cache.standing,
                                    .mode = cache.open_mode}}};
    }
    if (is_wished) {
        finding.evidence.push_back(origin_of(facts, "CUDA_CACHE_PATH"));
    }
    return finding;
}

std::optional<Finding> jit_cache(const Facts& facts, const CompatData& /*data*/) {
    const std::string name = "CUDA_CACHE_DISABLE";
    const std::string value = facts.notebook.variable(name);
    if (!is_worth_a_look(facts)) {
        return std::nullopt;
    }
    if (value.empty() || value == "0") {
        return unwritable_cache(facts);
    }
    return Finding{.severity = Severity::info,
                   .title = "the driver's cache of compiled code is off: each start compiles anew",
                   .evidence = {origin_of(facts, name)},
                   .fix = unset(facts, name)};
}

// Notebooks never read a shell's start files.
std::optional<Finding> only_in_shell(const Facts& facts, const CompatData& /*data*/) {
    if (facts.notebook.pid == 0) {
        return std::nullopt;
    }
    Finding finding{
        .severity = Severity::info,
        .title = "variables that a shell file exports are not those of the notebook",
        .fix = {.text = "set them before the server starts: 'env:' of the manifest, the start "
                        "script, or \"env\" of the kernelspec"}};
    constexpr std::size_t most = 10;
    for (const ShellExport& one : facts.shell_exports) {
        const bool is_put_together = one.value.find('$') != std::string::npos;
        const bool is_theirs = facts.notebook.has(one.name) &&
                               (is_put_together || facts.notebook.variable(one.name) == one.value);
        if (!is_theirs && finding.evidence.size() < most) {
            finding.evidence.push_back(
                fmt::format("{}:{}: export {}={}; the notebook has {}",
                            one.file,
                            one.line,
                            one.name,
                            printable(one.value),
                            facts.notebook.has(one.name) ? "another value" : "none"));
        }
    }
    return finding.evidence.empty() ? std::nullopt : std::optional(std::move(finding));
}

// What a cell sets afterwards no file shows: told only where it may matter, with several cards.
std::optional<Finding> set_late(const Facts& facts, const CompatData& /*data*/) {
    const std::string name = "CUDA_VISIBLE_DEVICES";
    const bool has_begun =
        facts.notebook.what == "kernel" &&
        std::ranges::find(facts.resources.holders, facts.notebook.pid, &Holder::pid) !=
            facts.resources.holders.end();
    if (!has_begun || facts.nodes.cards.size() < 2 || facts.notebook.has(name)) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::info,
        .title =
            "this notebook has begun to use CUDA with all cards: CUDA_VISIBLE_DEVICES set in "
            "a cell now comes too late",
        .evidence = {fmt::format(
            "/proc/{}/environ: no {}; /dev/nvidia* is open", facts.notebook.pid, name)},
        .fix = {.text = "restart the kernel and set it before the first import, in the kernelspec "
                        "or the start script"}};
}

}  // namespace

std::span<const Check> setting_checks() {
    static constexpr std::array checks{
        Check{"env-alloc-conf", allocator},
        Check{"env-jit-cache", jit_cache},
        Check{"env-mps-pipe", mps_pipe},
        Check{"nb-env-only-in-shell", only_in_shell},
        Check{"nb-cvd-set-late", set_late},
    };
    return checks;
}

}  // namespace envkeep::gpu
