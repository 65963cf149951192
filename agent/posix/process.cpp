// SPDX-License-Identifier: MIT
#include "envkeep/posix/process.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/poll_until.hpp"
#include "posix/proc_text.hpp"
#include "posix/read_all.hpp"
#include "posix/status_at.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace envkeep::posix {
namespace {

std::optional<ProcessState> state_of(std::int32_t pid) {
    const std::string path = fmt::format("/proc/{}/stat", pid);
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    constexpr std::uint64_t limit = 65536;
    const auto text = file.is_open() ? read_all(file.get(), 0, limit, path) : Result<std::string>{};
    return text ? parse_process_state(*text) : std::nullopt;
}

Fd open_process(std::int32_t pid) {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
}

// By pidfd the signal cannot reach another process that got the number meanwhile.
int send_signal(const Fd& process, std::int32_t pid, int signal) {
    if (process.is_open()) {
        const long sent = ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0U);
        if (sent == 0 || (errno != ENOSYS && errno != EPERM)) {
            return sent == 0 ? 0 : errno;
        }
    }
    return ::kill(pid, signal) == 0 ? 0 : errno;
}

}  // namespace

system::ProcessId this_process() {
    const std::int32_t pid = ::getpid();
    return process_with(pid).value_or(system::ProcessId{.pid = pid, .started = 0});
}

std::optional<system::ProcessId> process_with(std::int32_t pid) {
    const auto state = state_of(pid);
    return state ? std::optional(system::ProcessId{.pid = pid, .started = state->started})
                 : std::nullopt;
}

bool is_running(const system::ProcessId& process) {
    const auto state = state_of(process.pid);
    if (!state) {
        // It may be hidden (hidepid), or this process has too many files open. Whoever has the
        // number now then counts as the one that is meant.
        return process.pid > 0 && (::kill(process.pid, 0) == 0 || errno == EPERM);
    }
    return state->started == process.started && state->state != 'Z' && state->state != 'X';
}

Result<void> end_process(const system::ProcessId& process, Ending how) {
    const std::string what = fmt::format("cannot end process {}", process.pid);
    // Opened first and looked at then: what runs under the number now is what will be signalled.
    const Fd opened = open_process(process.pid);
    if (!is_running(process)) {
        return failure(ErrorKind::not_found, what + ": it has ended");
    }
    const int signal = how == Ending::politely ? SIGTERM : SIGKILL;
    if (const int code = send_signal(opened, process.pid, signal); code != 0) {
        Error error = error_of(code, what);
        error.kind = code == ESRCH ? ErrorKind::not_found : error.kind;
        return tl::unexpected(std::move(error));
    }
    return {};
}

bool wait_for_end(const system::ProcessId& process, SteadyTime deadline) {
    const Fd opened = open_process(process.pid);
    while (is_running(process)) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        wait_for_process(opened, deadline);
    }
    return true;
}

Result<std::string> own_executable() {
    auto path = link_target(AT_FDCWD, "/proc/self/exe");
    if (!path) {
        return last_error("cannot tell which file this program is");
    }
    // So the kernel marks a file that was replaced while it runs; its place is what is asked for.
    constexpr std::string_view replaced = " (deleted)";
    if (path->ends_with(replaced)) {
        path->resize(path->size() - replaced.size());
    }
    return *std::move(path);
}

}  // namespace envkeep::posix
