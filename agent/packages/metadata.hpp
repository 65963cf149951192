// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The texts that describe packages.
namespace envkeep::packages {

struct NameAndVersion {
    std::string name;
    std::string version;

    friend bool operator==(const NameAndVersion&, const NameAndVersion&) = default;
};

// The first value of a field in a mail-like header, which ends at the first blank line; the case of
// the field's name does not matter. Empty where there is none.
[[nodiscard]] std::string_view header_field(std::string_view text, std::string_view field);

// "einops-0.8.0.dist-info", "PyYAML-6.0.egg-info", "six-1.16-py3.11.egg"; the version is empty
// where the name tells none.
[[nodiscard]] NameAndVersion from_folder_name(std::string_view folder);

// A path as a list gives it, from `folder` on; empty where it leaves `prefix`, or is absolute.
[[nodiscard]] std::string resolved(std::string_view folder,
                                   std::string_view path,
                                   std::string_view prefix);

// What a URL is without what lets one in: user and password, conda's tokens, the query.
[[nodiscard]] std::string scrubbed(std::string_view url);

// The lines of a text without their line ends, "\r\n" too.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

// True for letters, digits and what Debian allows besides in names and versions: what may go to a
// command line as it is.
[[nodiscard]] bool is_plain_word(std::string_view text);

}  // namespace envkeep::packages
