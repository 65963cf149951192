// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/terminal.hpp"

namespace envkeep::posix {

// Writes to a descriptor that it does not own, which may be one that blocks or not. Where nobody
// reads any more (EPIPE, EBADF) text is dropped in silence; SIGPIPE must be ignored by the process
// (see ignore_signals_of_writes).
class Output final : public system::Output {
  public:
    explicit Output(int descriptor) : descriptor_(descriptor) {}

    void write(std::string_view text) override;
    [[nodiscard]] std::optional<Error> failure() const override;
    [[nodiscard]] bool is_terminal() const override;
    [[nodiscard]] int width() const override;

  private:
    int descriptor_;
    int code_ = 0;  // of the first failure
};

// From now on a broken pipe, and a file larger than the limit of the process, are errors of
// write(2) (EPIPE, EFBIG), not the end of the process.
void ignore_signals_of_writes();

// From now on the end of a child can be waited for, also where whoever started this process ignores
// SIGCHLD, which is inherited: the kernel then keeps no status (waitpid(2), ECHILD).
void notice_ends_of_children();

}  // namespace envkeep::posix
