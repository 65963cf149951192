// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/conda_cures.hpp"
#include "gpu/copies.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// Which torch the notebook imports, and whether it is whole.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;
using python::PathKind;

// What `import torch` takes, where this machine has a card for it.
const Framework* torch_in(const Facts& facts, const NotebookPython& notebook) {
    return has_card(facts) ? notebook.framework("torch") : nullptr;
}

bool is_without_cuda(const Framework& torch) {
    return torch.has_cuda == false && torch.rocm.empty();
}

const python::Distribution* conda_torch(const NotebookPython& notebook) {
    for (const std::string_view name : {"pytorch", "torch"}) {
        for (const python::Distribution* const one : notebook.all_of(name)) {
            if (one->kind == python::DistributionKind::conda) {
                return one;
            }
        }
    }
    return nullptr;
}

std::optional<Finding> user_site_shadow(const Facts& facts,
                                        const NotebookPython& notebook,
                                        const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    const Framework* const own = torch == nullptr || !torch->is_of(PathKind::user_site)
                                     ? nullptr
                                     : hidden_torch(*torch, facts, data);
    if (own == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> copies{"torch"};
    for (const std::string_view name : {"torchvision", "torchaudio"}) {
        const Framework* const companion = notebook.framework(name);
        if (companion != nullptr && companion->is_of(PathKind::user_site)) {
            copies.emplace_back(name);
        }
    }
    return Finding{.severity = Severity::error,
                   .title = "a torch in your home stands before the image's own, which works",
                   .evidence = {shown(*torch), shown(*own), interpreter_of(notebook)},
                   .fix = {.commands = {pip_uninstall(notebook, copies)}, .text = {}}};
}

std::optional<Finding> conda_cpu_build(const Facts& facts,
                                       const NotebookPython& notebook,
                                       const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    const python::Distribution* const conda = conda_torch(notebook);
    if (torch == nullptr || conda == nullptr || !is_without_cuda(*torch) ||
        conda->build.find("cpu") == std::string::npos) {
        return std::nullopt;
    }
    return Finding{
        .severity = Severity::error,
        .title = "conda chose a torch without CUDA",
        .evidence = {fmt::format("{}: build {}", conda->path, conda->build), shown(*torch)},
        .fix = right_conda_torch(facts, notebook, data, *conda)};
}

std::optional<Finding> cpu_only(const Facts& facts,
                                const NotebookPython& notebook,
                                const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    if (torch == nullptr || !is_without_cuda(*torch) ||
        hidden_torch(*torch, facts, data) != nullptr || conda_cpu_build(facts, notebook, data)) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "the notebook's torch was built without CUDA",
                   .evidence = {shown(*torch), interpreter_of(notebook)},
                   .fix = right_torch(facts, notebook, data)};
}

std::optional<Finding> rocm(const Facts& facts,
                            const NotebookPython& notebook,
                            const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    if (torch == nullptr || torch->rocm.empty()) {
        return std::nullopt;
    }
    return Finding{.severity = Severity::error,
                   .title = "the notebook's torch was built for AMD's cards",
                   .evidence = {shown(*torch), "torch.version.hip: " + torch->rocm},
                   .fix = right_torch(facts, notebook, data)};
}

// Metadata twice in one folder, or pip's and conda's for one package.
std::optional<Finding> two_installs(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    if (torch == nullptr) {
        return std::nullopt;
    }
    std::vector<const python::Distribution*> owners;
    for (const python::Distribution* const one : notebook.all_of("torch")) {
        if (one->folder == torch->module.in_folder) {
            owners.push_back(one);
        }
    }
    const python::Distribution* const conda = conda_torch(notebook);
    // conda's package has metadata of pip's form too, of the same version.
    const bool is_conda_overwritten =
        conda != nullptr && owners.size() == 1 &&
        Version::parse(conda->version) != Version::parse(owners.front()->version);
    if (owners.size() < 2 && !is_conda_overwritten) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::warning,
                    .title = "torch is installed more than once in one place",
                    .evidence = {shown(*torch)},
                    .fix = right_torch(facts, notebook, data)};
    if (is_conda_overwritten) {
        owners.push_back(conda);
    }
    for (const python::Distribution* const owner : owners) {
        finding.evidence.push_back(fmt::format("{}: {}", owner->path, owner->version));
    }
    for (std::size_t i = 0; i < owners.size() && !finding.fix.commands.empty(); ++i) {
        finding.fix.commands.insert(finding.fix.commands.begin(),
                                    owners[i] == conda
                                        ? gpu::conda(notebook, "remove") + " --force " + conda->name
                                        : pip_uninstall(notebook, {"torch"}));
    }
    return finding;
}

std::optional<Finding> partial_install(const Facts& facts,
                                       const NotebookPython& notebook,
                                       const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    if (torch == nullptr || !torch->record || torch->record->is_whole() ||
        hidden_torch(*torch, facts, data) != nullptr) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::error,
                    .title = fmt::format("torch is not whole: {} of its libraries are missing, {} "
                                         "are of another size",
                                         torch->record->missing,
                                         torch->record->other_size),
                    .evidence = {shown(*torch)},
                    .fix = {.commands = {}, .text = "make room first if the disk was full"}};
    for (const std::string& example : torch->record->examples) {
        finding.evidence.push_back(example + ": not as its RECORD says");
    }
    finding.fix.commands.push_back(pip_install(
        notebook,
        {"--force-reinstall", "--no-deps", "--no-cache-dir", "torch==" + torch->version},
        torch,
        index_of(torch->version)));
    return finding;
}

std::optional<Finding> python_abi(const Facts& facts,
                                  const NotebookPython& notebook,
                                  const CompatData& data) {
    const Framework* const torch = torch_in(facts, notebook);
    if (torch == nullptr || torch->unusable.empty() ||
        hidden_torch(*torch, facts, data) != nullptr) {
        return std::nullopt;
    }
    const python::ForeignExtension& file = torch->unusable.front();
    return Finding{
        .severity = Severity::error,
        .title = fmt::format("torch was compiled for another Python ({}), the notebook's "
                             "is {}",
                             file.tag,
                             notebook.environment.version),
        .evidence = {file.path + ": the only torch._C here", interpreter_of(notebook)},
        .fix = right_torch(facts, notebook, data)};
}

}  // namespace

std::span<const Check> torch_checks() {
    static constexpr std::array checks{
        Check{"torch-user-site-shadow", user_site_shadow},
        Check{"torch-conda-cpu-build", conda_cpu_build},
        Check{"torch-cpu-only", cpu_only},
        Check{"torch-rocm-wheel", rocm},
        Check{"torch-partial-install", partial_install},
        Check{"torch-python-abi", python_abi},
        Check{"torch-two-installs", two_installs},
    };
    return checks;
}

}  // namespace envkeep::gpu
