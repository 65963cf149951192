// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/gpu/version.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Which driver, card, toolkit and wheel go together: agent/gpu/data/compat.json, where each row
// names its source. What is newer than the data is unknown, never wrong.
namespace envkeep::gpu {

struct CardModel {
    std::uint16_t device = 0;  // PCI device id of vendor 10de
    std::string chip;          // "GM204GL"; of a range that is only guessed from
    std::string name;          // "Quadro M4000"; empty where only the range of ids is known
    Capability capability;
};

struct Chip {
    std::string name;
    std::string architecture;  // "Maxwell"
    Capability capability;
};

// What a driver branch lets run.
struct Architecture {
    std::string name;
    std::optional<unsigned> last_branch;  // none: current drivers still know it
};

struct TorchBuild {
    Version torch;        // two numbers
    std::string moniker;  // "cu126"
    Version cuda;
    Version cudnn;
    std::vector<std::string> code;  // "sm_75", and "compute_90" for PTX
    Version least_driver;
    VersionRange pythons;
    Version first;            // of the release, where not all of it was built so: "2.12.1"
    bool is_default = false;  // what plain `pip install torch` brings
};

struct TorchRecommendation {
    Version least_driver;
    std::optional<Version> below_driver;
    Capability least;
    Capability most;
    std::string index;  // URL; empty: none can be recommended
    std::string torch;  // "2.6-2.14"
    std::string why;
};

struct TorchCompanions {
    Version torch;
    std::string torchvision;
    std::string torchaudio;  // empty: none was made
    std::string triton;
};

struct TensorFlowBuild {
    VersionRange releases;
    Version cuda;
    VersionRange pythons;  // none known where `tensorflow[and-cuda]` brings no CUDA to them
};

// "jax[cuda12]" and what it brings.
struct JaxWheel {
    std::string extra;  // "cuda12"
    Capability least;
};

struct ErrorCode {
    int code = 0;
    std::string name;
    std::string meaning;  // may be empty
};

struct CompatData {
    std::string compiled;  // date, UTC
    std::string cards;     // "\n\t1eb8\tTU104GL\t7.5\tTesla T4" and so on
    std::vector<std::pair<std::uint16_t, CardModel>> card_ranges;  // last id -> the first one's
    std::vector<std::uint16_t> not_cards;                          // NVSwitches
    std::vector<Chip> chips;
    std::vector<Architecture> architectures;
    std::vector<std::pair<unsigned, Version>>
        branches;  // driver branch -> its highest CUDA; sorted
    std::vector<std::pair<VersionRange, Version>> least_drivers;  // CUDA -> least driver
    std::vector<TorchBuild> torch_builds;
    std::vector<std::pair<VersionRange, std::string>> default_builds;  // torch -> moniker
    std::vector<TorchRecommendation> recommendations;
    std::vector<TorchCompanions> companions;
    // "pytorch-2.5.1-py3.12_cuda12.4_cudnn9.1.0_0" of conda -> "sm_50", ...
    std::vector<std::pair<std::string, std::vector<std::string>>> conda_torches;
    std::vector<TensorFlowBuild> tensorflow_builds;
    std::vector<JaxWheel> jax_wheels;
    std::vector<std::pair<unsigned, std::vector<std::string>>> cuda_sonames;  // by CUDA's major
    std::vector<ErrorCode> cuda_codes;
    std::vector<ErrorCode> nvml_codes;

    // By the exact id, else by its range, which tells the capability only.
    [[nodiscard]] std::optional<CardModel> card(std::uint16_t device) const;
    [[nodiscard]] bool is_card(std::uint16_t device) const;
    // Of a chip, by its capability where the chip itself is not known.
    [[nodiscard]] std::string architecture_of(const CardModel& card) const;
    [[nodiscard]] std::optional<unsigned> last_branch_of(const CardModel& card) const;

    // That a driver of this version gives without compatibility packages; none where the data does
    // not know its branch.
    [[nodiscard]] std::optional<Version> highest_cuda(const Version& driver) const;
    // That programs built with this CUDA need.
    [[nodiscard]] std::optional<Version> least_driver(const Version& cuda) const;

    [[nodiscard]] const TorchBuild* torch_build(const Version& torch,
                                                std::string_view moniker) const;
    [[nodiscard]] std::optional<std::string> default_build(const Version& torch) const;
    // None where the data says nothing of that pair.
    [[nodiscard]] const TorchRecommendation* recommended_torch(const Version& driver,
                                                               Capability capability) const;
    [[nodiscard]] const TorchCompanions* companions_of(const Version& torch) const;

    // What a package of conda's has code for; empty where that was not measured.
    [[nodiscard]] std::vector<std::string> code_of_condas(std::string_view package) const;

    // Of the toolkit's libraries: "libcublas.so.12", ... Empty where the data does not know it.
    [[nodiscard]] std::vector<std::string> sonames_of(const Version& cuda) const;

    [[nodiscard]] std::string name_of_cuda_code(int code) const;  // "CUDA_ERROR_NO_DEVICE (100)"
    [[nodiscard]] std::string name_of_nvml_code(int code) const;
};

// Refuses (unsupported) what has not the form of compat.json.
[[nodiscard]] Result<CompatData> parse_compat_data(std::string_view json);

// That this program was built with.
[[nodiscard]] const CompatData& built_in_compat_data();

// Whether native code or PTX for these ("sm_75", "compute_90") runs on a card: the same major and
// no higher minor, but for the embedded ones; PTX on any later card.
[[nodiscard]] bool runs_on(const std::vector<std::string>& code, Capability capability);

}  // namespace envkeep::gpu
