// SPDX-License-Identifier: MIT
#include "posix/start_image.hpp"

#include "envkeep/posix/fd.hpp"
#include "posix/error.hpp"
#include "posix/fresh_child.hpp"
#include "posix/names.hpp"
#include "posix/read_all.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace envkeep::posix {
namespace {

std::array<char, 32> path_of_descriptor(int descriptor) {
    std::array<char, 32> path{};
    *fmt::format_to_n(path.data(), path.size() - 1, "/proc/self/fd/{}", descriptor).out = '\0';
    return path;
}

// Closed if there is none.
Fd memory_file(std::string_view image) {
    constexpr unsigned may_be_run = 0x10;  // MFD_EXEC; EINVAL before Linux 6.3
    constexpr const char* name = "envkeep-probe";
    Fd file(::memfd_create(name, MFD_CLOEXEC | may_be_run));
    if (!file.is_open() && errno == EINVAL) {
        file = Fd(::memfd_create(name, MFD_CLOEXEC));
    }
    return file.is_open() && write_fully(file.get(), image) == 0 ? std::move(file) : Fd();
}

// Closed if the folder takes none. Its name is gone before it is executed, so that nothing is left
// behind whatever ends this process.
Fd folder_file(const std::string& folder, std::string_view image) {
    const std::string path = fmt::format("{}/.envkeep-probe-{:016x}", folder, random_bits());
    constexpr mode_t own = 0700;
    Fd writing(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, own));
    if (!writing.is_open()) {
        return {};
    }
    // Of the same file, whatever somebody else may have put under that name.
    Fd file(::open(path_of_descriptor(writing.get()).data(), O_RDONLY | O_CLOEXEC));
    ::unlink(path.c_str());
    // A file that is open for writing is not executed: ETXTBSY.
    const bool is_written = write_fully(writing.get(), image) == 0 && writing.close() == 0;
    return is_written ? std::move(file) : Fd();
}

[[noreturn]] void be_image(int file, const ImageStart& start, pid_t parent, int failure_pipe) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(1);  // it ended before the line above
    }
    constexpr struct ::rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    reset_signals();
    Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    null = at_higher_number(null.get());
    ::dup2(null.get(), 0);
    ::dup2(start.output, 1);
    ::dup2(start.output, 2);
    close_others_on_exec();
    ::syscall(SYS_execveat, file, "", start.words, start.environment, AT_EMPTY_PATH);
    if (errno == ENOSYS) {
        ::execve(path_of_descriptor(file).data(), start.words, start.environment);
    }
    const int code = errno;
    [[maybe_unused]] const ssize_t told = ::write(failure_pipe, &code, sizeof code);
    ::_exit(127);
}

struct Attempt {
    pid_t pid = 0;
    int code = 0;  // errno of what kept it from running
};

Attempt execute(const Fd& file, const ImageStart& start) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return {.code = errno};
    }
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    Fd higher = at_higher_number(writing.get());
    const Fd image = at_higher_number(file.get());
    const pid_t parent = ::getpid();
    const pid_t pid = higher.is_open() && image.is_open() ? ::fork() : -1;
    if (pid < 0) {
        return {.code = errno};
    }
    if (pid == 0) {
        be_image(image.get(), start, parent, higher.get());
    }
    static_cast<void>(writing.close());
    static_cast<void>(higher.close());
    int code = 0;
    ssize_t count = 0;
    do {
        count = ::read(reading.get(), &code, sizeof code);  // nothing once it runs
    } while (count < 0 && errno == EINTR);
    if (count != sizeof code) {
        return {.pid = pid};
    }
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return {.code = code};
}

}  // namespace

Result<pid_t> start_image(std::string_view image,
                          const ImageStart& start,
                          const std::vector<std::string>& folders) {
    const Fd memory = memory_file(image);
    Attempt attempt{.code = errno};
    if (memory.is_open()) {
        attempt = execute(memory, start);
    }
    // Without its loader it runs from nowhere.
    for (auto folder = folders.begin();
         attempt.pid == 0 && attempt.code != ENOENT && folder != folders.end();
         ++folder) {
        const Fd copy = folder_file(*folder, image);
        if (copy.is_open()) {
            attempt = execute(copy, start);
        }
    }
    if (attempt.pid == 0) {
        return tl::unexpected(error_of(attempt.code, "cannot start the program carried inside"));
    }
    return attempt.pid;
}

}  // namespace envkeep::posix
