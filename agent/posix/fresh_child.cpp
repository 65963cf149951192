// SPDX-License-Identifier: MIT
#include "posix/fresh_child.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <csignal>

namespace envkeep::posix {

void reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
        std::signal(number, SIG_DFL);  // refused for SIGKILL, SIGSTOP and the C library's own
    }
    ::sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Fd at_higher_number(int descriptor) {
    return Fd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
}

void close_others_on_exec() {
    constexpr unsigned on_exec = 1U << 2U;  // CLOSE_RANGE_CLOEXEC
    if (::syscall(SYS_close_range, 3U, UINT_MAX, on_exec) == 0) {
        return;
    }
    // Before Linux 5.11; no process has more than this without having asked for it.
    constexpr int most = 4096;
    for (int descriptor = 3; descriptor < most; ++descriptor) {
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
}

}  // namespace envkeep::posix
