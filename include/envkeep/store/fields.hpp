// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/system/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How our JSON files write what JSON has no type for: containers, processes, digests, any bytes.
namespace envkeep::store {

[[nodiscard]] Json to_json(const system::Container& container);
[[nodiscard]] Json to_json(const system::ProcessId& process);

// What is missing or of another type becomes empty, which is no container and no process.
[[nodiscard]] system::Container container_of(const Json* json);
[[nodiscard]] system::ProcessId process_of(const Json* json);

// A member written with json_bytes; empty if it is missing.
[[nodiscard]] std::string bytes_member(const Json& json, std::string_view name);
// A member written as a number; wraps as Json does.
[[nodiscard]] std::uint64_t unsigned_member(const Json& json, std::string_view name);

// The digest that Digest::text gave this text for.
[[nodiscard]] std::optional<Digest> digest_of_hex(std::string_view text);

}  // namespace envkeep::store
