// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

// A line of RECORD: path,hash,size (CSV, RFC 4180).
struct RecordLine {
    std::string path;
    std::optional<std::uint64_t> size;  // of files that change afterwards there is none

    friend bool operator==(const RecordLine&, const RecordLine&) = default;
};

// What is no such line, or names a path with a NUL, is left out.
[[nodiscard]] std::vector<RecordLine> parse_record(std::string_view text);

}  // namespace envkeep::python
