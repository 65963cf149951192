// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"

#include <string>
#include <string_view>
#include <vector>

// Values as YAML text that any YAML reader takes for what they are, in block and in flow context.
namespace envkeep::manifest {

// Bare where that is safe, in double quotes otherwise. The text must be valid UTF-8.
[[nodiscard]] std::string yaml_text(std::string_view text);

// "[a, b]"; a single one stands alone.
[[nodiscard]] std::string yaml_texts(const std::vector<std::string>& texts);

// Pairs in the order in which they were added: "{path: .ssh, how: copy}".
class FlowMap {
  public:
    void add(std::string_view key, std::string_view yaml);

    [[nodiscard]] std::string text() const { return "{" + pairs_ + "}"; }

  private:
    std::string pairs_;
};

[[nodiscard]] std::string yaml_condition(const Condition& condition);

// An entry of `keep:` without its "- ".
[[nodiscard]] std::string yaml_keep(const Keep& keep);

}  // namespace envkeep::manifest
