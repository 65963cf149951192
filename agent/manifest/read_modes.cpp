// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/sections.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::manifest {

std::vector<ModeRule> read_modes(Reader& reader, Value value) {
    std::vector<ModeRule> rules;
    if (!is_sound(reader, value, NodeKind::map, "'modes'")) {
        return rules;
    }
    const std::vector<Value> nodes = value.children();
    for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
        const Value key = nodes[i];
        const auto pattern = read_path(reader, key, "a path of 'modes'", check_mode_pattern);
        const auto mode =
            read_mode(reader,
                      nodes[i + 1],
                      key.is_text() ? fmt::format("the mode of {}", quoted(key.text())) : "a mode");
        if (!pattern || !mode) {
            continue;
        }
        rules.push_back({.pattern = *pattern, .mode = *mode, .mark = reader.mark(key)});
    }
    return rules;
}

}  // namespace envkeep::manifest
