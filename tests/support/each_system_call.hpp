// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>

namespace envkeep::testing {

// How a child ended that was meddled with at one of its system calls.
enum class Meddled {
    ended,       // `body` came to its end, with or without an error of its own
    killed,      // as was asked for
    not_reached  // it made fewer calls: nothing was done to it
};

// Runs `body` in a child that is killed when it is about to make its system call number `call`
// (from 0) of those that change files: make, write, rename, remove, set.
[[nodiscard]] Meddled kill_at_changing_call(std::size_t call, const std::function<void()>& body);

// Runs `body` in a child whose system call number `call` (from 0) on files, reading ones included,
// is not made and reports the error `code`.
[[nodiscard]] Meddled refuse_call(std::size_t call, int code, const std::function<void()>& body);

// The same with number `nth` (from 0) of the calls of one kind, as <sys/syscall.h> has it.
[[nodiscard]] Meddled refuse_call_of(long kind,
                                     std::size_t nth,
                                     int code,
                                     const std::function<void()>& body);

enum class RenameFlags { known, unknown };  // unknown: NFS, some FUSE

// Runs `body` in a child, and `act` when the child is about to make its system call number `call`
// (from 0) of those that change files: another program that acts at the worst moment.
[[nodiscard]] Meddled act_at_changing_call(std::size_t call,
                                           RenameFlags flags,
                                           const std::function<void()>& body,
                                           const std::function<void()>& act);

}  // namespace envkeep::testing
