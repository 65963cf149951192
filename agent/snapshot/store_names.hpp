// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/snapshot/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Names of the files that snapshots have in the store.
namespace envkeep::snapshot {

inline constexpr std::string_view pack_suffix = ".tar.zst";
inline constexpr std::string_view layer_suffix = ".layer.zst";
inline constexpr std::string_view lock_suffix = ".lock.zst";
inline constexpr std::string_view record_suffix = ".json";

// One component of letters, digits, dots, dashes, underscores and pluses that begins with none of
// the dots and dashes, of at most 128 bytes: nothing else becomes a name of a file in the store.
[[nodiscard]] bool is_plain_name(std::string_view name);

// What stands before the suffix, if that is a digest.
[[nodiscard]] std::optional<std::string> digest_before(std::string_view name,
                                                       std::string_view suffix);

// "000042"; the number is 0 for what is no name of a ref.
[[nodiscard]] std::string ref_name(std::uint32_t number);
[[nodiscard]] std::uint32_t number_of_ref(std::string_view name);
inline constexpr std::uint32_t largest_ref_number = 999'999'999;

// "refs/PROFILE/000042".
[[nodiscard]] std::string path_of(const Ref& ref);

// "20261120T232459Z.packs.NAME" for `packs/NAME`.
[[nodiscard]] std::string trash_name(WallTime when, std::string_view path);
// When it went there, to the second; none for what is no such name.
[[nodiscard]] std::optional<WallTime> time_of_trash(std::string_view name);
// "packs/NAME" again, of a file that lay in a folder of the store itself; `name` has a time.
[[nodiscard]] std::string path_of_trash(std::string_view name);

}  // namespace envkeep::snapshot
