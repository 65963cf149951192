// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/address.hpp"
#include "envkeep/git/remote_access.hpp"
#include "envkeep/git/working_copy.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// Whether remotes answer and let this user in, as `ssh -T` asks; fetches nothing.
namespace envkeep::git {

// Where these URLs lead once `insteadOf` of that home's git configuration is applied, in their
// order; why it is none for what is no URL then.
[[nodiscard]] std::vector<Result<Address>> addresses_of(const std::vector<std::string>& urls,
                                                        const std::string& home);

// The finding of such a one.
[[nodiscard]] model::Finding refused_address(const Error& error, const std::string& subject);

// Over ssh opens a session and nothing more; else asks for the names of the remote's branches. The
// wish's URL is taken as it is. `answer` says how it went well, a finding why not.
[[nodiscard]] CopyReport check_remote(const Wish& wish, const RemoteAccess& access);

// What stands in the way of it as far as files tell, without network: no key that could be offered,
// keys that ssh itself would not take, a host whose key is not known, a token that is not set.
// Nothing worse than a warning. Of an agent only whether somebody listens.
[[nodiscard]] std::vector<model::Finding> look_at_remote(const Wish& wish,
                                                         const RemoteAccess& access);

// Of a remote that has said neither within that time.
[[nodiscard]] CopyReport no_answer_within(std::chrono::seconds limit, const std::string& subject);

}  // namespace envkeep::git
