// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/model/finding.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// From facts to findings: one cause, its consequences behind it.
namespace envkeep::gpu {

// On the way of a CUDA call, from the card up; the first one that is broken has the cause.
enum class Stage : std::uint8_t {
    card,       // there is one on PCI
    module,     // the kernel's driver is loaded, and is right for the card
    nodes,      // /dev/nvidia*, with the right numbers, may be opened
    container,  // the runtime gave the driver's libraries
    libcuda,    // the loader takes the right one
    variables,  // of the notebook's process
    framework,  // which Python, which torch, which build
    wheel,      // its CUDA against the driver, its code against the card
    libraries,  // that it needs, as the loader finds them
    companions,
    resources,
};

// "graphics card", "kernel driver", ...
[[nodiscard]] std::string_view word_of(Stage stage);

// A pure function that looks for one fault, whose id never changes its meaning.
struct Check {
    std::string_view id;
    Stage stage;
    std::optional<model::Finding> (*find)(const Facts& facts, const CompatData& data);
};

// In the order in which a cause is looked for.
[[nodiscard]] std::span<const Check> all_checks();

// "Quadro M4000 (0000:00:05.0)".
[[nodiscard]] std::string name_of(const PciCard& card, const CompatData& data);

struct Diagnosis {
    std::vector<model::Finding> findings;  // the cause, if there is one, first; then by stage
    std::vector<Stage> broken;             // stages with an error
};

[[nodiscard]] Diagnosis diagnose(const Facts& facts, const CompatData& data);

}  // namespace envkeep::gpu
