// SPDX-License-Identifier: MIT
#include "cli/slow_store.hpp"

#include "cli/progress.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace envkeep::cli {
namespace {

std::string text_of(const std::string& base,
                    std::chrono::milliseconds delay,
                    const system::Output& err) {
    return fmt::format(
        "{}envkeep: still waiting after {} s: the store {}answers slowly or not at "
        "all\n",
        err.is_terminal() ? Progress::clear_line : "",
        std::chrono::duration_cast<std::chrono::seconds>(delay).count(),
        base.empty() ? "" : fmt::format("at {} ", quoted(base)));
}

}  // namespace

struct SlowStore::State {
    State(system::Output& output, std::string words, std::chrono::milliseconds delay)
        : err(output), text(std::move(words)) {
        try {
            waiter = std::thread([this, delay] {
                std::unique_lock lock(mutex);
                if (!changed.wait_for(lock, delay, [this] { return is_over; })) {
                    err.write(text);
                }
            });
        } catch (const std::system_error&) {
            return;  // the container allows no thread more
        }
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        {
            const std::lock_guard lock(mutex);
            is_over = true;
        }
        changed.notify_all();
        if (waiter.joinable()) {
            waiter.join();
        }
    }

    system::Output& err;
    std::string text;
    std::mutex mutex;
    std::condition_variable changed;
    bool is_over = false;
    std::thread waiter;
};

SlowStore::SlowStore(system::Output& err, const std::string& base, std::chrono::milliseconds delay)
    : state_(std::make_unique<State>(err, text_of(base, delay, err), delay)) {}

SlowStore::~SlowStore() = default;

}  // namespace envkeep::cli
