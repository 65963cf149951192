// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep::python {

// A line of RECORD: path,hash,size (CSV, RFC 4180).
struct RecordLine {
    std::string path;
    std::optional<std::uint64_t> size;  // of files that change afterwards there is none

    friend bool operator==(const RecordLine&, const RecordLine&) = default;
};

// What is no such line, or names a path with a NUL, is left out. False from `visit` ends it; what
// it is given lasts as long as the call.
void for_each_line_of_record(std::string_view text,
                             const std::function<bool(const RecordLine&)>& visit);

}  // namespace envkeep::python
