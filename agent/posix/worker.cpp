// SPDX-License-Identifier: MIT
#include "envkeep/posix/output.hpp"
#include "envkeep/posix/process.hpp"
#include "posix/error.hpp"
#include "posix/fresh_child.hpp"
#include "posix/poll_until.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <thread>

namespace envkeep::posix {
namespace {

constexpr int internal_error = 9;  // as in docs/exit-codes.md

void close_streams() {
    Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    null = at_higher_number(null.get());
    for (int stream = 0; stream <= 2; ++stream) {
        // Without /dev a closed stream would be the number of the next file that is opened.
        if (null.is_open()) {
            ::dup2(null.get(), stream);
        }
    }
}

// The shell that waits for our output must not wait for the worker too: it holds nothing open.
void close_all_but(int kept) {
    close_descriptors(3, static_cast<unsigned>(kept) - 1);
    close_descriptors(static_cast<unsigned>(kept) + 1, UINT_MAX);
}

// Only then is it asked who the parent is: one that ended before the wish sends no signal.
void end_with(pid_t parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() != parent) {
        ::_exit(1);
    }
}

[[noreturn]] void be_worker(const std::function<int(int)>& work, int report_fd) {
    ::setsid();
    reset_signals();
    ignore_signals_of_writes();
    close_streams();
    close_all_but(report_fd);
    try {
        ::_exit(work(report_fd));
    } catch (...) {
        // The frames below are the parent's.
        ::_exit(internal_error);
    }
}

}  // namespace

Result<Worker> start_worker(const std::function<int(int report_fd)>& work, Lifetime lifetime) {
    // Sockets, not a pipe: writing to one whose reader is gone can be asked to raise no signal.
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return last_error("cannot make a pipe to the worker");
    }
    Fd reading(ends[0]);
    Fd writing(ends[1]);
    // With a standard stream closed, an end may have got its number.
    for (Fd* const end : {&reading, &writing}) {
        if (end->get() <= 2) {
            Fd higher = at_higher_number(end->get());
            if (!higher.is_open()) {
                return last_error("cannot make a pipe to the worker");
            }
            std::swap(*end, higher);
        }
    }
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return last_error("cannot start a worker process");
    }
    if (pid == 0) {
        if (lifetime == Lifetime::of_parent) {
            end_with(parent);
        }
        be_worker(work, writing.get());
    }
    return Worker{.pid = pid, .reports = std::move(reading)};
}

std::optional<WorkerEnd> wait_for_worker(const Worker& worker, SteadyTime deadline) {
    // The worker's end closes the pipe in the same moment, unless something it started holds it: so
    // wait for the process itself, and look now and then where there is no pidfd.
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, worker.pid, 0U)));
    while (true) {
        const bool is_last_look = std::chrono::steady_clock::now() >= deadline;
        int status = 0;
        const pid_t ended = ::waitpid(worker.pid, &status, WNOHANG);
        if (ended == worker.pid) {
            return WIFSIGNALED(status) ? WorkerEnd{.exit_code = 0, .signal = WTERMSIG(status)}
                                       : WorkerEnd{.exit_code = WEXITSTATUS(status), .signal = 0};
        }
        if ((ended < 0 && errno != EINTR) || is_last_look) {
            return std::nullopt;
        }
        wait_for_process(process, deadline);
    }
}

void forget_ended_children() {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

}  // namespace envkeep::posix
