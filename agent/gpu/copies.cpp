// SPDX-License-Identifier: MIT
#include "gpu/copies.hpp"

#include "envkeep/core/text.hpp"
#include "gpu/checks.hpp"
#include "gpu/cures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace envkeep::gpu {

using python::PathKind;

bool is_whole(const Framework& torch) {
    return torch.unusable.empty() && (!torch.record || torch.record->is_whole());
}

const std::vector<std::string>& code_of(const Framework& torch, const CompatData& data) {
    const TorchBuild* const build = build_of(torch, data);
    return build == nullptr ? torch.code : build->code;
}

bool has_code_for_a_card(const Framework& torch, const Facts& facts, const CompatData& data) {
    const std::vector<std::string>& code = code_of(torch, data);
    const std::vector<CardModel> cards = known_cards(facts, data);
    return code.empty() || cards.empty() || std::ranges::any_of(cards, [&](const CardModel& card) {
               return runs_on(code, card.capability);
           });
}

bool is_usable(const Framework& torch, const Facts& facts, const CompatData& data) {
    const auto least = data.least_driver(Version::parse(torch.cuda).value_or(Version()));
    const auto driver = facts.driver.version();
    return torch.has_cuda == true && is_whole(torch) && (!least || !driver || *driver >= *least) &&
           has_code_for_a_card(torch, facts, data);
}

const Framework* hidden_torch(const Framework& torch, const Facts& facts, const CompatData& data) {
    if (torch.is_of(PathKind::site) || is_usable(torch, facts, data)) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(torch.other, [&](const Framework& other) {
        return other.is_of(PathKind::site) && is_usable(other, facts, data);
    });
    return found == torch.other.end() ? nullptr : &*found;
}

std::string moniker_of(const std::string& cuda) {
    std::string moniker = "cu" + Version::parse(cuda).value_or(Version()).release().text();
    std::erase(moniker, '.');
    return moniker;
}

const TorchBuild* build_of(const Framework& torch, const CompatData& data) {
    // PyTorch's own wheels are called "2.4.1+cu121".
    const std::size_t plus = torch.version.find('+');
    const bool is_released =
        torch.version.find_first_not_of("0123456789.") == plus &&
        torch.version.substr(std::min(plus, torch.version.size())).starts_with("+cu");
    const auto version = is_released ? Version::parse(torch.version) : std::nullopt;
    return version ? data.torch_build(version->release(), moniker_of(torch.cuda)) : nullptr;
}

std::string shown(const Framework& one) {
    return fmt::format("{} {}: {}{}",
                       one.name,
                       one.version.empty() ? "of an unknown version" : one.version,
                       one.module.path,
                       one.has_cuda == false ? ", built without CUDA"
                       : one.cuda.empty()    ? ""
                                             : ", built for CUDA " + one.cuda);
}

std::string installed_at(const python::Distribution& one) {
    return fmt::format("{}: {}", printable(one.path), one.version);
}

const Framework* in_notebook(const Facts& facts,
                             const NotebookPython& notebook,
                             std::string_view name) {
    return has_card(facts) ? notebook.framework(name) : nullptr;
}

bool has_cuda_torch(const NotebookPython& notebook) {
    const Framework* const torch = notebook.framework("torch");
    return torch != nullptr && torch->has_cuda == true;
}

std::optional<Version> driver_missed(const Facts& facts,
                                     const std::optional<Version>& cuda,
                                     const CompatData& data) {
    const auto driver = facts.driver.version();
    const auto least = cuda ? data.least_driver(*cuda) : std::nullopt;
    return driver && least && *driver < *least && !facts.libcuda.is_compat ? least : std::nullopt;
}

std::string shown_driver(const Facts& facts, const CompatData& data) {
    const Version driver = facts.driver.version().value_or(Version());
    const auto highest = data.highest_cuda(driver);
    return fmt::format(
        "kernel driver: {}{}",
        driver.text(),
        highest ? ", which gives CUDA " + highest->text() + " at most" : std::string());
}

bool breaks(const python::Requirement& requirement, const Version& version) {
    for (std::string_view part : split(requirement.specifier, ',')) {
        part = trimmed(part);
        const std::size_t digits = part.find_first_of("0123456789");
        const auto limit = Version::parse(part.substr(std::min(digits, part.size())));
        const std::string_view sign = part.substr(0, std::min(digits, part.size()));
        const bool is_plain = limit && limit->text() == part.substr(digits) &&
                              limit->text().find_first_not_of("0123456789.") == std::string::npos;
        if (is_plain &&
            ((sign == "<" && version >= *limit) || (sign == "<=" && version > *limit) ||
             (sign == ">=" && version < *limit) || (sign == "==" && version != *limit))) {
            return true;
        }
    }
    return false;
}

std::string interpreter_of(const NotebookPython& notebook) {
    return fmt::format("{}: {}, Python {}",
                       notebook.title(),
                       notebook.environment.program,
                       notebook.environment.version);
}

PathKind kind_of(const NotebookPython& notebook, const std::string& folder) {
    const auto found = std::ranges::find(notebook.path.entries, folder, &python::PathEntry::folder);
    return found == notebook.path.entries.end() ? PathKind::site : found->kind;
}

bool is_same(const python::Environment& one, const python::Environment& other) {
    return one.prefix == other.prefix && one.version == other.version;
}

std::string some_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 8;
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most));
    std::string all = fmt::format("{}", fmt::join(names.begin(), end, ", "));
    return names.size() > most ? all + fmt::format(" and {} more", names.size() - most) : all;
}

bool is_broken(const python::Environment& environment) {
    return environment.is_virtual() &&
           std::ranges::any_of(environment.faults, [](python::Fault fault) {
               return fault == python::Fault::program_missing ||
                      fault == python::Fault::library_missing ||
                      fault == python::Fault::version_differs;
           });
}

}  // namespace envkeep::gpu
