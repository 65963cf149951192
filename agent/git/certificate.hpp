// SPDX-License-Identifier: MIT
#pragma once

#include <git2.h>

#include <string>
#include <vector>

namespace envkeep::git {

// What explains a certificate that is not trusted. All empty where it cannot be read.
struct CertificateFacts {
    std::string ended;               // "2026-11-28": it is valid no more
    std::string begins;              // it is not valid yet
    std::string today;               // as the clock of this machine has it
    std::vector<std::string> names;  // of hosts, at most eight; printable
};

[[nodiscard]] CertificateFacts facts_of(const git_cert* certificate);

}  // namespace envkeep::git
