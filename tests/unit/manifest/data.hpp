// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/evaluate.hpp"
#include "envkeep/manifest/read.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// What the tests of this room share: files of the source tree, texts read as manifests.
namespace envkeep::manifest {

// The content of a file by its path from the top of the source tree; not_found if there is none.
[[nodiscard]] Result<std::string> read_source_file(const std::string& path);

// Names without ".yaml" of the manifests in a folder of the source tree.
[[nodiscard]] std::vector<std::string> manifests_in(const std::string& folder);

// What a golden file holds. With ENVKEEP_ACCEPT=1 it is written first.
[[nodiscard]] std::string golden(const std::string& path, const std::string& text);

// A text read as the file "manifest.yaml"; there are no others to include.
[[nodiscard]] Reading read_text(const std::string& text);

// The first of some files, which may include the others.
[[nodiscard]] Reading read_texts_of(const std::string& first,
                                    const std::map<std::string, std::string>& files);

[[nodiscard]] std::string text_of(const std::vector<Problem>& problems);

// "line:column message", one a line.
[[nodiscard]] std::string short_text_of(const std::vector<Problem>& problems);

// A Gradient machine with a GPU, the home /root and the variables WORK=/work and EMPTY=.
[[nodiscard]] Facts gradient();

}  // namespace envkeep::manifest
