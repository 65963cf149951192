// SPDX-License-Identifier: MIT
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace envkeep {

// What went wrong, in the few kinds that callers treat differently.
// Every kind maps to one exit code; see cli/exit_code.cpp.
enum class ErrorKind {
    usage,              // the command line asks for what cannot be
    invalid_manifest,   // the user's file must change first
    store_missing,      // no store, an empty mount point, or another store than expected
    unsafe_path,        // a link on the way, or a name that would climb out
    not_found,          // ENOENT, ENOTDIR
    already_exists,     // EEXIST
    permission_denied,  // EACCES, EPERM
    no_space,           // ENOSPC, EDQUOT
    read_only,          // EROFS
    cross_device,       // EXDEV
    conflict,           // what is there is not what was planned for
    busy,               // another session or a mount holds it
    time_limit,         // a deadline passed
    unsupported,        // this kernel or file system cannot do it
    io,                 // any other failed system call
};

// A failure that a user can read: what failed, and how to get past it.
struct Error {
    ErrorKind kind = ErrorKind::io;
    std::string message;  // lower case, no full stop: "cannot open '.bashrc': permission denied"
    std::string hint;     // may be empty: "run 'envkeep plan' to see what is in the way"

    // Says what was being done when this failed: "restoring link '.bashrc': <message>".
    [[nodiscard]] Error while_doing(std::string_view activity) &&;
};

// A value, or the reason why there is none.
template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorKind kind,
                                                   std::string message,
                                                   std::string hint = {}) {
    return tl::unexpected(
        Error{.kind = kind, .message = std::move(message), .hint = std::move(hint)});
}

}  // namespace envkeep

// Leaves the function with the error of `expression`, if it has one.
#define ENVKEEP_CHECK(expression)                          \
    if (auto&& checked = (expression); !checked) {         \
        return tl::unexpected(std::move(checked).error()); \
    }                                                      \
    static_assert(true)

// The same for an expression with a value, which goes to `declaration`.
// NOLINTBEGIN(bugprone-macro-parentheses): `declaration` cannot stand in parentheses.
#define ENVKEEP_TRY(declaration, expression) \
    ENVKEEP_TRY_AS(ENVKEEP_JOIN(try_result_, __LINE__), declaration, expression)
#define ENVKEEP_TRY_AS(result, declaration, expression)   \
    auto result = (expression);                           \
    if (!result) {                                        \
        return tl::unexpected(std::move(result).error()); \
    }                                                     \
    declaration = *std::move(result)
#define ENVKEEP_JOIN(left, right) ENVKEEP_JOIN_EXPANDED(left, right)
#define ENVKEEP_JOIN_EXPANDED(left, right) left##right
// NOLINTEND(bugprone-macro-parentheses)
