// SPDX-License-Identifier: MIT
#pragma once

#include "packages/taking.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Where packages can be, as far as it is there.
namespace envkeep::packages {

enum class PrefixKind : std::uint8_t { system, conda, environment, tool };

// A folder with bin, lib and share below it.
struct Prefix {
    Spot spot;
    PrefixKind kind = PrefixKind::system;
};

// /usr and /usr/local, HOME/.local, pyenv's versions, conda prefixes, environments with a
// pyvenv.cfg, those of tools; each real folder once.
[[nodiscard]] std::vector<Prefix> find_prefixes(Taking& taking);

// The site directories below a prefix, each real folder once.
[[nodiscard]] std::vector<Spot> site_folders(Taking& taking, const Prefix& prefix);

}  // namespace envkeep::packages
