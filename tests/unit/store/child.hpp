// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace envkeep::store {

// A forked process of this test. It runs `work` and ends without any destructor of the parent's.
class Child {
  public:
    template <typename Work>
    explicit Child(const Work& work) : pid_(::fork()) {
        if (pid_ < 0) {
            throw std::runtime_error("cannot fork");
        }
        if (pid_ == 0) {
            ::_exit(work());
        }
    }

    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

    Child& operator=(Child&&) = delete;

    ~Child() {
        if (pid_ > 0) {
            static_cast<void>(exit_code());
        }
    }

    // Waits for its end.
    int exit_code() {
        int status = 0;
        const pid_t ended = ::waitpid(std::exchange(pid_, -1), &status, 0);
        return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t pid_;
};

// Lets processes wait for each other: each `pass` needs one `let`.
class Gate {
  public:
    Gate() {
        if (::pipe(ends_.data()) != 0) {
            throw std::runtime_error("cannot make a pipe");
        }
    }

    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    ~Gate() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    void let(int count) const {
        const std::string tokens(static_cast<std::size_t>(count), '.');
        if (::write(ends_[1], tokens.data(), tokens.size()) != count) {
            throw std::runtime_error("cannot open a gate");
        }
    }

    void pass() const {
        char token = 0;
        while (::read(ends_[0], &token, 1) != 1) {
        }
    }

  private:
    std::array<int, 2> ends_{};
};

}  // namespace envkeep::store
