// SPDX-License-Identifier: MIT
#include "envkeep/posix/processes.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/posix/fd.hpp"
#include "posix/error.hpp"
#include "posix/poll_until.hpp"
#include "posix/start_image.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

namespace envkeep::posix {
namespace {

using system::Command;
using system::CommandEnd;

// posix_spawn's two settings, which want to be made and taken apart.
class SpawnSettings {
  public:
    explicit SpawnSettings(int output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, 1);
        ::posix_spawn_file_actions_adddup2(&actions_, output, 2);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        ::posix_spawnattr_init(&attributes_);
        ::sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::sigdelset(&signals, SIGKILL);
        ::sigdelset(&signals, SIGSTOP);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }

    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    ~SpawnSettings() {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }

    [[nodiscard]] const ::posix_spawn_file_actions_t* actions() const { return &actions_; }

    [[nodiscard]] const ::posix_spawnattr_t* attributes() const { return &attributes_; }

  private:
    ::posix_spawn_file_actions_t actions_{};
    ::posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (std::string& word : words) {
        out.push_back(word.data());
    }
    out.push_back(nullptr);
    return out;
}

struct Started {
    pid_t pid = 0;
    Fd output;
};

Result<Started> start(Command command) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return last_error("cannot make a pipe");
    }
    Started started{.output = Fd(ends[0])};
    Fd writing(ends[1]);
    // With a standard stream closed the pipe may have its number, and would not survive the start;
    // and what we start waits for its reader as it is used to.
    const Fd higher(::fcntl(writing.get(), F_DUPFD_CLOEXEC, 3));
    if (!higher.is_open()) {
        return last_error("cannot make a pipe");
    }
    ::fcntl(higher.get(), F_SETFL, 0);
    std::vector<char*> words = pointers(command.words);
    std::vector<char*> environment = pointers(command.environment);
    if (!command.image.empty()) {
        ENVKEEP_TRY(
            started.pid,
            start_image(
                command.image,
                {.words = words.data(), .environment = environment.data(), .output = higher.get()},
                command.folders));
        return started;
    }
    const SpawnSettings settings(higher.get());
    const int code = ::posix_spawn(&started.pid,
                                   command.words.front().c_str(),
                                   settings.actions(),
                                   settings.attributes(),
                                   words.data(),
                                   environment.data());
    if (code != 0) {
        return tl::unexpected(error_of(code, "cannot start " + quoted(command.words.front())));
    }
    return started;
}

// What is there to be read now; false at the end of the stream.
bool drain(const Fd& output, std::size_t most, std::string& text) {
    std::array<char, std::size_t{64} << 10U> buffer{};
    while (true) {
        const ssize_t count = ::read(output.get(), buffer.data(), buffer.size());
        if (count > 0) {
            const std::size_t room = most - std::min(most, text.size());
            text.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
        } else if (count == 0) {
            return false;
        } else if (errno != EINTR) {
            return errno == EAGAIN;
        }
    }
}

void take_end(int status, CommandEnd& end) {
    if (WIFSIGNALED(status)) {
        end.signal = WTERMSIG(status);
    } else {
        end.exit_code = WEXITSTATUS(status);
    }
}

// A process that hangs in the kernel outlives SIGKILL: it is given a second, and left.
void kill_all(pid_t pid, CommandEnd& end) {
    ::kill(-pid, SIGKILL);
    end.is_over_time = true;
    const SteadyTime last_look = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (true) {
        const bool is_last_look = std::chrono::steady_clock::now() >= last_look;
        int status = 0;
        const pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid) {
            take_end(status, end);
            return;
        }
        if ((ended < 0 && errno != EINTR) || is_last_look) {
            end.is_stuck = true;
            return;
        }
        wait_for_process(Fd(), last_look);
    }
}

}  // namespace

Result<CommandEnd> Processes::run(const Command& command) {
    ENVKEEP_TRY(const Started started, start(command));
    const SteadyTime deadline = std::chrono::steady_clock::now() + command.limit;
    CommandEnd end;
    bool is_open = true;
    // A daemon that it leaves behind may hold its output open: its own end is what counts.
    constexpr std::chrono::milliseconds look_again{20};
    while (true) {
        int status = 0;
        const pid_t ended = ::waitpid(started.pid, &status, WNOHANG);
        if (is_open) {
            is_open = drain(started.output, command.most_output, end.output);
        }
        if (ended == started.pid) {
            take_end(status, end);
            return end;
        }
        const SteadyTime now = std::chrono::steady_clock::now();
        if (now >= deadline) {
            kill_all(started.pid, end);
            return end;
        }
        const SteadyTime next = std::min(now + look_again, deadline);
        if (is_open) {
            static_cast<void>(wait_until_readable(started.output.get(), next));
        } else {
            wait_for_process(Fd(), next);
        }
    }
}

Result<bool> Processes::is_locked(const std::string& absolute) {
    const Fd file(::open(absolute.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.is_open()) {
        if (errno == ENOENT) {
            return false;
        }
        return last_error("cannot look at the lock " + quoted(absolute));
    }
    struct ::flock lock{};

    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(file.get(), F_GETLK, &lock) != 0) {
        return last_error("cannot look at the lock " + quoted(absolute));
    }
    return lock.l_type != F_UNLCK;
}

}  // namespace envkeep::posix
