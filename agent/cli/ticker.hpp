// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace envkeep::cli {

// Calls `tick` from a thread of its own for as long as it lives: first after `delay`, then after
// what each call returns, not any more after one that returns nothing. Where the container allows
// no thread more it calls nothing.
class Ticker {
  public:
    using Tick = std::function<std::optional<std::chrono::milliseconds>()>;

    Ticker(std::chrono::milliseconds delay, Tick tick);
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;
    ~Ticker();

  private:
    void run(std::optional<std::chrono::milliseconds> pause);

    Tick tick_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace envkeep::cli
