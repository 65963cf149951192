// SPDX-License-Identifier: MIT
#pragma once

#include "engine/git_jobs.hpp"
#include "envkeep/git/working_copy.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/lease.hpp"

#include <cstdint>

// What a process does that has one working copy to bring.
namespace envkeep::engine {

enum class GitMessage : std::uint8_t { progress = 1, report = 2 };

// All of it, as the report tells; on the way it tells what it is at. The flag, if any, is set once
// the copy that this one stands in has come, or has not.
[[nodiscard]] git::CopyReport work_on(const World& world,
                                      const Options& options,
                                      const GitJob& job,
                                      int report_fd,
                                      const posix::SharedFlag* outer_is_over);

[[nodiscard]] git::CopyReport report_with(const git::Wish& wish, model::Finding finding);
[[nodiscard]] git::CopyReport not_begun(const git::Wish& wish, const Error& error);

// On a working copy in the store, which only one session at a time may bring.
[[nodiscard]] Result<store::ChangesClaim> take_claim(const World& world,
                                                     const store::Store& store,
                                                     const git::Wish& wish);

[[nodiscard]] git::LocalAccess local_access(const World& world, const Session& session);

}  // namespace envkeep::engine
