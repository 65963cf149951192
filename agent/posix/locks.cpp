// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/process.hpp"
#include "posix/fresh_child.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <climits>
#include <csignal>
#include <string>

namespace envkeep::posix {
namespace {

using system::Locks;

// Locks of the open file (Linux 3.15): those of a process never stand in its own way.
bool take_record_lock(const Fd& file) {
    struct ::flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return ::fcntl(file.get(), F_OFD_SETLK, &lock) == 0;
}

bool take_file_lock(const Fd& file) {
    return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

// NFS makes one kind of the other, so each has files opened for it alone.
Locks try_kind(const char* path, bool (*take)(const Fd&)) {
    const Fd one(::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    const Fd other(::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!one.is_open() || !other.is_open()) {
        return Locks::unknown;
    }
    if (!take(one)) {
        return Locks::refused;
    }
    return take(other) ? Locks::ignored : Locks::honoured;
}

Locks try_both(const char* path) {
    const Locks records = try_kind(path, take_record_lock);
    return records == Locks::honoured ? try_kind(path, take_file_lock) : records;
}

// The child makes system calls only, since other threads may hold any lock of this process: so it
// is not start_worker's. It keeps nothing open, since it may hang for good.
pid_t start_asking(const char* path) {
    const pid_t pid = ::_Fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::setsid();
        close_descriptors(0, UINT_MAX);
        ::_exit(static_cast<int>(try_both(path)));
    }
    return pid;
}

}  // namespace

// A server of locks that does not answer holds whoever asks, for good: so somebody else asks.
Locks Files::try_locks(const system::Place& file) {
    constexpr std::chrono::milliseconds patience{1000};
    const std::string path = absolute(file);
    const Worker asking{.pid = start_asking(path.c_str()), .reports = {}};
    if (asking.pid < 0) {
        return Locks::unknown;
    }
    const auto end = wait_for_worker(asking, std::chrono::steady_clock::now() + patience);
    if (!end) {
        ::kill(asking.pid, SIGKILL);
        static_cast<void>(
            wait_for_worker(asking, std::chrono::steady_clock::now() + patience / 10));
        return Locks::hung;
    }
    const bool is_answer = end->signal == 0 && end->exit_code <= static_cast<int>(Locks::refused);
    return is_answer ? static_cast<Locks>(end->exit_code) : Locks::unknown;
}

}  // namespace envkeep::posix
