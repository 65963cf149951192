// SPDX-License-Identifier: MIT
#include "envkeep/posix/output.hpp"

#include "posix/error.hpp"
#include "posix/read_all.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace envkeep::posix {

void Output::write(std::string_view text) {
    const int code = write_fully(descriptor_, text);
    if (code_ == 0 && code != EPIPE && code != EBADF) {
        code_ = code;
    }
}

std::optional<Error> Output::failure() const {
    return code_ == 0 ? std::nullopt : std::optional(error_of(code_, "cannot write the output"));
}

bool Output::is_terminal() const {
    return ::isatty(descriptor_) == 1;
}

int Output::width() const {
    constexpr int otherwise = 80;
    struct ::winsize size{};
    const bool is_known = ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : otherwise;
}

void ignore_signals_of_writes() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void notice_ends_of_children() {
    std::signal(SIGCHLD, SIG_DFL);
}

}  // namespace envkeep::posix
