// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace envkeep::snapshot {

// Lets threads through one after the other, in the order of their numbers.
class Turns {
  public:
    // False where the work was stopped.
    [[nodiscard]] bool wait_for(std::size_t turn) {
        std::unique_lock lock(mutex_);
        moved_.wait(lock, [&] { return is_stopped_ || next_ == turn; });
        return !is_stopped_;
    }

    // By the thread whose turn it is.
    void pass_on() {
        const std::lock_guard lock(mutex_);
        ++next_;
        moved_.notify_all();
    }

    void stop() {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
        moved_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable moved_;
    std::size_t next_ = 0;
    bool is_stopped_ = false;
};

}  // namespace envkeep::snapshot
