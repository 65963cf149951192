// SPDX-License-Identifier: MIT
#include "cli/ticker.hpp"

#include <system_error>
#include <utility>

namespace envkeep::cli {

Ticker::Ticker(std::chrono::milliseconds delay, Tick tick) : tick_(std::move(tick)) {
    try {
        thread_ = std::thread([this, delay] { run(delay); });
    } catch (const std::system_error&) {
        return;
    }
}

Ticker::~Ticker() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Ticker::run(std::optional<std::chrono::milliseconds> pause) {
    std::unique_lock lock(mutex_);
    while (pause && !changed_.wait_for(lock, *pause, [this] { return is_over_; })) {
        lock.unlock();
        pause = tick_();
        lock.lock();
    }
}

}  // namespace envkeep::cli
