// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::posix {

// A temporary name with a random number: nothing bears it yet.
[[nodiscard]] std::string temporary_name(std::string_view name);

// Random bits of the kernel.
[[nodiscard]] std::uint64_t random_bits();

// One name as the kernel lists it; the name ends with NUL and lives as long as the buffer.
struct ListedName {
    const char* name;
    unsigned char type;  // DT_*, DT_UNKNOWN where the file system does not say
};

// The next names of an open folder: bytes filled, 0 at the end, -1 with errno set.
[[nodiscard]] std::ptrdiff_t read_names(int folder, std::span<std::byte> buffer);

// Calls for each name in what read_names filled, but "." and "..".
void for_each_name(std::span<const std::byte> filled,
                   const std::function<void(const ListedName&)>& call);

// Where the file system does not say it, by a look: absent if the name is gone by then. Nothing on
// failure, with errno set.
[[nodiscard]] std::optional<system::Kind> kind_of(int folder, const ListedName& listed);

// All names of an open folder with their kinds, sorted; or the errno.
[[nodiscard]] tl::expected<std::vector<system::Entry>, int> list_names(int folder);

// The same. `shown` names the folder in an error.
[[nodiscard]] Result<std::vector<system::Entry>> list_folder(int folder, const std::string& shown);

}  // namespace envkeep::posix
