// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep {

// A path below some root that cannot climb out of it: never absolute, no `.`, `..` or empty
// component, no NUL. The empty path is the root itself. Bytes are kept as they are, of any
// encoding.
class RelPath {
  public:
    RelPath() = default;

    // Accepts "a/b", "./a//b/" and ""; refuses (unsafe_path) an absolute path, `..` and NUL.
    [[nodiscard]] static Result<RelPath> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }

    [[nodiscard]] bool is_root() const { return text_.empty(); }

    // The last component; empty for the root.
    [[nodiscard]] std::string_view name() const;

    // All but the last component; the root for a single component and for the root.
    [[nodiscard]] RelPath parent() const;

    // `name` must be one sound component, as a directory listing gives them.
    [[nodiscard]] RelPath child(std::string_view name) const;

    [[nodiscard]] RelPath joined(const RelPath& below) const;

    // True for `ancestor` itself and for everything below it.
    [[nodiscard]] bool is_within(const RelPath& ancestor) const;

    // What remains below `ancestor`; *this must be within it.
    [[nodiscard]] RelPath below(const RelPath& ancestor) const;

    [[nodiscard]] std::vector<std::string_view> components() const;

    friend bool operator==(const RelPath&, const RelPath&) = default;
    friend auto operator<=>(const RelPath&, const RelPath&) = default;

  private:
    std::string text_;
};

// Of `all` those strictly below `folder`, as seen from there.
[[nodiscard]] std::vector<RelPath> paths_below(const std::vector<RelPath>& all,
                                               const RelPath& folder);

}  // namespace envkeep
