// SPDX-License-Identifier: MIT
#include "posix/poll_until.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace envkeep::posix {

int milliseconds_until(SteadyTime deadline) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(3'600'000)).count());
}

bool wait_until_ready(int descriptor, short events, SteadyTime deadline) {
    struct ::pollfd polled{.fd = descriptor, .events = events, .revents = 0};
    while (true) {
        const int left = milliseconds_until(deadline);
        const int ready = ::poll(&polled, 1, left);
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return true;  // after an error the read that follows says what is wrong
        }
        if (left == 0) {
            return false;
        }
    }
}

bool wait_until_readable(int descriptor, SteadyTime deadline) {
    return wait_until_ready(descriptor, POLLIN, deadline);
}

void wait_for_process(const Fd& process, SteadyTime deadline) {
    if (process.is_open()) {
        static_cast<void>(wait_until_readable(process.get(), deadline));
        return;
    }
    constexpr std::chrono::milliseconds moment(5);
    std::this_thread::sleep_until(std::min(deadline, std::chrono::steady_clock::now() + moment));
}

}  // namespace envkeep::posix
