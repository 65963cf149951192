// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/processes.hpp"

namespace envkeep::posix {

// The real ones. What is started has default signal actions, nothing blocked, no descriptor of ours
// and no input. Once it has ended nobody waits for what it left running.
class Processes final : public system::Processes {
  public:
    [[nodiscard]] Result<system::CommandEnd> run(const system::Command& command) override;
    [[nodiscard]] Result<bool> is_locked(const std::string& absolute) override;
};

}  // namespace envkeep::posix
