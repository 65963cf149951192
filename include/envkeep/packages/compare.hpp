// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What differs between two inventories (or the locks they were read from), as plain data.
namespace envkeep::packages {

enum class ChangeKind : std::uint8_t {
    added,
    removed,
    changed,        // another version, build, source or commit
    changed_below,  // the same version with other bytes
    flags,          // asked for or brought along, on hold or free
};

struct PackageChange {
    ChangeKind kind = ChangeKind::added;
    Package before;  // empty name: was not there
    Package after;   // empty name: is not there

    // The one that is there, the later one first.
    [[nodiscard]] const Package& package() const { return after.name.empty() ? before : after; }

    friend bool operator==(const PackageChange&, const PackageChange&) = default;
};

struct ImageChange {
    Base before;
    Base after;

    friend bool operator==(const ImageChange&, const ImageChange&) = default;
};

struct Comparison {
    std::optional<ImageChange> image;    // the release, machine, libc or fingerprint differs
    std::vector<PackageChange> changes;  // sorted by domain, place and name

    [[nodiscard]] bool is_empty() const { return !image && changes.empty(); }

    friend bool operator==(const Comparison&, const Comparison&) = default;
};

// What conda or Debian put into a site directory counts once, as theirs. Where a package came from
// (image or session) and runtimes are not compared; neither are facts that one side lacks.
[[nodiscard]] Comparison compare(const Inventory& before, const Inventory& after);

}  // namespace envkeep::packages
