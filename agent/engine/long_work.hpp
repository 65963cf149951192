// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/process.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace envkeep::engine {

// What may take minutes, in a process of its own that ends with this one: nothing keeps this one
// from saving and from renewing the lease.
class LongWork {
  public:
    // False once it is told to end, for which it waits so long at most.
    using MayGoOn = std::function<bool(std::chrono::milliseconds)>;

    explicit LongWork(const std::function<void(const MayGoOn&)>& work);

    // A snapshot stays begun: the next start, or 'restore', goes on with it.
    void tell_to_end() const;
    void wait_for_its_end(SteadyTime deadline) const;

    // Or could not be begun.
    [[nodiscard]] bool has_ended() const;

    [[nodiscard]] const std::optional<system::ProcessId>& process() const { return process_; }

  private:
    std::optional<posix::Worker> worker_;
    std::optional<system::ProcessId> process_;
};

}  // namespace envkeep::engine
