// SPDX-License-Identifier: MIT
#include "snapshot/handover.hpp"

#include <utility>

namespace envkeep::snapshot {

bool Handover::put(std::size_t turn, std::function<Result<void>()> work) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return error_ || turn < next_ + most_waiting_; });
    if (error_) {
        return false;
    }
    waiting_.emplace(turn, std::move(work));
    if (!is_at_work_) {
        is_at_work_ = true;
        do_waiting(lock);
        is_at_work_ = false;
    }
    return !error_;
}

void Handover::do_waiting(std::unique_lock<std::mutex>& lock) {
    for (auto found = waiting_.find(next_); !error_ && found != waiting_.end();
         found = waiting_.find(next_)) {
        const auto work = std::move(found->second);
        waiting_.erase(found);
        lock.unlock();
        Result<void> outcome = work();
        lock.lock();
        ++next_;
        if (!outcome && !error_) {
            error_ = std::move(outcome).error();
        }
        moved_.notify_all();
    }
}

void Handover::fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) {
        error_ = std::move(error);
    }
    moved_.notify_all();
}

std::optional<Error> Handover::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

}  // namespace envkeep::snapshot
