// SPDX-License-Identifier: MIT
#include "envkeep/posix/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace envkeep::posix {
namespace {

::sigset_t waited_for() {
    ::sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        ::sigaddset(&set, signal);
    }
    return set;
}

}  // namespace

SignalWaiter::SignalWaiter() {
    const ::sigset_t set = waited_for();
    ::sigset_t before;
    ::sigprocmask(SIG_BLOCK, &set, &before);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        if (::sigismember(&before, signal) == 0) {
            blocked_.push_back(signal);
        }
    }
}

SignalWaiter::~SignalWaiter() {
    ::sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : blocked_) {
        ::sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<int> SignalWaiter::wait(std::chrono::milliseconds duration) {
    const ::sigset_t set = waited_for();
    const SteadyTime deadline = std::chrono::steady_clock::now() + duration;
    while (true) {
        const std::chrono::nanoseconds left =
            std::max(SteadyTime::duration::zero(), deadline - std::chrono::steady_clock::now());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        const struct ::timespec time{.tv_sec = seconds.count(),
                                     .tv_nsec = (left - seconds).count()};
        const int signal = ::sigtimedwait(&set, nullptr, &time);
        if (signal > 0) {
            return signal;
        }
        if (errno != EINTR || left.count() == 0) {
            return std::nullopt;
        }
    }
}

}  // namespace envkeep::posix
