// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// Which torch is right for a driver, a card and a Python, and the command that installs it.
namespace envkeep::gpu {
namespace {

model::Fix after_removal(const std::string& paths, std::string command) {
    model::Fix fix{.commands = {std::move(command)}, .text = {}};
    if (!paths.empty()) {
        fix.commands.insert(fix.commands.begin(), "rm -rf --" + paths);
    }
    return fix;
}

std::string_view moniker_in(std::string_view index) {
    return index.substr(index.rfind('/') + 1);
}

bool is_newer(const TorchBuild& one, const TorchBuild* other) {
    return other == nullptr || one.torch > other->torch ||
           (one.torch == other->torch && one.cuda > other->cuda);
}

// For this driver, card and Python: of the release that is there with the newest CUDA, else the
// newest release that is advised, else the newest of all.
const TorchBuild* build_for(const CompatData& data,
                            const TorchRecommendation& advice,
                            const Version& driver,
                            Capability capability,
                            const NotebookPython& notebook) {
    const Framework* const torch = notebook.framework("torch");
    const auto installed = Version::parse(torch == nullptr ? std::string() : torch->version);
    const auto python = Version::parse(notebook.environment.version);
    const TorchBuild* same = nullptr;
    const TorchBuild* advised = nullptr;
    const TorchBuild* newest = nullptr;
    for (const TorchBuild& build : data.torch_builds) {
        if (build.least_driver > driver || !runs_on(build.code, capability) || !python ||
            !build.pythons.holds(*python)) {
            continue;
        }
        if (installed && build.torch == installed->release() &&
            (same == nullptr || build.cuda > same->cuda)) {
            same = &build;
        }
        if (build.moniker == moniker_in(advice.index) &&
            (advised == nullptr || build.torch > advised->torch)) {
            advised = &build;
        }
        newest = is_newer(build, newest) ? &build : newest;
    }
    return same != nullptr ? same : advised != nullptr ? advised : newest;
}

// Newer ones may have builds that the data does not know of.
bool is_known_python(const CompatData& data, const std::optional<Version>& python) {
    return python && std::ranges::any_of(data.torch_builds, [&](const TorchBuild& build) {
               return *python < build.pythons.first || build.pythons.holds(*python);
           });
}

// With no torch for this Python: which Pythons the newest for this driver and card has.
model::Fix other_python(const CompatData& data,
                        const Version& driver,
                        Capability capability,
                        const NotebookPython& notebook) {
    const TorchBuild* newest = nullptr;
    for (const TorchBuild& build : data.torch_builds) {
        if (build.least_driver <= driver && runs_on(build.code, capability) &&
            is_newer(build, newest)) {
            newest = &build;
        }
    }
    return {.text = fmt::format("no torch for this driver and card has a build for Python {}{}",
                                notebook.environment.version,
                                newest == nullptr
                                    ? std::string()
                                    : fmt::format("; take a Python {}-{}, which torch {} has",
                                                  newest->pythons.first.text(),
                                                  newest->pythons.last.text(),
                                                  newest->torch.text()))};
}

// Of a release: of the one that is there if the data has it with that build, else of its last.
const TorchCompanions* companions_for(const CompatData& data,
                                      const TorchBuild& build,
                                      const std::string& installed) {
    const TorchCompanions* best = nullptr;
    for (const TorchCompanions& one : data.companions) {
        if (one.torch.release() != build.torch || one.torch < build.first) {
            continue;
        }
        if (one.torch == Version::parse(installed).value_or(Version())) {
            return &one;
        }
        if (best == nullptr || one.torch > best->torch) {
            best = &one;
        }
    }
    return best;
}

}  // namespace

std::string companion_of(const Framework& torch, std::string_view name, const CompatData& data) {
    const auto version = Version::parse(torch.version);
    const TorchCompanions* const right = version ? data.companions_of(*version) : nullptr;
    if (right == nullptr) {
        return {};
    }
    const std::string& fitting = name == "torchvision" ? right->torchvision : right->torchaudio;
    const bool has_index = !index_of(torch.version).empty();
    return fitting.empty() ? std::string()
                           : fmt::format("{}=={}{}",
                                         name,
                                         fitting,
                                         has_index ? torch.version.substr(torch.version.find('+'))
                                                   : std::string());
}

model::Fix right_torch(const Facts& facts, const NotebookPython& notebook, const CompatData& data) {
    const std::optional<Version> driver = facts.driver.version();
    const std::optional<CardModel> card = weakest_card(facts, data);
    const TorchRecommendation* const advice =
        driver && card ? data.recommended_torch(*driver, card->capability) : nullptr;
    if (advice == nullptr) {
        return {.text =
                    "which torch works with this driver and card is not known to this program; "
                    "https://pytorch.org/get-started/locally lists them"};
    }
    if (advice->index.empty()) {
        return {.who = model::Who::restart,
                .text = "no build of torch works with this driver and card: " + advice->why};
    }
    const Framework* const torch = notebook.framework("torch");
    const python::Distribution* const condas =
        torch == nullptr ? nullptr : conda_package_of(notebook, *torch);
    if (condas != nullptr) {
        return right_conda_torch(facts, notebook, data, *condas);
    }
    const TorchBuild* const build = build_for(data, *advice, *driver, card->capability, notebook);
    if (build == nullptr && is_known_python(data, Version::parse(notebook.environment.version))) {
        return other_python(data, *driver, card->capability, notebook);
    }
    const TorchCompanions* const companions =
        build == nullptr
            ? nullptr
            : companions_for(data, *build, torch == nullptr ? std::string() : torch->version);
    if (companions == nullptr) {
        return after_removal(
            paths_without_record(notebook, "torch"),
            pip_install(notebook, {"--force-reinstall", "torch"}, torch, advice->index));
    }
    std::vector<std::string> what;
    std::string removed;
    const auto add = [&](std::string_view name, const std::string& version) {
        if (!version.empty() && (name == "torch" || notebook.framework(name) != nullptr)) {
            what.push_back(fmt::format("{}=={}+{}", name, version, build->moniker));
            removed += paths_without_record(notebook, name);
        }
    };
    add("torch", companions->torch.text());
    add("torchvision", companions->torchvision);
    add("torchaudio", companions->torchaudio);
    // pip does nothing where this very release is there, though compiled for another Python.
    if (torch != nullptr && !torch->unusable.empty() && torch->installed &&
        what.front() == "torch==" + torch->installed->version) {
        what.insert(what.begin(), {"--force-reinstall", "--no-deps"});
    }
    const std::string index =
        advice->index.substr(0, advice->index.rfind('/') + 1) + build->moniker;
    return after_removal(removed, pip_install(notebook, what, torch, index));
}

}  // namespace envkeep::gpu
