// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>

namespace envkeep::store {

// That a start began in this container, in HOME/.envkeep-state/start.json (0600). It is written
// before the store is touched, so that a start that hangs or is killed leaves a trace; that it
// ended well is told by `SessionState::hook_ran_at`.
struct StartStamp {
    system::Container container;
    system::ProcessId worker;
    std::string began;    // UTC text
    std::string problem;  // why it could not do its work, as far as it could still be told

    friend bool operator==(const StartStamp&, const StartStamp&) = default;
};

// None if there is none, or if it is another container's, or unreadable.
[[nodiscard]] std::optional<StartStamp> load_start_stamp(system::RootId home,
                                                         const system::Container& container,
                                                         system::FileReader& files);

[[nodiscard]] Result<void> save_start_stamp(system::RootId home,
                                            const StartStamp& stamp,
                                            system::FileWriter& writer);

// The process of this container that is the home's background, in
// HOME/.envkeep-state/background.json (0600). Whether it lives is not asked. None as above.
[[nodiscard]] std::optional<system::ProcessId> load_background(system::RootId home,
                                                               const system::Container& container,
                                                               system::FileReader& files);

[[nodiscard]] Result<void> save_background(system::RootId home,
                                           const system::Container& container,
                                           const system::ProcessId& process,
                                           system::FileWriter& writer);

}  // namespace envkeep::store
