// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "posix/files_state.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace envkeep::posix {

// A name in an open folder that somebody else owns.
struct NameIn {
    int folder;
    const std::string& name;
    std::optional<std::uint32_t> number{};  // for a temporary name beside it; else a random one
};

// Renames and never replaces: 0 or the errno, EEXIST if `to` exists. Where the file system cannot
// promise that (NFS, some FUSE), link and unlink do it for all but folders; for those a race
// remains. ECANCELED if another program replaced `from` in between: its newer thing stays.
[[nodiscard]] int rename_new(NameIn from, NameIn to);

// The same, but nothing is done, and there is no answer, where a race would remain.
[[nodiscard]] std::optional<int> rename_new_surely(NameIn from, NameIn to);

// Swaps two names in one step: 0 or the errno.
[[nodiscard]] int swap_names(NameIn one, NameIn other);

// True for the answers of swap_names that mean "not on this file system".
[[nodiscard]] bool means_cannot_swap(int code);

// The conflict when something else stands at a place than what was planned for.
[[nodiscard]] Error changed_meanwhile(const Spot& spot);

// Puts what was taken from `spot` to the name `aside` back, after it proved to be something else.
// Returns the conflict to report, which says where it is if it could not be put back.
[[nodiscard]] Error put_back(const Spot& spot, const std::string& aside);
// The same by swapping it with what was put there instead; `is_ours` says whether that is what
// bears the name `aside` then. If another program replaced it meanwhile, its newer version stays in
// place.
[[nodiscard]] Error swap_back(const Spot& spot,
                              const std::string& aside,
                              const std::function<bool()>& is_ours);

}  // namespace envkeep::posix
