// SPDX-License-Identifier: MIT
#include "envkeep/gpu/wishes.hpp"

#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/cures.hpp"
#include "gpu/observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using model::Who;

constexpr std::string_view subject = "gpu";

Finding unknown(std::string what, std::string because) {
    return {.id = "gpu-wish-unknown",
            .severity = Severity::info,
            .subject = std::string(subject),
            .title = std::move(what),
            .evidence = {std::move(because)}};
}

Finding expected_missing() {
    return {.id = "gpu-expected-missing",
            .severity = Severity::error,
            .subject = std::string(subject),
            .title = "this machine has no GPU, and the manifest requires one",
            .evidence = {"manifest: gpu: {expect: required}",
                         "neither /sys/bus/pci/devices nor /dev has a card of NVIDIA"},
            .fix = {.who = Who::restart,
                    .text = "choose a machine type with a GPU and start the notebook again"}};
}

// The highest that programs of the notebook get: its driver's, or that of a library that takes it
// further.
std::optional<Version> highest_cuda(const Facts& facts, const CompatData& data) {
    const auto driver = facts.driver.version();
    auto highest = driver ? data.highest_cuda(*driver) : std::nullopt;
    const auto forward = facts.libcuda.is_compat && facts.libcuda.forward
                             ? Version::parse(facts.libcuda.forward->cuda)
                             : std::nullopt;
    return highest && forward ? std::max(*highest, *forward) : highest;
}

// A driver serves its highest CUDA and all before: only what is wanted at least can be missing.
bool is_served(std::string_view wanted, const Version& highest) {
    return std::ranges::all_of(split(wanted, ','), [&](std::string_view part) {
        part = trimmed(part);
        const bool is_more = part.starts_with('>') && !part.starts_with(">=");
        const auto version = part.starts_with('<')
                                 ? std::nullopt
                                 : Version::parse(trimmed(part.substr(is_more ? 1 : 2)));
        return !version || highest > *version || (!is_more && highest == *version);
    });
}

std::optional<Finding> check_cuda(const std::string& wanted,
                                  const Facts& facts,
                                  const CompatData& data) {
    const auto driver = facts.driver.version();
    const auto highest = highest_cuda(facts, data);
    if (wanted.empty() || (highest && is_served(wanted, *highest))) {
        return std::nullopt;
    }
    if (!driver || !highest) {
        // A driver that is newer than the data serves at least what the newest known one does.
        return driver && is_served(wanted, data.branches.back().second)
                   ? std::nullopt
                   : std::optional(unknown(
                         fmt::format("whether the driver serves CUDA {} is not known", wanted),
                         driver ? fmt::format("driver {} is newer than the data of {}",
                                              printable(driver->text()),
                                              printable(data.compiled))
                                : "the driver does not tell its version"));
    }
    return Finding{
        .id = "gpu-cuda-too-low",
        .severity = Severity::error,
        .subject = std::string(subject),
        .title = fmt::format(
            "the driver gives CUDA {} at most, and the manifest wants {}", highest->text(), wanted),
        .evidence = {fmt::format("manifest: gpu: {{cuda: \"{}\"}}", wanted),
                     fmt::format("kernel driver: {}", printable(driver->text()))},
        .fix = {.who = Who::restart,
                .text = "choose another machine type: the driver is the host's. Or use what was "
                        "built for the CUDA that is here, and change 'cuda' in the manifest"}};
}

// The notebook gets parts of cards.
bool is_parted(const Facts& facts) {
    const std::string devices = facts.container.visible_devices.value_or(std::string());
    const std::string visible = facts.notebook.variable("CUDA_VISIBLE_DEVICES");
    return devices.find("MIG") != std::string::npos || visible.find("MIG") != std::string::npos;
}

struct CardMemory {
    std::string card;
    std::optional<std::uint64_t> bytes;  // none if nothing tells it
};

