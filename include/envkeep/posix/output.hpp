// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/terminal.hpp"

namespace envkeep::posix {

// Writes to a descriptor that it does not own. What cannot be written any more (EPIPE, EBADF, a
// full disk) is dropped in silence; SIGPIPE must be ignored by the process (see
// ignore_broken_pipes).
class Output final : public system::Output {
  public:
    explicit Output(int descriptor) : descriptor_(descriptor) {}

    void write(std::string_view text) override;
    [[nodiscard]] bool is_terminal() const override;
    [[nodiscard]] int width() const override;

  private:
    int descriptor_;
};

// From now on a broken pipe is an error of write(2), not the end of the process.
void ignore_broken_pipes();

}  // namespace envkeep::posix
