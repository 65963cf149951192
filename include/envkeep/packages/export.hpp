// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The inventory as other programs read it.
namespace envkeep::packages {

enum class Scope : std::uint8_t {
    everything,
    session,  // only what the image does not bring
};

struct Exported {
    std::string text;
    std::vector<std::string> left_out;  // names that cannot be written so, and why
};

// The site directories (places) that an interpreter of the inventory imports from.
[[nodiscard]] std::vector<std::string> sites_of(const Inventory& inventory,
                                                const Runtime& interpreter);

// requirements.txt: what was asked for, pinned; editable and VCS installs as pip wants them, and
// the index where a local version such as "+cu121" tells it.
[[nodiscard]] Exported export_requirements(const Inventory& inventory,
                                           const Runtime& interpreter,
                                           Scope scope);

// environment.yml: what was asked for, pinned, with pip's packages of that prefix.
[[nodiscard]] Exported export_conda_environment(const Inventory& inventory,
                                                std::string_view prefix);

// That of each prefix; each of several is a YAML document that begins with the prefix as a comment,
// as conda reads only one of a file.
[[nodiscard]] Exported export_conda_environments(const Inventory& inventory);

// The manual set, a name a line, for `xargs apt-get install`.
[[nodiscard]] Exported export_apt(const Inventory& inventory, Scope scope);

// Whose wheels have this local version: "https://download.pytorch.org/whl/cu121" for "+cu121";
// empty where it is not known.
[[nodiscard]] std::string index_of_local_version(std::string_view version);

}  // namespace envkeep::packages