// Of the cards that are here. libcuda tells it of what the notebook has, NVML of whole cards. No
// file of the machine does; the data tells it of cards that were made with one size each.
std::vector<CardMemory> memories(const Facts& facts, const CompatData& data) {
    std::vector<CardMemory> all;
    const bool is_whole = !is_parted(facts);
    const auto& probe = facts.probe;
    if (probe && probe->libcuda && probe->libcuda->is_well()) {
        for (const ComputedCard& card : probe->computed) {
            all.push_back({.card = card.name,
                           .bytes = card.memory_total == 0 ? std::nullopt
                                                           : std::optional(card.memory_total)});
        }
    } else if (probe && probe->nvml && probe->nvml->is_well()) {
        for (const ProbedCard& card : probe->cards) {
            all.push_back(
                {.card = card.name,
                 .bytes = is_whole && card.is_mig != true ? card.memory_total : std::nullopt});
        }
    }
    if (!all.empty()) {
        return all;
    }
    for (const PciCard& card : facts.pci.cards) {
        if (!is_own_card(facts, card)) {
            continue;
        }
        const auto model = data.card(card.device);
        all.push_back({.card = name_of(card, data),
                       .bytes = model && is_whole ? memory_of(model->name) : std::nullopt});
    }
    return all;
}

// The driver could tell, of a part of a card its libcuda alone.
Finding unknown_memory(std::uint64_t wanted, const Facts& facts) {
    Finding finding = unknown(
        fmt::format("whether a card has {} is not known", human_size(wanted)),
        facts.probe ? "the driver was asked and does not tell what the notebook has of a card"
                    : "no file tells the memory of a card");
    if (!facts.probe || !facts.probe->libcuda) {
        finding.fix.commands = {facts.probe || is_parted(facts) ? "envkeep doctor --deep"
                                                                : "envkeep doctor --probe"};
    }
    return finding;
}

std::optional<Finding> check_memory(std::uint64_t wanted,
                                    const Facts& facts,
                                    const CompatData& data) {
    if (wanted == 0) {
        return std::nullopt;
    }
    const std::vector<CardMemory> all = memories(facts, data);
    // A card of 16 GB tells a little less of itself: what it needs for its own is taken off.
    const std::uint64_t least = wanted / 10 * 9;
    if (std::ranges::any_of(
            all, [&](const CardMemory& card) { return card.bytes && *card.bytes >= least; })) {
        return std::nullopt;
    }
    if (all.empty() ||
        std::ranges::any_of(all, [](const CardMemory& card) { return !card.bytes; })) {
        return unknown_memory(wanted, facts);
    }
    Finding finding{
        .id = "gpu-memory-low",
        .severity = Severity::error,
        .subject = std::string(subject),
        .title = fmt::format("no card has the {} that the manifest wants", human_size(wanted)),
        .fix = {.who = Who::restart, .text = "choose a machine type with a larger card"}};
    for (const CardMemory& card : all) {
        finding.evidence.push_back(
            fmt::format("{}: {}", printable(card.card), human_size(*card.bytes)));
    }
    return finding;
}

model::Fix framework_fix(std::string_view name,
                         const Facts& facts,
                         const NotebookPython& notebook,
                         const CompatData& data) {
    if (name == "torch") {
        return right_torch(facts, notebook, data);
    }
    if (name == "tensorflow") {
        return {.commands = {pip_install(notebook, {"tensorflow[and-cuda]"})}, .text = {}};
    }
    const auto highest = highest_cuda(facts, data);
    return {.commands = {pip_install(
                notebook, {highest && highest->major() >= 13 ? "jax[cuda13]" : "jax[cuda12]"})},
            .text = {}};
}

std::optional<Finding> check_framework(const std::string& name,
                                       const Facts& facts,
                                       const CompatData& data) {
    const std::vector<NotebookPython>& notebooks = facts.python.notebooks;
    if (notebooks.empty()) {
        return unknown(fmt::format("whether notebooks import {} is not known", name),
                       "no Python was found that would be a notebook's");
    }
    const NotebookPython& first = notebooks.front();
    const Framework* const here = first.framework(name);
    if (here != nullptr && here->has_cuda != false) {
        return std::nullopt;
    }
    Finding finding{
        .id = "gpu-framework-missing",
        .severity = Severity::error,
        .subject = std::string(subject),
        .title = here == nullptr
                     ? fmt::format("the notebook cannot import {}, which the manifest wants", name)
                     : fmt::format("{}, which the manifest wants, was built without CUDA", name),
        .evidence = {fmt::format("{}: {}, Python {}",
                                 first.title(),
                                 first.environment.program,
                                 first.environment.version)},
        .fix = framework_fix(name, facts, first, data)};
    for (const NotebookPython& other : notebooks) {
        const Framework* const there = other.framework(name);
        if (&other != &first && there != nullptr && there->has_cuda != false) {
            finding.evidence.push_back(
                fmt::format("{} has it: {}", other.title(), there->module.path));
        }
    }
    return finding;
}

