// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace envkeep::packages {

// Which package owns which path, as the packages' own lists say. Paths are absolute and without
// links on the way.
class Ownership {
  public:
    // The owner of a path that a list names; else that of the nearest folder above it in which one
    // package alone owns files. Folders shared by several packages (namespaces, `bin`) give none,
    // and so does what two packages of one domain claim.
    [[nodiscard]] std::optional<std::size_t> owner_of(std::string_view absolute) const;

    // `owner` lists this file. Within `inside` (absolute; "": nowhere) the folders below it that
    // the file lies in count as the owner's too.
    void claim(std::size_t owner, std::string path, std::string_view inside);
    // All below this folder that nobody lists is the owner's.
    void claim_folder(std::size_t owner, std::string path);
    // Of two who claim a path the one of the higher rank has it (0 unless set); of the same rank
    // neither has.
    void rank(std::size_t owner, std::uint8_t value);

  private:
    struct Hash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's word

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    using Owners = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

    static constexpr std::size_t several = static_cast<std::size_t>(-1);

    // False where nothing changed, nor would for the folders above.
    [[nodiscard]] bool settle(Owners& owners, std::size_t owner, std::string path) const;
    [[nodiscard]] std::uint8_t rank_of(std::size_t owner) const;

    Owners files_;
    Owners folders_;
    std::vector<std::uint8_t> ranks_;
};

struct OwnershipOptions {
    std::string home;
    // Packages of apt whose lists are read, by their names in the inventory: those of the session.
    std::vector<std::string> apt;
};

// The owners are indices into inventory.packages. Python packages that conda or Debian installed
// are owned by conda's and apt's entries.
[[nodiscard]] Result<Ownership> read_ownership(const Inventory& inventory,
                                               const OwnershipOptions& options,
                                               system::FileReader& files,
                                               const system::Machine& machine);

}  // namespace envkeep::packages
