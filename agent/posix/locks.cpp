// SPDX-License-Identifier: MIT
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/process.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
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
Locks try_kind(const std::string& path, bool (*take)(const Fd&)) {
    const Fd one(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    const Fd other(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!one.is_open() || !other.is_open()) {
        return Locks::unknown;
    }
    if (!take(one)) {
        return Locks::refused;
    }
    return take(other) ? Locks::ignored : Locks::honoured;
}

Locks try_both(const std::string& path) {
    const Locks records = try_kind(path, take_record_lock);
    return records == Locks::honoured ? try_kind(path, take_file_lock) : records;
}

}  // namespace

// A server of locks that does not answer holds whoever asks, for good: so somebody else asks.
Locks Files::try_locks(const system::Place& file) {
    constexpr std::chrono::seconds patience{1};
    const std::string path = absolute(file);
    const Result<Worker> worker = start_worker(
        [&](int /*report_fd*/) { return static_cast<int>(try_both(path)); }, Lifetime::of_parent);
    if (!worker) {
        return Locks::unknown;
    }
    const auto end = wait_for_worker(*worker, std::chrono::steady_clock::now() + patience);
    if (!end) {
        ::kill(worker->pid, SIGKILL);
        static_cast<void>(
            wait_for_worker(*worker, std::chrono::steady_clock::now() + patience / 10));
        return Locks::hung;
    }
    const bool is_answer = end->signal == 0 && end->exit_code <= static_cast<int>(Locks::refused);
    return is_answer ? static_cast<Locks>(end->exit_code) : Locks::unknown;
}

}  // namespace envkeep::posix
