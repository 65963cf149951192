// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/session_state.hpp"

#include <string_view>
#include <vector>

namespace envkeep::keep {

// True if nobody wrote to the file since: modes do not count, since they are ours to set.
[[nodiscard]] bool is_as_recorded(const system::Status& recorded, const system::Status& now);

// What this session put into the home, by place. Sorted when it is first asked.
class SessionRecords {
  public:
    explicit SessionRecords(const store::SessionState* state) : state_(state) {}

    // The record of that absolute path, or nullptr.
    [[nodiscard]] const store::RestoredFile* find(std::string_view place);
    // Those of that absolute path and of all below it.
    [[nodiscard]] std::vector<const store::RestoredFile*> within(std::string_view place);

  private:
    using Sorted = std::vector<const store::RestoredFile*>;

    [[nodiscard]] Sorted::const_iterator first_from(std::string_view place);

    const store::SessionState* state_;
    Sorted sorted_;
};

}  // namespace envkeep::keep
