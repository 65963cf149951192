// SPDX-License-Identifier: MIT
#include "envkeep/gpu/compat_data.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace envkeep::gpu {
namespace {

std::string name_of(const std::vector<ErrorCode>& codes, std::string_view family, int code) {
    const auto found = std::ranges::find(codes, code, &ErrorCode::code);
    if (found == codes.end()) {
        return fmt::format("{} error {}", family, code);
    }
    return fmt::format("{} ({})", found->name, code);
}

// The number in "sm_75" or "compute_120", and what follows it: 'a' is for this one alone, 'f' for
// its family, in PTX too.
struct CodeTarget {
    Capability capability;
    bool is_ptx = false;
    bool is_for_one = false;
};

std::optional<CodeTarget> target_of(std::string_view code) {
    CodeTarget target;
    const bool is_of_family = code.ends_with('f');
    target.is_ptx = code.starts_with("compute_") && !is_of_family;
    code.remove_prefix(std::min(code.find('_') + 1, code.size()));
    unsigned number = 0;
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    target.capability = {.major = number / 10, .minor = number % 10};
    target.is_for_one = end != code.data() + code.size() && !is_of_family;
    return target;
}

// Chips of embedded boards, which run no code of their major's other ones.
bool is_apart(Capability target, Capability card) {
    constexpr std::array<Capability, 5> embedded{{{5, 3}, {6, 2}, {7, 2}, {8, 7}, {10, 1}}};
    return target != card && std::ranges::find(embedded, card) != embedded.end();
}

bool runs_on(const CodeTarget& target, Capability card) {
    if (target.is_for_one) {
        return target.capability == card;
    }
    if (target.is_ptx) {
        return card >= target.capability;
    }
    return target.capability.major == card.major && target.capability.minor <= card.minor &&
           !is_apart(target.capability, card);
}

}  // namespace

std::optional<CardModel> CompatData::card(std::uint16_t device) const {
    const std::size_t at = cards.find(fmt::format("\n\t{:04x}\t", device));
    if (at != std::string::npos) {
        const std::size_t begin = at + 1;
        const std::vector<std::string_view> cells =
            split(std::string_view(cards).substr(begin, cards.find('\n', begin) - begin), '\t');
        return CardModel{.device = device,
                         .chip = std::string(cells[2]),
                         .name = std::string(cells[4]),
                         .capability = Capability::parse(cells[3]).value_or(Capability())};
    }
    for (const auto& [last, first] : card_ranges) {
        if (device >= first.device && device <= last) {
            CardModel guessed = first;
            guessed.device = device;
            return guessed;
        }
    }
    return std::nullopt;
}

bool CompatData::is_card(std::uint16_t device) const {
    return std::ranges::find(not_cards, device) == not_cards.end();
}

std::string CompatData::architecture_of(const CardModel& card) const {
    for (const Chip& chip : chips) {
        if (card.chip.starts_with(chip.name)) {
            return chip.architecture;
        }
    }
    const auto same = std::ranges::find(chips, card.capability, &Chip::capability);
    return same == chips.end() ? std::string() : same->architecture;
}

std::optional<unsigned> CompatData::last_branch_of(const CardModel& card) const {
    const std::string name = architecture_of(card);
    const auto found = std::ranges::find(architectures, name, &Architecture::name);
    return found == architectures.end() ? std::nullopt : found->last_branch;
}

std::optional<Version> CompatData::highest_cuda(const Version& driver) const {
    std::optional<Version> highest;
    for (const auto& [branch, cuda] : branches) {
        if (branch > driver.major()) {
            return highest;
        }
        highest = cuda;
    }
    // Newer than the newest known branch: not less than that one's, and nobody knows how much more.
    return driver.major() == branches.back().first ? highest : std::nullopt;
}

std::optional<Version> CompatData::least_driver(const Version& cuda) const {
    for (const auto& [range, driver] : least_drivers) {
        if (range.holds(cuda)) {
            return driver;
        }
    }
    return std::nullopt;
}

const TorchBuild* CompatData::torch_build(const Version& torch, std::string_view moniker) const {
    const auto found = std::ranges::find_if(torch_builds, [&](const TorchBuild& build) {
        return build.torch == torch.release() && build.moniker == moniker;
    });
    return found == torch_builds.end() ? nullptr : &*found;
}

std::optional<std::string> CompatData::default_build(const Version& torch) const {
    for (const auto& [range, moniker] : default_builds) {
        if (range.holds(torch)) {
            return moniker;
        }
    }
    return std::nullopt;
}

const TorchRecommendation* CompatData::recommended_torch(const Version& driver,
                                                         Capability capability) const {
    const auto found = std::ranges::find_if(recommendations, [&](const TorchRecommendation& row) {
        return driver >= row.least_driver && (!row.below_driver || driver < *row.below_driver) &&
               capability >= row.least && capability <= row.most;
    });
    return found == recommendations.end() ? nullptr : &*found;
}

const TorchCompanions* CompatData::companions_of(const Version& torch) const {
    const auto found = std::ranges::find(companions, torch, &TorchCompanions::torch);
    return found == companions.end() ? nullptr : &*found;
}

std::vector<std::string> CompatData::code_of_condas(std::string_view package) const {
    const auto found =
        std::ranges::find_if(conda_torches, [&](const auto& one) { return one.first == package; });
    return found == conda_torches.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> CompatData::sonames_of(const Version& cuda) const {
    for (const auto& [major, names] : cuda_sonames) {
        if (major != cuda.major()) {
            continue;
        }
        std::vector<std::string> sonames = names;
        for (std::string& soname : sonames) {
            if (soname.ends_with(".x")) {  // until CUDA 10 some had the minor version too
                soname.replace(soname.size() - 1, 1, std::to_string(cuda.minor()));
            }
        }
        return sonames;
    }
    return {};
}

std::string CompatData::name_of_cuda_code(int code) const {
    return name_of(cuda_codes, "CUDA", code);
}

std::string CompatData::name_of_nvml_code(int code) const {
    return name_of(nvml_codes, "NVML", code);
}

bool runs_on(const std::vector<std::string>& code, Capability capability) {
    return std::ranges::any_of(code, [&](const std::string& one) {
        const std::optional<CodeTarget> target = target_of(one);
        return target && runs_on(*target, capability);
    });
}

}  // namespace envkeep::gpu
