// SPDX-License-Identifier: MIT
#include "support/child.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace envkeep::testing {
namespace {

[[noreturn]] void leave_child(int outcome) {
    std::fflush(nullptr);
    ::_exit(outcome);
}

pid_t fork_or_throw() {
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot fork");
    }
    return pid;
}

std::vector<::sock_filter> filter_for(const std::vector<RefusedCall>& refused) {
    constexpr unsigned load = BPF_LD | BPF_W | BPF_ABS;
    constexpr unsigned jump = BPF_JMP | BPF_JEQ | BPF_K;
    constexpr unsigned answer = BPF_RET | BPF_K;
    std::vector<::sock_filter> filter;
    const auto add = [&](unsigned code, unsigned value, unsigned char otherwise_skip) {
        filter.push_back({static_cast<unsigned short>(code), 0, otherwise_skip, value});
    };
    for (const RefusedCall& call : refused) {
        add(load, offsetof(struct ::seccomp_data, nr), 0);
        add(jump, static_cast<unsigned>(call.number), call.argument ? 3 : 1);
        if (call.argument) {
            add(load, offsetof(struct ::seccomp_data, args) + *call.argument * 8U, 0);
            add(jump, call.value, 1);
        }
        add(answer, SECCOMP_RET_ERRNO | static_cast<unsigned>(call.code), 0);
    }
    add(answer, SECCOMP_RET_ALLOW, 0);
    return filter;
}

void refuse(const std::vector<RefusedCall>& refused) {
    std::vector<::sock_filter> filter = filter_for(refused);
    const struct ::sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                                      .filter = filter.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        std::perror("cannot refuse system calls");
        leave_child(2);
    }
}

// Every stop but those at the beginning and end of a system call goes back to the child.
std::map<long, int> count_until_exit(pid_t child) {
    std::map<long, int> counts;
    int status = 0;
    ::waitpid(child, &status, 0);
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    long signal = 0;
    while (::ptrace(PTRACE_SYSCALL, child, nullptr, signal) == 0 &&
           ::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        const bool is_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
        signal = is_call ? 0 : WSTOPSIG(status);
        struct ::__ptrace_syscall_info info{};
        const auto size = reinterpret_cast<void*>(sizeof info);
        if (is_call && ::ptrace(PTRACE_GET_SYSCALL_INFO, child, size, &info) > 0 &&
            info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            ++counts[static_cast<long>(info.entry.nr)];
        }
    }
    return counts;
}

std::map<long, int> count_all(const std::function<void()>& body) {
    const pid_t child = fork_or_throw();
    if (child == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        std::raise(SIGSTOP);
        body();
        ::_exit(0);
    }
    return count_until_exit(child);
}

}  // namespace

void in_child(const std::function<void()>& body) {
    in_children({body});
}

void in_children(const std::vector<std::function<void()>>& bodies) {
    std::vector<pid_t> children;
    for (const std::function<void()>& body : bodies) {
        children.push_back(fork_or_throw());
        if (children.back() == 0) {
            body();
            leave_child(::testing::Test::HasFailure() ? 1 : 0);
        }
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status)) << "the child ended by signal " << WTERMSIG(status);
        EXPECT_EQ(WEXITSTATUS(status), 0) << "expectations failed in the child, see above";
    }
}

void with_refused_calls(const std::vector<RefusedCall>& refused,
                        const std::function<void()>& body) {
    in_child([&] {
        refuse(refused);
        body();
    });
}

std::map<long, int> system_calls_of(const std::function<void()>& body) {
    std::map<long, int> counts = count_all(body);
    for (const auto& [number, count] : count_all([] {})) {
        counts[number] -= count;
    }
    std::erase_if(counts, [](const auto& one) { return one.second == 0; });
    return counts;
}

int open_descriptors() {
    namespace fs = std::filesystem;
    const fs::directory_iterator listed("/proc/self/fd");
    return static_cast<int>(std::distance(fs::begin(listed), fs::end(listed)));
}

}  // namespace envkeep::testing
