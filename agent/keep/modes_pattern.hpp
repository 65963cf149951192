// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::keep {

// A home path whose components may hold wildcards (see name_matches); `**` stands for any number of
// components, at the end for at least one. Reads a path component by component and allocates
// nothing.
class ModePattern {
  public:
    // How many components were read so far, one bit for each possible answer.
    using States = std::uint64_t;

    // `home` is what a relative pattern is relative to, an absolute path. Refuses (unsafe_path)
    // `..`.
    [[nodiscard]] static Result<ModePattern> parse(std::string_view text, std::string_view home);

    [[nodiscard]] static States start() { return 1; }

    // After one more component, or all components of a path. 0: nothing there or below can match.
    [[nodiscard]] States after_name(States states, std::string_view name) const;
    [[nodiscard]] States after_path(States states, std::string_view path) const;

    [[nodiscard]] bool matches(States states) const;
    [[nodiscard]] bool may_match_below(States states) const;

    // The one name that can come next; empty if several can, or nothing more is wanted.
    [[nodiscard]] std::string_view only_name(States states) const;

    // The last component has no wildcard: the user spoke of this very thing.
    [[nodiscard]] bool names_exactly() const;

  private:
    struct Component {
        enum class Kind { name, wildcard, any_depth };
        Kind kind = Kind::name;
        std::string text;
    };

    [[nodiscard]] States closed(States states) const;
    void add(std::string_view part, bool is_plain);

    std::vector<Component> components_;
};

}  // namespace envkeep::keep
