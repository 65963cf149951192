// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/session_state.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The two long lists of session.json: one JSON array to a line. Ten thousand of them are read at
// every start of a large home, which a general JSON reader would spend most of its time on; so
// they are written in one way only and read in that way only.
namespace envkeep::store {

using SniffedFiles = std::map<std::string, SessionState::Sniffed>;

// Lines with a comma between them, each ended by a line feed.
[[nodiscard]] std::string lines_of(const std::vector<RestoredFile>& files);
[[nodiscard]] std::string lines_of(const SniffedFiles& sniffed);

// None if a line is not as `lines_of` writes it.
[[nodiscard]] std::optional<std::vector<RestoredFile>> restored_files(std::string_view lines);
[[nodiscard]] std::optional<SniffedFiles> sniffed_files(std::string_view lines);

}  // namespace envkeep::store
