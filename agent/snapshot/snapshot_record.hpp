// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/records.hpp"

#include <string>
#include <string_view>

// `snapshots/ID.json`.
namespace envkeep::snapshot {

[[nodiscard]] std::string record_text(const Snapshot& snapshot);

// io for what is damaged, of a newer format, or names what cannot be a file of the store.
[[nodiscard]] Result<Snapshot> parse_record(std::string_view text);

// The record of that id, proven to bear it.
[[nodiscard]] Result<Snapshot> read_record(const Shelf& shelf, const std::string& id);

}  // namespace envkeep::snapshot
