// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/source_text.hpp"
#include "manifest/yaml_tree.hpp"

#include <vector>

namespace envkeep::manifest {

// A document, and why it is not all of the text: then the tree holds what stands before the first
// fault, without the entry that the fault may have cut short.
struct Parsed {
    Tree tree;
    std::vector<Fault> faults;
    bool has_more_documents = false;  // where its first fault is
};

// Reads one YAML document. The source must outlive the tree.
[[nodiscard]] Parsed parse_yaml(const SourceText& source);

// The same, every line by the YAML parser: what parse_yaml gives must always equal this.
[[nodiscard]] Parsed parse_yaml_in_full(const SourceText& source);

}  // namespace envkeep::manifest
