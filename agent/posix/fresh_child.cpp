// SPDX-License-Identifier: MIT
#include "posix/fresh_child.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>

namespace envkeep::posix {
namespace {

// Above all descriptors, for a kernel that takes no range of them: the limit, which somebody may
// have lowered since they were opened, and no more than a process of ours asks for.
unsigned above_all() {
    constexpr ::rlim_t usual = 4096;
    struct ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return most_descriptors;
    }
    return static_cast<unsigned>(
        std::clamp<::rlim_t>(limit.rlim_cur, usual, ::rlim_t{most_descriptors}));
}

}  // namespace

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

void close_descriptors(unsigned first, unsigned last) {
    if (first > last || ::syscall(SYS_close_range, first, last, 0U) == 0) {
        return;
    }
    const unsigned end = above_all();
    for (unsigned descriptor = first; descriptor <= last && descriptor < end; ++descriptor) {
        ::close(static_cast<int>(descriptor));
    }
}

void close_others_on_exec() {
    constexpr unsigned on_exec = 1U << 2U;  // CLOSE_RANGE_CLOEXEC
    if (::syscall(SYS_close_range, 3U, UINT_MAX, on_exec) == 0) {
        return;
    }
    const unsigned end = above_all();
    for (unsigned descriptor = 3; descriptor < end; ++descriptor) {  // before Linux 5.11
        ::fcntl(static_cast<int>(descriptor), F_SETFD, FD_CLOEXEC);
    }
}

}  // namespace envkeep::posix
