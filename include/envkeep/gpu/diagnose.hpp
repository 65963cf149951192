// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/compat_data.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/gpu/faults.hpp"
#include "envkeep/model/finding.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// From facts to findings: one cause, its consequences behind it.
namespace envkeep::gpu {

// A pure function that looks for one fault, in the machine or in what a notebook runs in.
struct Check {
    using OfMachine = std::optional<model::Finding> (*)(const Facts&, const CompatData&);
    using OfNotebook = std::optional<model::Finding> (*)(const Facts&,
                                                         const NotebookPython&,
                                                         const CompatData&);
    std::string_view id;  // of a fault in faults.txt, which gives its stage
    std::variant<OfMachine, OfNotebook> find;
};

// By stage: in the order in which a cause is looked for.
[[nodiscard]] std::span<const Check> all_checks();

// False of a card that the host has for others: /sys shows a container all of them.
[[nodiscard]] bool is_own_card(const Facts& facts, const PciCard& card);

// "Quadro M4000 (0000:00:05.0)".
[[nodiscard]] std::string name_of(const PciCard& card, const CompatData& data);

struct Diagnosis {
    // The cause, if there is one, first; then by stage. There are two where torch was built without
    // CUDA and something below it is broken too.
    std::vector<model::Finding> findings;
    std::vector<Stage> broken;  // stages with an error
};

// What is wrong with the first notebook counts in full; with the others it is a warning.
[[nodiscard]] Diagnosis diagnose(const Facts& facts, const CompatData& data);

}  // namespace envkeep::gpu
