// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <string>

namespace envkeep::posix {

// The one place where an errno becomes an Error: "what: reason", and a hint where there is a cure.
[[nodiscard]] Error error_of(int code, std::string what);

// The same for the errno of the call that just failed.
[[nodiscard]] tl::unexpected<Error> last_error(std::string what);

// True for the answers of kernels and file systems that do not know a call or one of its flags.
[[nodiscard]] bool means_unknown_call(int code);

// True for what link(2) answers where a file can have no further name: FAT and some FUSE say EPERM,
// a file that has all the names that it may have EMLINK.
[[nodiscard]] bool means_no_hard_link(int code);

// Of a link(2) that failed; unsupported where it means that.
[[nodiscard]] Error link_error(int code, std::string what);

// True for what file systems answer that keep no owners, modes or times, and root-squashing
// servers.
[[nodiscard]] bool means_not_kept(int code);

}  // namespace envkeep::posix
