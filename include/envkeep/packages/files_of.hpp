// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::packages {

// What the RECORD of that version of a distribution lists and lies below the prefix of its site
// directory: absolute, without links on the way, each once, what is beside RECORD last, then it,
// and METADATA at the end, so that a removal in this order can be gone on with wherever it was
// killed. not_found where there is no RECORD, unless METADATA (and temporary names of ours) is all
// that is left.
[[nodiscard]] Result<std::vector<std::string>> files_of_distribution(
    const Package& package, system::FileReader& files, const system::Machine& machine);

// By which a package manager knows that one version of a package is installed: a folder
// `.dist-info` of a site directory, a file of `conda-meta`, a list of dpkg.
struct Metadata {
    Domain domain = Domain::python;
    std::string place;  // as Package has it
    std::string name;

    friend bool operator==(const Metadata&, const Metadata&) = default;
    friend auto operator<=>(const Metadata&, const Metadata&) = default;
};

// None where nothing of the kind can be at that absolute path.
[[nodiscard]] std::optional<Metadata> metadata_at(const std::string& path);

inline constexpr std::uint64_t largest_list_of_files = std::uint64_t{64} << 20U;

// Where the list of its files is.
[[nodiscard]] std::string list_at(const std::string& path, Domain domain);

// The files, and for apt the folders too, that the text of that list names: absolute.
[[nodiscard]] std::vector<std::string> files_in_list(const Metadata& metadata,
                                                     std::string_view text);

}  // namespace envkeep::packages
