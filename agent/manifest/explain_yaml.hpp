// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/source_text.hpp"
#include "manifest/tree_builder.hpp"

#include <string>

namespace envkeep::manifest {

// A message of the YAML parser at a place of the text, in the words of a person who wants to mend
// it.
[[nodiscard]] Fault explain_yaml(const SourceText& source,
                                 const TreeBuilder& so_far,
                                 std::uint32_t position,
                                 const std::string& message);

}  // namespace envkeep::manifest
