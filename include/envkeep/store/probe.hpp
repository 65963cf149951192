// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace envkeep::store {

// What the store's file system really does, tried in a scratch folder: a store is measured, not
// believed.
struct Probe {
    bool is_mounted = false;  // on another mount than `/`
    std::string mount_type;   // "nfs4"
    bool is_writable = false;
    std::string refusal{};         // what a write was answered where it is not
    bool has_links = false;        // symlinks
    bool has_rename_over = false;  // rename replaces
    bool has_hard_links = false;
    bool has_modes = false;                  // chmod 0600 and 0700 read back
    bool has_owner = false;                  // a new file belongs to the effective uid
    bool is_shared = false;                  // group or others may read the store's folder
    std::chrono::microseconds small_file{};  // to write, sync and remove one of 4 KiB
    // To open and read one that this machine does not hold in memory; 0: could not be measured.
    std::chrono::microseconds small_read{};
    std::chrono::microseconds mebibyte{};  // to write and sync one; 0: was not measured
    system::Locks locks = system::Locks::unknown;
    bool is_whole = true;  // false: it is so slow that not all was tried
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t free_inodes = 0;
    std::uint64_t total_inodes = 0;  // 0: none are counted

    friend bool operator==(const Probe&, const Probe&) = default;

    // What cannot be written was not asked.
    [[nodiscard]] bool ignores_modes() const { return is_writable && !has_modes; }

    [[nodiscard]] Json to_json() const;
    [[nodiscard]] static Probe from_json(const Json& json);
};

// "honoured", "ignored", "refused", "hung", "unknown".
[[nodiscard]] std::string_view name_of(system::Locks locks);

// How much there is, and how much room.
void take_space(const system::Space& space, Probe& probe);

// What was tried by then counts; writing, modes and owners always are.
inline constexpr std::chrono::seconds longest_probe{2};

// Leaves nothing behind; a store that cannot be written gives a Probe that says so, not an error.
[[nodiscard]] Result<Probe> probe(const Store& store,
                                  const system::Machine& machine,
                                  system::FileReader& files,
                                  system::FileWriter& writer);

}  // namespace envkeep::store
