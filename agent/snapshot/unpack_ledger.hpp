// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/unpack.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <span>
#include <vector>

namespace envkeep::snapshot {

// What became of the steps, told by all threads; and whether they may go on.
class UnpackLedger {
  public:
    UnpackLedger(const Layer& layer, std::span<const LayerStep> steps, const UnpackOptions& options)
        : layer_(layer), steps_(steps), options_(options), has_failed_(steps.size()) {}

    void note(std::size_t step, const Result<void>& outcome);
    void failed(std::size_t step, Error error);
    [[nodiscard]] bool has_failed(std::size_t step) const;

    // Groups of which something failed, here or before.
    [[nodiscard]] std::set<std::uint32_t> incomplete() const;

    // Asks; once the answer was no it stays no.
    [[nodiscard]] bool may_go_on();

    [[nodiscard]] bool is_stopped() const { return is_stopped_; }

    void show_progress();

    // The failed ones sorted by entry. When all threads are done.
    [[nodiscard]] UnpackReport report();

  private:
    const Layer& layer_;
    std::span<const LayerStep> steps_;
    const UnpackOptions& options_;
    mutable std::mutex mutex_;
    std::vector<bool> has_failed_;
    UnpackReport report_;
    std::atomic<bool> is_stopped_ = false;
};

}  // namespace envkeep::snapshot
