// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/read.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep::manifest {

// What conditions and paths may depend on.
struct Facts {
    std::string home;      // absolute
    std::string platform;  // "gradient", "colab", "container", ...
    // What the image calls itself; asked for only where a condition speaks of it.
    std::function<std::vector<std::string>()> images;
    std::string host;
    bool has_gpu = false;
    std::function<std::optional<std::string>(std::string_view)> variable;
    std::function<bool(const std::string&)> exists;  // of an absolute path
};

// The manifest as it holds here: entries whose condition fails are gone, `~`, `$VAR` and
// `${VAR:-default}` in paths are expanded. An unset variable without default is a problem, and its
// entry is left out.
[[nodiscard]] Reading evaluate(const Manifest& manifest, const Facts& facts);

// What `evaluate` gave, as one would write it: read and evaluated, it comes to the same again.
[[nodiscard]] Manifest written_out(Manifest evaluated);

// Whether a condition holds; file paths in it are expanded.
[[nodiscard]] Result<bool> holds(const Condition& condition, const Facts& facts);

}  // namespace envkeep::manifest