bool is_broken(const Diagnosis& diagnosis, Stage stage) {
    return std::ranges::find(diagnosis.broken, stage) != diagnosis.broken.end();
}

Finding not_expected() {
    return {.id = "gpu-not-expected",
            .severity = Severity::info,
            .subject = std::string(subject),
            .title =
                "the GPU does not work here, and the manifest expects none: what is wrong with "
                "it is a note",
            .evidence = {"manifest: gpu: {expect: none}"},
            .fix = {.text = "if you want the card, write 'expect: optional'"}};
}

// As on a machine without one, of which only what has nothing to do with a GPU can be broken.
Diagnosis without_gpu(Diagnosis diagnosis, const Facts& facts, const CompatData& data) {
    Facts bare = facts;
    bare.pci.cards.clear();
    bare.pci.lost.clear();
    bare.driver = {};
    bare.nodes = {};
    bare.probe.reset();
    const Diagnosis other = diagnose(bare, data);
    bool has_lowered = false;
    for (Finding& finding : diagnosis.findings) {
        const auto same = std::ranges::find(other.findings, finding.id, &Finding::id);
        const bool is_there = same != other.findings.end();
        has_lowered = has_lowered || (!is_there && finding.severity == Severity::error);
        finding.severity = std::min(finding.severity, is_there ? same->severity : Severity::info);
        finding.is_cause = is_there && same->is_cause;
    }
    std::stable_partition(diagnosis.findings.begin(),
                          diagnosis.findings.end(),
                          [](const Finding& finding) { return finding.is_cause; });
    diagnosis.broken = other.broken;
    if (has_lowered) {
        diagnosis.findings.push_back(not_expected());
    }
    return diagnosis;
}

}  // namespace

Diagnosis with_wishes(Diagnosis diagnosis,
                      const manifest::Gpu& wanted,
                      const Facts& facts,
                      const CompatData& data) {
    if (wanted.expect == manifest::GpuExpectation::none) {
        return without_gpu(std::move(diagnosis), facts, data);
    }
    if (!has_card(facts)) {
        if (wanted.expect == manifest::GpuExpectation::required) {
            Finding missing = expected_missing();
            missing.is_cause = diagnosis.broken.empty();
            diagnosis.findings.insert(
                missing.is_cause ? diagnosis.findings.begin() : diagnosis.findings.end(),
                std::move(missing));
            diagnosis.broken.push_back(Stage::card);
        }
        return diagnosis;
    }
    const auto add = [&](std::optional<Finding> finding) {
        if (finding) {
            diagnosis.findings.push_back(*std::move(finding));
        }
    };
    add(check_cuda(wanted.cuda, facts, data));
    add(check_memory(wanted.memory, facts, data));
    // Of a Python that is broken the cause is told already.
    if (!is_broken(diagnosis, Stage::framework)) {
        for (const std::string& name : wanted.frameworks) {
            add(check_framework(name, facts, data));
        }
    }
    return diagnosis;
}

std::optional<std::uint64_t> memory_of(std::string_view name) {
    constexpr std::string_view unit = "GB";
    const std::size_t begin = name.find_last_of(" -") + 1;
    if (!name.ends_with(unit) || begin == 0 || name.find('/') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view digits = name.substr(begin, name.size() - unit.size() - begin);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size()
               ? std::optional(number << 30U)
               : std::nullopt;
}

bool may_have_gpu(const system::Inspector& machine) {
    constexpr std::uint64_t largest_list = 1U << 20U;
    constexpr std::array traces{"/dev/nvidiactl", "/dev/dxg", "/proc/driver/nvidia"};
    const bool is_traced = std::ranges::any_of(traces, [&](const char* path) {
        const Result<system::Node> node = machine.node(path);
        return !node || node->is_device || node->kind != system::Kind::absent;
    });
    if (is_traced) {
        return true;
    }
    // One file where the kernel has it; else a folder for each device.
    const Result<std::string> list = machine.read("/proc/bus/pci/devices", largest_list);
    return list ? list->find("\t10de") != std::string::npos : !observe_pci(machine).cards.empty();
}

}  // namespace envkeep::gpu
