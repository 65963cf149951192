// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/terminal.hpp"

namespace envkeep::posix {

// Writes to a descriptor that it does not own, which may be one that blocks or not. Where nobody
// reads any more (EPIPE, EBADF) text is dropped in silence; SIGPIPE must be ignored by the process
// (see ignore_broken_pipes).
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

// From now on a broken pipe is an error of write(2), not the end of the process.
void ignore_broken_pipes();

}  // namespace envkeep::posix
