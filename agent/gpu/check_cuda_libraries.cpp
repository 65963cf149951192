// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// NVIDIA's libraries in the versions that the frameworks ask for: cuDNN, NCCL and the others.
namespace envkeep::gpu {
namespace {

using model::Finding;
using model::Severity;

// "nvidia-cudnn-cu12==9.1.0.70", of what torch's metadata asks for; empty if it asks for none.
std::string pin_of(const Framework* torch, std::string_view beginning) {
    if (torch == nullptr) {
        return {};
    }
    const auto found = std::ranges::find_if(torch->requirements, [&](const auto& one) {
        return one.name.starts_with(beginning) && !one.pinned_version().empty();
    });
    return found == torch->requirements.end() ? std::string()
                                              : found->name + "==" + found->pinned_version();
}

std::string_view version_in(std::string_view pin) {
    const std::size_t at = pin.find("==");
    return at == std::string_view::npos ? std::string_view() : pin.substr(at + 2);
}

bool is_cudnn(std::string_view soname) {
    return soname.starts_with("libcudnn");
}

// The libcudnn.so.N that a framework takes; null if it is not known.
const LoadedLibrary* cudnn_of(const FrameworkLibraries* libraries) {
    for (const std::string_view soname : {"libcudnn.so.9", "libcudnn.so.8"}) {
        const LoadedLibrary* const found =
            libraries == nullptr ? nullptr : libraries->library(soname);
        if (found != nullptr) {
            return found;
        }
    }
    return nullptr;
}

// What would take cuDNN, and does not find it, where everything else is there.
std::optional<Finding> cudnn_missing(const Facts& facts,
                                     const NotebookPython& notebook,
                                     const CompatData& data) {
    for (const std::string_view name : {"torch", "tensorflow", "jaxlib"}) {
        const FrameworkLibraries* const libraries = notebook.libraries.of(name);
        if (libraries == nullptr || !has_card(facts) ||
            (name != "torch" && libraries->missing.size() > 1)) {
            continue;
        }
        const auto missing =
            std::ranges::find_if(libraries->missing, [](const MissingLibrary& one) {
                return is_cudnn(one.soname) && one.elsewhere.empty();
            });
        if (missing == libraries->missing.end()) {
            continue;
        }
        const std::string pin =
            name == "torch" ? pin_of(notebook.framework("torch"), "nvidia-cudnn-") : std::string();
        const std::string major = missing->soname.substr(missing->soname.size() - 1);
        return Finding{
            .severity = harm_beside_torch(facts, notebook, data),
            .title = fmt::format("{}, which {} needs, is not here", missing->soname, name),
            .evidence = {fmt::format("{}: asks for {}", missing->asked_by, missing->soname)},
            .fix = {.commands = {pip_install(
                        notebook,
                        {pin.empty() ? fmt::format("nvidia-cudnn-cu12=={}.*", major) : pin},
                        notebook.framework(name))},
                    .text = {}}};
    }
    return std::nullopt;
}

// The version of cuDNN that a framework gets, and what it asks for.
struct Wanted {
    const FrameworkLibraries* libraries = nullptr;
    Version least;
    Version here;
    std::string where;
};

std::optional<Wanted> cudnn_wanted_by(const NotebookPython& notebook, std::string_view name) {
    const FrameworkLibraries* const libraries = notebook.libraries.of(name);
    const auto least = libraries == nullptr ? std::nullopt : Version::parse(libraries->least_cudnn);
    if (!least) {
        return std::nullopt;
    }
    const LoadedLibrary* const library = cudnn_of(libraries);
    if (library != nullptr) {
        const auto here = Version::parse(library->version);
        return here ? std::optional(Wanted{libraries, *least, *here, shown(*library)})
                    : std::nullopt;
    }
    for (const python::Distribution& one : notebook.distributions) {
        if (one.name.starts_with("nvidia-cudnn-cu")) {
            const auto here = Version::parse(one.version);
            return here ? std::optional(Wanted{libraries, *least, *here, one.path}) : std::nullopt;
        }
    }
    return std::nullopt;
}

// torch pins a cuDNN that is older than another framework asks for.
std::optional<Finding> two_frameworks(const Facts& facts,
                                      const NotebookPython& notebook,
                                      const CompatData& data) {
    const std::string pin = pin_of(torch_for_cuda(facts, notebook), "nvidia-cudnn-");
    const auto pinned = Version::parse(version_in(pin));
    for (const std::string_view name : {"jaxlib", "tensorflow"}) {
        const auto wanted = cudnn_wanted_by(notebook, name);
        if (!wanted || !pinned || *pinned >= wanted->least) {
            continue;
        }
        const bool is_old = wanted->here < wanted->least;
        return Finding{
            .severity = is_old ? harm_beside_torch(facts, notebook, data) : Severity::info,
            .title = fmt::format("torch and {} want different versions of cuDNN, and there is "
                                 "one: {}",
                                 name == "jaxlib" ? "jax" : name,
                                 is_old ? "it is torch's" : "it is newer than torch's"),
            .evidence = {wanted->where,
                         "torch asks for " + pin,
                         fmt::format("{} asks for {} or later", name, wanted->least.text())},
            .fix = {.commands = {fmt::format("{} -m venv {}",
                                             shell_quoted(notebook.environment.program),
                                             name == "jaxlib" ? "~/jax" : "~/tensorflow")},
                    .text = "give each an environment of its own, with a kernel for it"}};
    }
    return std::nullopt;
}

std::optional<Finding> old_cudnn(const Facts& facts,
                                 const NotebookPython& notebook,
                                 const CompatData& data) {
    for (const std::string_view name : {"jaxlib", "tensorflow"}) {
        const auto wanted = cudnn_wanted_by(notebook, name);
        if (!wanted || wanted->here >= wanted->least || !has_card(facts) ||
            two_frameworks(facts, notebook, data)) {
            continue;
        }
        const bool is_cuda_13 = notebook.distribution("jax-cuda13-plugin") != nullptr;
        return Finding{.severity = harm_beside_torch(facts, notebook, data),
                       .title = fmt::format("{} was built with cuDNN {}, and takes the older {}",
                                            name == "jaxlib" ? "jax" : name,
                                            wanted->least.text(),
                                            wanted->here.text()),
                       .evidence = {wanted->where},
                       .fix = {.commands = {pip_install(notebook,
                                                        {"--upgrade",
                                                         fmt::format("nvidia-cudnn-cu{}>={},<{}",
                                                                     is_cuda_13 ? 13 : 12,
                                                                     wanted->least.text(),
                                                                     wanted->least.major() + 1)},
                                                        notebook.framework(name))},
                               .text = {}}};
    }
    return std::nullopt;
}

// cuDNN 9.11 has no code for cards before Turing (NVIDIA's support matrix).
std::optional<Finding> card_dropped(const Facts& facts,
                                    const NotebookPython& notebook,
                                    const CompatData& data) {
    const LoadedLibrary* const cudnn = torch_for_cuda(facts, notebook) == nullptr
                                           ? nullptr
                                           : cudnn_of(notebook.libraries.of("torch"));
    const auto version = cudnn == nullptr ? std::nullopt : Version::parse(cudnn->version);
    const auto card = weakest_card(facts, data);
    if (!version || !card || *version < *Version::parse("9.11") ||
        card->capability >= Capability{7, 5}) {
        return std::nullopt;
    }
    const bool knows_another = std::ranges::any_of(
        known_cards(facts, data),
        [](const CardModel& one) { return one.capability >= Capability{7, 5}; });
    return Finding{
        .severity = knows_another ? Severity::warning : Severity::error,
        .title = fmt::format("cuDNN {} no longer knows the card {} (compute capability {})",
                             version->text(),
                             card->name.empty() ? card->chip : card->name,
                             card->capability.text()),
        .evidence = {shown(*cudnn)},
        .fix = right_torch(facts, notebook, data)};
}

std::optional<Finding> overwritten_nccl(const Facts& facts,
                                        const NotebookPython& notebook,
                                        const CompatData& /*data*/) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    const std::string pin = pin_of(torch, "nvidia-nccl-");
    for (const SharedFile& file : notebook.libraries.shared_files) {
        std::vector<std::string> names;
        std::vector<std::string> evidence{file.path};
        const SharedFile::Owner* needed = nullptr;
        std::optional<Version> here;
        for (const SharedFile::Owner& owner : file.owners) {
            names.push_back(owner.name);
            evidence.push_back(fmt::format("{} {}: {}",
                                           owner.name,
                                           owner.version,
                                           owner.is_as_recorded
                                               ? "the file has the size that it recorded"
                                               : "recorded another size"));
            needed = pin.starts_with(owner.name + "==") ? &owner : needed;
            here = owner.is_as_recorded ? Version::parse(owner.version) : here;
        }
        if (torch == nullptr || needed == nullptr || needed->is_as_recorded) {
            continue;
        }
        // A newer one has all that an older one had.
        const bool is_old = !here || *here < Version::parse(needed->version).value_or(Version());
        return Finding{.severity = is_old ? Severity::error : Severity::warning,
                       .title = "two packages of NCCL wrote the same file, and torch's own lost",
                       .evidence = std::move(evidence),
                       .fix = {.commands = {pip_uninstall(notebook, names),
                                            pip_install(notebook, {pin}, torch)},
                               .text = {}}};
    }
    return std::nullopt;
}

// The one beside torch, which its DT_RPATH leads to; else the first on sys.path.
const python::Distribution* package_of(const Framework& torch,
                                       const NotebookPython& notebook,
                                       std::string_view name) {
    for (const python::Distribution* const one : notebook.all_of(name)) {
        if (one->folder == torch.module.in_folder) {
            return one;
        }
    }
    return notebook.distribution(name);
}

// A package of NVIDIA's in another version than torch asks for, or none.
std::optional<Finding> broken_pins(const Facts& facts,
                                   const NotebookPython& notebook,
                                   const CompatData& /*data*/) {
    const Framework* const torch = torch_for_cuda(facts, notebook);
    const FrameworkLibraries* const libraries = notebook.libraries.of("torch");
    if (torch == nullptr || libraries == nullptr) {
        return std::nullopt;
    }
    Finding finding{.severity = Severity::warning,
                    .title = "NVIDIA's packages are not of the versions that torch asks for",
                    .evidence = {},
                    .fix = {}};
    std::vector<std::string> what;
    const auto is_needed = [](const MissingLibrary& one) {
        return !is_cudnn(one.soname) && !one.is_opened_later;
    };
    const bool lacks_some = std::ranges::any_of(libraries->missing, is_needed);
    for (const python::Requirement& one : torch->requirements) {
        const std::string pinned = one.pinned_version();
        const bool is_nvidias = one.name.starts_with("nvidia-") || one.name == "cuda-toolkit";
        if (pinned.empty() || !is_nvidias || one.is_of_extra()) {
            continue;
        }
        const python::Distribution* const here = package_of(*torch, notebook, one.name);
        const bool is_other =
            here != nullptr && Version::parse(here->version) != Version::parse(pinned);
        // Without a package its libraries may still come from elsewhere.
        if (is_other || (here == nullptr && lacks_some)) {
            finding.evidence.push_back(
                fmt::format("{} {}: torch asks for {}",
                            one.name,
                            here == nullptr ? "is not installed" : here->version,
                            pinned));
            what.push_back(one.name + "==" + pinned);
        }
    }
    for (const MissingLibrary& one : libraries->missing) {
        if (is_needed(one)) {
            finding.severity = Severity::error;
            finding.title = one.soname + ", which torch needs, is not found: import torch fails";
            finding.evidence.push_back(one.asked_by + ": needs " + one.soname);
        }
    }
    for (const MissingSymbol& one : libraries->undefined) {
        const bool is_in_packages = one.provider.find("/nvidia/") != std::string::npos;
        if (is_in_packages && one.name.find("nvJitLink") != std::string::npos) {
            finding.severity = Severity::error;
            finding.evidence.push_back(fmt::format("{}: has no {}", one.provider, one.name));
        }
    }
    if (finding.evidence.empty()) {
        return std::nullopt;
    }
    std::string index;
    if (what.empty()) {
        what = {"--force-reinstall", "torch==" + torch->version};
        index = index_of(torch->version);
    }
    finding.fix.commands.push_back(pip_install(notebook, what, torch, index));
    return finding;
}

}  // namespace

std::span<const Check> cuda_library_checks() {
    static constexpr std::array checks{
        Check{"torch-nvidia-pins-broken", broken_pins},
        Check{"nccl-overwritten", overwritten_nccl},
        Check{"cudnn-missing", cudnn_missing},
        Check{"cudnn-two-frameworks", two_frameworks},
        Check{"cudnn-older-than-built", old_cudnn},
        Check{"cudnn-gpu-dropped", card_dropped},
    };
    return checks;
}

}  // namespace envkeep::gpu
