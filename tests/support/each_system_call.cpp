// SPDX-License-Identifier: MIT
#include "support/each_system_call.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace envkeep::testing {
namespace {

constexpr std::array changing_calls{
    SYS_write,     SYS_pwrite64,  SYS_copy_file_range, SYS_sendfile, SYS_ftruncate, SYS_fallocate,
    SYS_mkdirat,   SYS_symlinkat, SYS_linkat,          SYS_unlinkat, SYS_renameat,  SYS_renameat2,
    SYS_fchmod,    SYS_fchmodat,  SYS_fchown,          SYS_fchownat, SYS_utimensat, SYS_fsync,
    SYS_fdatasync, SYS_syncfs,    SYS_fsetxattr,       SYS_setxattr, SYS_chmod,     SYS_ioctl,
    SYS_mkdir,     SYS_rmdir,     SYS_symlink,         SYS_link,     SYS_unlink,    SYS_rename};
constexpr std::array reading_calls{SYS_openat,
                                   SYS_openat2,
                                   SYS_statx,
                                   SYS_newfstatat,
                                   SYS_readlinkat,
                                   SYS_read,
                                   SYS_pread64,
                                   SYS_getdents64,
                                   SYS_lseek,
                                   SYS_statfs,
                                   SYS_fstatfs,
                                   SYS_close};

template <typename Calls>
bool is_one_of(std::uint64_t number, const Calls& calls) {
    return std::find(calls.begin(), calls.end(), static_cast<long>(number)) != calls.end();
}

// The flags of openat2 are in memory; a file is made by it only under a flag we do not look at, so
// every one of them may.
bool may_make_a_file(const ::__ptrace_syscall_info& info) {
    return info.entry.nr == SYS_openat2 ||
           (info.entry.nr == SYS_openat && (info.entry.args[2] & O_CREAT) != 0);
}

bool changes(const ::__ptrace_syscall_info& info) {
    return is_one_of(info.entry.nr, changing_calls) || may_make_a_file(info);
}

bool is_on_files(const ::__ptrace_syscall_info& info) {
    return is_one_of(info.entry.nr, changing_calls) || is_one_of(info.entry.nr, reading_calls);
}

// A body that gives up by an exception has come to its end too; it must not come back to the test.
[[noreturn]] void run(const std::function<void()>& body) {
    try {
        body();
    } catch (const std::exception&) {
        ::_exit(0);
    }
    ::_exit(0);
}

// A traced child, stopped at the beginning and the end of its system calls until it is let go.
class Traced {
  public:
    explicit Traced(const std::function<void()>& body) {
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ < 0) {
            throw std::system_error(errno, std::generic_category(), "cannot fork");
        }
        if (pid_ == 0) {
            ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
            std::raise(SIGSTOP);
            run(body);
        }
        ::waitpid(pid_, &status_, 0);
        ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    }

    // Goes on to the next beginning or end of a call; false once the child is gone.
    bool go_on(::__ptrace_syscall_info& info) {
        while (true) {
            if (!goes_on(PTRACE_SYSCALL)) {
                return false;
            }
            const bool is_call = WSTOPSIG(status_) == (SIGTRAP | 0x80);
            signal_ = is_call ? 0 : WSTOPSIG(status_);
            if (is_call) {
                const auto size = reinterpret_cast<void*>(sizeof info);
                return ::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, size, &info) > 0;
            }
        }
    }

    // To its end, with no more stops.
    void let_go() {
        while (goes_on(PTRACE_CONT)) {
            signal_ = WSTOPSIG(status_);
        }
    }

    void kill() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
    }

    // After its end: a crash is a failure of whatever is tested.
    void check_that_it_ended_well() const {
        if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0) {
            throw std::runtime_error("the traced child crashed or failed");
        }
    }

    // At its beginning: the call is not made; at its end: reports `code`.
    void skip_call() {
        change_registers([](::user_regs_struct& registers) { registers.orig_rax = ~0ULL; });
    }

    void report(int code) {
        change_registers([&](::user_regs_struct& registers) {
            registers.rax = static_cast<unsigned long long>(-static_cast<long long>(code));
        });
    }

  private:
    bool goes_on(__ptrace_request how) {
        return ::ptrace(how, pid_, nullptr, signal_) == 0 && ::waitpid(pid_, &status_, 0) == pid_ &&
               WIFSTOPPED(status_);
    }

    void change_registers(const std::function<void(::user_regs_struct&)>& change) {
        ::user_regs_struct registers{};
        if (::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot read registers");
        }
        change(registers);
        if (::ptrace(PTRACE_SETREGS, pid_, nullptr, &registers) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot set registers");
        }
    }

    pid_t pid_ = 0;
    int status_ = 0;
    long signal_ = 0;
};

}  // namespace

Meddled kill_at_changing_call(std::size_t call, const std::function<void()>& body) {
    Traced child(body);
    ::__ptrace_syscall_info info{};
    for (std::size_t number = 0; child.go_on(info);) {
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && changes(info) && number++ == call) {
            child.kill();
            return Meddled::killed;
        }
    }
    child.check_that_it_ended_well();
    return Meddled::not_reached;
}

namespace {

Meddled refuse_one(const std::function<bool(const ::__ptrace_syscall_info&)>& counts,
                   std::size_t call,
                   int code,
                   const std::function<void()>& body) {
    Traced child(body);
    ::__ptrace_syscall_info info{};
    bool is_refused = false;
    for (std::size_t number = 0; !is_refused && child.go_on(info);) {
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !counts(info) || number++ != call) {
            continue;
        }
        is_refused = true;
        child.skip_call();
        if (child.go_on(info)) {
            child.report(code);
            child.let_go();
        }
    }
    child.check_that_it_ended_well();
    return is_refused ? Meddled::ended : Meddled::not_reached;
}

}  // namespace

Meddled refuse_call(std::size_t call, int code, const std::function<void()>& body) {
    return refuse_one(is_on_files, call, code, body);
}

Meddled refuse_call_of(long kind, std::size_t nth, int code, const std::function<void()>& body) {
    const auto is_of_kind = [&](const ::__ptrace_syscall_info& info) {
        return info.entry.nr == static_cast<std::uint64_t>(kind);
    };
    return refuse_one(is_of_kind, nth, code, body);
}

Meddled act_at_changing_call(std::size_t call,
                             RenameFlags flags,
                             const std::function<void()>& body,
                             const std::function<void()>& act) {
    Traced child(body);
    ::__ptrace_syscall_info info{};
    bool is_reached = false;
    for (std::size_t number = 0; child.go_on(info);) {
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !changes(info)) {
            continue;
        }
        if (number++ == call) {
            is_reached = true;
            act();
            if (flags == RenameFlags::known) {
                child.let_go();
                break;
            }
        }
        const bool has_flags = info.entry.nr == SYS_renameat2 && info.entry.args[4] != 0;
        if (has_flags && flags == RenameFlags::unknown) {
            child.skip_call();
            if (child.go_on(info)) {
                child.report(EINVAL);
            }
        }
    }
    child.check_that_it_ended_well();
    return is_reached ? Meddled::ended : Meddled::not_reached;
}

}  // namespace envkeep::testing
